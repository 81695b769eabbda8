namespace Ebpf.Tests.Maps;

/// <summary>Counts the open files of the process, so that no other test may run meanwhile.</summary>
[Collection(nameof(MapLeakTests))]
[CollectionDefinition(nameof(MapLeakTests), DisableParallelization = true)]
public sealed class MapLeakTests
{
    [Fact]
    public void UseAndDispose_ManyTimes_LeavesNoDescriptor()
    {
        Use();
        int before = OpenFiles();
        for (int i = 0; i < 200; i++) Use();

        Assert.Equal(before, OpenFiles());
    }

    private static void Use()
    {
        MapSpec nested = Make.Spec(MapType.ArrayOfMaps, valueSize: 0);
        nested.InnerMap = Make.Spec(MapType.Hash);
        using BpfMap outer = BpfMap.Create(nested);
        using BpfMap map = Make.Map(MapType.Hash);
        using BpfMap again = BpfMap.Open(map.Id);
        map.As<uint, ulong>()[1] = 1;
        Assert.Single(again.As<uint, ulong>());
        Assert.Throws<BpfException>(() => Make.Map(MapType.Hash, maxEntries: 0));
    }

    private static int OpenFiles() => Directory.GetFileSystemEntries("/proc/self/fd").Length;
}
