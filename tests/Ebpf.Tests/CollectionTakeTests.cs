using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests;

public sealed class CollectionTakeTests
{
    [Fact]
    public void TakeMap_IsTheCallersFromThenOn()
    {
        BpfMap map;
        BpfVariable variable;
        FaultyKernel kernel = new();
        using (BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("counter")), new CollectionOptions { Kernel = kernel }))
        {
            map = collection.TakeMap(".bss");
            variable = collection.Variables["seen"];
            Assert.False(collection.Maps.ContainsKey(".bss"));
            Assert.Throws<KeyNotFoundException>(() => collection.TakeMap(".bss"));
        }

        Assert.Equal(1, kernel.OpenDescriptors);
        variable.Set(7ul);
        Assert.Equal(7ul, variable.Get<ulong>());
        map.Dispose();
        Assert.Equal(0, kernel.OpenDescriptors);
        Assert.Throws<ObjectDisposedException>(() => variable.Get<ulong>());
    }

    [Fact]
    public void TakeProgram_RunsOnWithItsMaps()
    {
        BpfProgram program;
        using (BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("counter"))))
        {
            program = collection.TakeProgram("count_packets");
            Assert.Empty(collection.Programs);
        }

        using (program) Assert.Equal(2u, program.TestRun(Packets.Udp()));
    }

    [Fact]
    public void TakeProgram_UnknownName_ListsThoseThatAreThere()
    {
        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("counter")));

        KeyNotFoundException error = Assert.Throws<KeyNotFoundException>(() => collection.TakeProgram("count"));

        Assert.Equal("No program is called \"count\"; there are: count_packets.", error.Message);
    }

    [Fact]
    public void Load_NamesOfSpecAndKernelDiffer_TheCollectionHasThoseOfTheSpec()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("counter"));
        spec.Maps["pkt_count"].Name = "a_name_that_the_kernel_cuts_off";
        spec.Programs["count_packets"].Name = "other";
        List<LoadProgress> told = [];
        using BpfCollection collection = BpfCollection.Load(
            spec, new CollectionOptions { Parallelism = 1, Progress = new Listener<LoadProgress>(told.Add) });

        Assert.Equal("a_name_that_the_kernel_cuts_off", collection.Maps["pkt_count"].Name);
        Assert.Equal("a_name_that_the", collection.Maps["pkt_count"].GetInfo().Name);
        Assert.Equal("other", collection.Programs["count_packets"].Name);
        Assert.Contains(told, step => step is { Stage: LoadStage.Maps, Name: "pkt_count" });
        Assert.Contains(told, step => step is { Stage: LoadStage.Programs, Name: "count_packets" });
        collection.TakeMap("pkt_count").Dispose();
        collection.TakeProgram("count_packets").Dispose();
    }

    [Fact]
    public void Load_AutoLoadAndAutoCreateChanged_DecideWhatIsLoaded()
    {
        CollectionSpec spec = CollectionFixture.MapsSpec();
        spec.Programs["jump"].AutoLoad = false;
        spec.Programs["other"].AutoLoad = false;
        spec.Maps["jumps"].Initializers.Remove(spec.Maps["jumps"].Initializers.Single(slot => slot.Target == "other"));
        spec.Maps["events"].AutoCreate = false;

        // A slot for a program that is not loaded would be refused.
        spec.Maps["jumps"].Initializers.Remove(new MapInitializer(3, "other"));
        using BpfCollection collection = BpfCollection.Load(spec);

        Assert.Equal(["count"], collection.Programs.Keys);
        Assert.False(collection.Maps.ContainsKey("events"));
        Assert.Equal([1u], collection.Maps["jumps"].AsProgramArray().Select(slot => slot.Key));
    }
}
