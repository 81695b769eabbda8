using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Assigning;

/// <summary>Assigning without loading: out of a loaded collection, and out of a spec.</summary>
public sealed class CollectionAssignTests
{
    [Fact]
    public void Assign_LoadedCollection_HandsOverWhatIsNamed()
    {
        FaultyKernel kernel = new();
        GivenGroup group = new();
        OneMap one = new();
        using (BpfCollection collection = BpfCollection.Load(LoadAndAssignTests.Spec(), new CollectionOptions { Kernel = kernel }))
        {
            collection.Assign(group);
            collection.Assign(one);

            Assert.False(collection.Programs.ContainsKey("left"));
            Assert.False(collection.Maps.ContainsKey("unused"));
            Assert.True(collection.Maps.ContainsKey("flow_stats"));
            BpfException again = Assert.Throws<BpfException>(() => collection.Assign(new OneMap()));
            Assert.Equal("Assign to OneMap.Map: there is no map \"unused\"", again.Message);
        }

        Assert.Equal(2, kernel.OpenDescriptors);
        Assert.Equal(10u, group.Left!.TestRun(Packets.Udp()));
        group.Left.Dispose();
        one.Map!.Dispose();
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void Assign_Variable_IsUsableWhileTheCollectionIs()
    {
        OneVariable target = new();
        using (BpfCollection collection = BpfCollection.Load(LoadAndAssignTests.Spec()))
        {
            collection.Assign(target);
            Assert.True(collection.Maps.ContainsKey(".bss"));
            Assert.Equal(0ul, target.Total!.Get<ulong>());
        }

        Assert.Throws<ObjectDisposedException>(() => target.Total.Get<ulong>());
    }

    [Fact]
    public void Assign_Fails_LeavesCollectionAndObjectAlone()
    {
        using BpfCollection collection = BpfCollection.Load(LoadAndAssignTests.Spec());
        Throwing target = new();
        int maps = collection.Maps.Count;

        Assert.Throws<InvalidTimeZoneException>(() => collection.Assign(target));
        Assert.Throws<BpfException>(() => collection.Assign(new Specs()));

        Assert.Null(target.FlowStats);
        Assert.Equal(maps, collection.Maps.Count);
        Assert.True(collection.Maps["flow_stats"].Id > 0);
        Assert.Throws<ArgumentNullException>(() => collection.Assign<OneMap>(null!));
    }

    [Fact]
    public void Assign_Specs_AreThoseThatAreLoaded()
    {
        CollectionSpec spec = LoadAndAssignTests.Spec();
        Specs specs = new();
        spec.Assign(specs);

        specs.FlowStats!.MaxEntries = 3;
        specs.Optional!.AutoLoad = true;
        specs.Limit!.Set(1u);
        using BpfCollection collection = BpfCollection.Load(spec);

        Assert.Equal(3u, collection.Maps["flow_stats"].MaxEntries);
        Assert.True(collection.Programs.ContainsKey("optional"));
        Assert.Equal(1u, collection.Variables["limit"].Get<uint>());
    }

    [Fact]
    public void Assign_LiveObjectsOutOfASpec_IsRefused() => Assert.Equal(
        "Assign to OneMap.Map: a map in the kernel cannot come from a spec; use LoadAndAssign, or MapSpec as its type",
        Assert.Throws<BpfException>(() => LoadAndAssignTests.Spec().Assign(new OneMap())).Message);

    [Fact]
    public void Assign_SpecsOutOfALoadedCollection_IsRefused()
    {
        using BpfCollection collection = BpfCollection.Load(LoadAndAssignTests.Spec());

        Assert.Equal(
            "Assign to Specs.FlowStats: a MapSpec cannot come from a loaded collection, which keeps no specs",
            Assert.Throws<BpfException>(() => collection.Assign(new Specs())).Message);
    }
}
