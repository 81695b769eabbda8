namespace Ebpf.Spec.Tests;

public sealed class NameTableTests
{
    [Fact]
    public void Indexer_UnknownName_ListsWhatIsThere()
    {
        SpecTable<MapSpec> maps = new("map");
        maps.Add("counts", new MapSpec());
        maps.Add("events", new MapSpec());

        KeyNotFoundException error = Assert.Throws<KeyNotFoundException>(() => maps["count"]);

        Assert.Equal("No map is called \"count\"; there are: counts, events.", error.Message);
    }

    [Fact]
    public void Enumeration_KeepsTheOrderOfAdding()
    {
        SpecTable<MapSpec> maps = new("map");
        foreach (string name in (string[])["z", "a", "m"]) maps.Add(name, new MapSpec());

        Assert.Equal(["z", "a", "m"], maps.Keys);
    }
}
