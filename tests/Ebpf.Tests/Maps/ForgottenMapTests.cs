using System.Runtime.CompilerServices;
using Ebpf.Linux;

namespace Ebpf.Tests.Maps;

/// <summary>Maps that nobody disposes: the garbage collector must not change what the kernel does.</summary>
public sealed class ForgottenMapTests
{
    [Theory]
    [InlineData(MapType.ProgramArray, 4u)]
    [InlineData(MapType.PerfEventArray, 4u)]
    [InlineData(MapType.SockMap, 4u)]
    [InlineData(MapType.SockHash, 4u)]
    public void KindThatClosingChanges_StaysOpen(MapType type, uint valueSize)
    {
        uint id = Forget(type, valueSize), opened = ForgetOpened(id), copy = ForgetCopy(id);

        GC.Collect();
        GC.WaitForPendingFinalizers();

        Assert.All([id, opened, copy], each => Assert.Equal(id, each));
        Assert.Contains(id, BpfMap.ListIds(id - 1));
    }

    [Fact]
    public void OtherKind_IsClosed()
    {
        uint id = Forget(MapType.Hash, 4);

        // The kernel frees a map a moment after its last descriptor is closed.
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return !BpfMap.ListIds(id - 1).Contains(id);
            },
            TimeSpan.FromSeconds(20)));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static uint Forget(MapType type, uint valueSize) => Make.Map(type, valueSize: valueSize).Id;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static uint ForgetOpened(uint id) => BpfMap.Open(id).Id;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static uint ForgetCopy(uint id)
    {
        using BpfMap map = BpfMap.Open(id);
        return map.Duplicate().Id;
    }
}
