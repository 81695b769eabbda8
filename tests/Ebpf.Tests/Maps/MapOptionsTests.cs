using Ebpf.Linux;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Maps;

public sealed class MapOptionsTests(BpfFileSystemFixture files) : IClassFixture<BpfFileSystemFixture>
{
    [Fact]
    public void Create_PinnedByName_IsPinnedAndFoundAgain()
    {
        MapSpec spec = Make.Spec(MapType.Hash);
        spec.Name = "by.name";
        spec.Pinning = MapPinning.ByName;
        MapOptions options = new() { PinDirectory = PathOf("made") };

        using BpfMap first = BpfMap.Create(spec, options);
        using BpfMap second = BpfMap.Create(spec, options);

        Assert.Equal((PathOf("made/by_name"), first.Id), (first.PinPath, second.Id));
        Assert.Equal(PinnedObjectKind.Map, BpfFileSystem.Find(PathOf("made/by_name"))?.Kind);
    }

    [Fact]
    public void Create_PinPath_IsPinnedThere()
    {
        MapSpec spec = Make.Spec(MapType.Hash);
        spec.PinPath = PathOf("there");

        using BpfMap map = BpfMap.Create(spec);

        using BpfMap found = BpfMap.OpenPinned(PathOf("there"));
        Assert.Equal(map.Id, found.Id);
        spec.MaxEntries++;
        MapException error = Assert.Throws<MapException>(() => BpfMap.Create(spec));
        Assert.Equal((MapProblem.Incompatible, nameof(MapSpec.MaxEntries)), (error.Problem, Assert.Single(error.Differences).Property));
    }

    [Fact]
    public void Create_Fails_LeavesNoDirectory()
    {
        FaultyKernel kernel = new() { OnBpf = (command, _) => command == BpfCommand.MapCreate ? Errno.EPERM : null };
        MapSpec spec = Make.Spec(MapType.Hash);
        spec.Pinning = MapPinning.ByName;

        Assert.Throws<BpfException>(() => BpfMap.Create(spec, new MapOptions { PinDirectory = PathOf("unmade"), Kernel = kernel }));

        Assert.False(Directory.Exists(PathOf("unmade")));
    }

    [Fact]
    public void Create_PinningThatNobodyKnows_SaysSo()
    {
        MapSpec spec = Make.Spec(MapType.Hash);
        spec.Pinning = (MapPinning)100;

        Assert.Contains("its pinning is 100", Assert.Throws<BpfException>(() => BpfMap.Create(spec)).Message);
    }

    [Theory]
    [InlineData(MapType.LruHash)]
    [InlineData(MapType.LruPerCpuHash)]
    public void Create_SizeThatTheKernelRounds_IsKnownAndFitsItsOwnPin(MapType type)
    {
        MapSpec spec = Make.Spec(type, maxEntries: 1001, flags: MapFlags.NoCommonLru);
        spec.PinPath = PathOf($"rounded_{type}");

        using BpfMap first = BpfMap.Create(spec);
        using BpfMap second = BpfMap.Create(spec);

        Assert.Equal(first.GetInfo().MaxEntries, first.MaxEntries);
        Assert.Equal(first.Id, second.Id);
        Assert.True(second.IsCompatible(spec, out IReadOnlyList<SpecDifference> differences));
        Assert.Empty(differences);
    }

    private string PathOf(string name) => $"{files.Root}/{name}";
}
