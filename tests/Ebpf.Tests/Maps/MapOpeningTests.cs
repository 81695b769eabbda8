using Ebpf.Linux;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Maps;

public sealed class MapOpeningTests
{
    [Fact]
    public void FromDescriptor_ThatChildrenWouldInherit_IsTakenOutOfTheirReach()
    {
        using BpfMap map = Make.Map(MapType.Hash);
        int inheritable;
        using (BorrowedDescriptor own = map.Handle.Borrow()) inheritable = dup(own.Descriptor);
        Assert.False(IsCloseOnExec(inheritable));

        using BpfMap taken = BpfMap.FromDescriptor(inheritable);

        using BorrowedDescriptor borrowed = taken.Handle.Borrow();
        Assert.True(IsCloseOnExec(borrowed.Descriptor));
        Assert.Equal(map.Id, taken.Id);

        static bool IsCloseOnExec(int descriptor) =>
            (Convert.ToInt32(
                File.ReadLines($"/proc/self/fdinfo/{descriptor}").Single(line => line.StartsWith("flags:", StringComparison.Ordinal))[6..].Trim(), 8)
                & 0x80000) != 0;

        [System.Runtime.InteropServices.DllImport("libc")]
        static extern int dup(int descriptor);
    }

    [Fact]
    public void ListInfos_AfterAnId_TellsOfLaterMapsOnly()
    {
        using BpfMap first = Make.Map(MapType.Hash), second = Make.Map(MapType.Array, maxEntries: 3);

        MapInfo[] infos = [.. BpfMap.ListInfos(first.Id)];

        Assert.DoesNotContain(infos, info => info.Id <= first.Id);
        Assert.Equal((MapType.Array, 3u), (infos.Single(info => info.Id == second.Id).Type, infos.Single(info => info.Id == second.Id).MaxEntries));
    }

    [Fact]
    public void FromId_OpensTheSameMap()
    {
        using BpfMap map = Make.Map(MapType.Hash, keySize: 4, valueSize: 8, maxEntries: 7);
        using BpfMap again = BpfMap.Open(map.Id);
        map.As<uint, ulong>()[1] = 5;

        Assert.Equal(5UL, again.As<uint, ulong>()[1]);
        Assert.Equal(("test", MapType.Hash, 7u, map.Id), (again.Name, again.Type, again.MaxEntries, again.Id));
    }

    [Fact]
    public void FromId_UnknownId_SaysSo()
    {
        BpfException error = Assert.Throws<BpfException>(() => BpfMap.Open(uint.MaxValue - 1));

        Assert.Equal((Errno.ENOENT, "there is no map with this id"), (error.Errno, error.Advice));
    }

    [Fact]
    public void OpenPinned_NothingThere_SaysSo()
    {
        BpfException error = Assert.Throws<BpfException>(() => BpfMap.OpenPinned("/sys/fs/bpf/no_such_map_anywhere"));

        Assert.Equal(Errno.ENOENT, error.Errno);
    }

    [Fact]
    public void FromId_AnyCallFails_LeavesNoDescriptor()
    {
        using BpfMap map = Make.Map(MapType.PerCpuHash);
        uint id = map.Id;
        int failures = 0;
        for (int call = 1; ; call++)
        {
            FaultyKernel kernel = new() { FailingCall = call };
            if (Record.Exception(() => BpfMap.Open(id, kernel: kernel).Dispose()) is { } error)
            {
                failures++;
                Assert.IsType<BpfException>(error);
            }

            Assert.Equal(0, kernel.OpenDescriptors);
            if (kernel.Calls < call) break;
        }

        Assert.InRange(failures, 2, 20);
    }

    [Fact]
    public void ProgramArray_IsNotClosedByTheGarbageCollector()
    {
        FaultyKernel kernel = new();
        Lose(kernel, MapType.ProgramArray, 4);
        Lose(kernel, MapType.Hash, 8);
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.Equal(1, kernel.OpenDescriptors);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static void Lose(LinuxKernel kernel, MapType type, uint value) => Make.Map(kernel, Make.Spec(type, valueSize: value));
    }
}
