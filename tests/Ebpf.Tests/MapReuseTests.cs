using Ebpf.Maps.Creation;
using Ebpf.TestData;
using Ebpf.Tests.Linux;
using Ebpf.Tests.Maps;

namespace Ebpf.Tests;

/// <summary>Maps of the user's in the place of a collection's own.</summary>
public sealed class MapReuseTests
{
    [Fact]
    public void Load_GivenMap_IsUsedAndStaysTheUsers()
    {
        CollectionSpec spec = CollectionFixture.MapsSpec();
        using BpfMap mine = BpfMap.Create(spec.Maps["sized"]);
        using (BpfCollection collection = BpfCollection.Load(spec, With("sized", mine)))
        {
            Assert.Equal(mine.Id, collection.Maps["sized"].Id);
            Assert.NotSame(mine, collection.Maps["sized"]);
            collection.Maps["sized"].Update(new byte[12], new byte[20]);
        }

        Assert.True(mine.TryGetValue(new byte[12], new byte[20]));
    }

    [Fact]
    public void Load_GivenMapDisposedAfterwards_StaysInTheCollection()
    {
        CollectionSpec spec = CollectionFixture.MapsSpec();
        BpfMap mine = BpfMap.Create(spec.Maps["sized"]);
        using BpfCollection collection = BpfCollection.Load(spec, With("sized", mine));
        mine.Dispose();

        collection.Maps["sized"].Update(new byte[12], new byte[20]);
        Assert.Equal("sized", collection.Maps["sized"].Name);
    }

    [Fact]
    public void Load_GivenMapIsAnother_NamesEveryDifference()
    {
        CollectionSpec spec = CollectionFixture.MapsSpec();
        MapSpec other = spec.Maps["sized"].Clone();
        other.KeySize = 16;
        other.MaxEntries = 99;
        other.Flags = MapFlags.NoPreallocation;
        using BpfMap mine = BpfMap.Create(other);
        FaultyKernel kernel = new();

        MapException error = Assert.Throws<MapException>(() => BpfCollection.Load(spec, With("sized", mine) with { Kernel = kernel }));

        Assert.Equal(
            "Use Hash map \"sized\": key 16 B, value 20 B, 99 entries as map \"sized\": its key size is 16, not 12; "
            + "its max entries is 99, not 8; its flags is NoPreallocation, not None",
            error.Message);
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void Load_NameThatIsNotInTheObject_IsAnError()
    {
        using BpfMap mine = Make.Map(MapType.Hash);

        Assert.Equal(
            "CollectionOptions.Maps[\"no_such\"]: the object has no map of this name",
            Assert.Throws<ArgumentException>(() => BpfCollection.Load(CollectionFixture.MapsSpec(), With("no_such", mine))).Message);
    }

    [Fact]
    public void Load_DisposedMap_Throws()
    {
        CollectionSpec spec = CollectionFixture.MapsSpec();
        BpfMap mine = BpfMap.Create(spec.Maps["sized"]);
        mine.Dispose();

        Assert.Contains("map \"sized\"", Assert.Throws<ObjectDisposedException>(() => BpfCollection.Load(spec, With("sized", mine))).ObjectName);

        // Not "its key size is 12, not 16".
        spec.Maps["sized"].KeySize = 16;
        Assert.Throws<ObjectDisposedException>(() => BpfCollection.Load(spec, With("sized", mine)));
    }

    [Fact]
    public void Load_GivenSectionOfVariables_KeepsWhatItHolds()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("counter"));
        MapSpec section = spec.Maps.Values.First(map => map.DataSection == ".rodata");
        using BpfCollection first = BpfCollection.Load(spec);
        BpfMap mine = first.Maps[".rodata"];
        byte[] before = new byte[mine.ValueSize], after = new byte[mine.ValueSize];
        Assert.True(mine.TryGetValue(new byte[4], before));

        CollectionSpec changed = CollectionSpec.Load(TestObject.Path("counter"));
        byte[] otherValue = changed.Maps[".rodata"].InitialValue.ToArray();
        otherValue[0] ^= 0xff;
        changed.Maps[".rodata"].InitialValue = otherValue;
        using BpfCollection second = BpfCollection.Load(changed, With(".rodata", mine));

        Assert.True(second.Maps[".rodata"].TryGetValue(new byte[4], after));
        Assert.Equal((mine.Id, section.Name), (second.Maps[".rodata"].Id, second.Maps[".rodata"].Name));
        Assert.Equal(before, after);
    }

    [Theory]
    [InlineData(MapType.RingBuf, 0u, 0u, 5000u)]
    [InlineData(MapType.PerfEventArray, 0u, 0u, 0u)]
    [InlineData(MapType.PerCpuArray, 4u, 24u, 3u)]
    [InlineData(MapType.DevMapHash, 4u, 8u, 3u)]
    [InlineData(MapType.ProgramArray, 0u, 0u, 3u)]
    public void Reuse_NumbersThatTheKernelAdjusts_Fit(MapType type, uint key, uint value, uint entries)
    {
        MapSpec spec = Make.Spec(type, key, value, entries);
        using BpfMap mine = BpfMap.Create(spec);
        using BpfMap byId = BpfMap.Open(mine.Id);
        using BpfMap reused = PinnedMaps.Reuse(byId, "other_name", spec);

        Assert.Equal((mine.Id, "other_name"), (reused.Id, reused.Name));
    }

    [Theory]
    [InlineData(MapFlags.ReadOnly)]
    [InlineData(MapFlags.WriteOnly)]
    public void Differences_FlagsOfTheDescriptor_AreNone(MapFlags flags)
    {
        MapSpec spec = Make.Spec(MapType.Hash, flags: flags);
        using BpfMap mine = BpfMap.Create(spec);
        using BpfMap byId = BpfMap.Open(mine.Id);

        Assert.Empty(PinnedMaps.Differences(byId, spec));
    }

    [Fact]
    public void Load_AnyOneCallFails_LeavesTheUsersMapAlone()
    {
        CollectionSpec spec = CollectionFixture.MapsSpec();
        for (int call = 1; ; call++)
        {
            FaultyKernel kernel = new();
            using BpfMap mine = MapCreation.Create(kernel, spec.Maps["sized"], MapCreateOptions.None);
            int before = kernel.Calls;
            (kernel.FailingCall, kernel.FailingWith) = (before + call, Errno.ENOMEM);
            try
            {
                BpfCollection.Load(spec, With("sized", mine) with { Kernel = kernel }).Dispose();
            }
            catch (BpfException)
            {
                // What matters is what it leaves.
            }

            Assert.Equal(1, kernel.OpenDescriptors);
            if (kernel.Calls < before + call) break;
            kernel.FailingCall = 0;
            mine.Update(new byte[12], new byte[20]);
        }
    }

    private static CollectionOptions With(string name, BpfMap map) =>
        new() { Maps = new Dictionary<string, BpfMap> { [name] = map } };
}
