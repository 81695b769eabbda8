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

    [Fact]
    public void Indexer_IsSet_ReplacesInPlaceOrAddsAtTheEnd()
    {
        SpecTable<MapSpec> maps = Table("a", "b");
        MapSpec other = new(), last = new();

        maps["a"] = other;
        maps["c"] = last;

        Assert.Equal(["a", "b", "c"], maps.Keys);
        Assert.Same(other, maps["a"]);
        Assert.Same(last, maps["c"]);
    }

    [Fact]
    public void TryAdd_TakenName_ChangesNothing()
    {
        SpecTable<MapSpec> maps = Table("a");
        MapSpec before = maps["a"];

        Assert.False(maps.TryAdd("a", new MapSpec()));
        Assert.True(maps.TryAdd("b", new MapSpec()));
        Assert.Same(before, maps["a"]);
        Assert.Equal(2, maps.Count);
    }

    [Fact]
    public void Add_TakenName_SaysSo()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => Table("a").Add("a", new MapSpec()));

        Assert.StartsWith("There is a map called \"a\" already.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Clear_RemovesAll()
    {
        SpecTable<MapSpec> maps = Table("a", "b");

        maps.Clear();

        Assert.Empty(maps);
        Assert.False(maps.Remove("a"));
    }

    [Fact]
    public void Change_WithNothing_IsTheCallersMistake()
    {
        SpecTable<MapSpec> maps = Table("a");

        Assert.Throws<ArgumentException>(() => maps.Add("", new MapSpec()));
        Assert.Throws<ArgumentNullException>(() => maps.Add(null!, new MapSpec()));
        Assert.Throws<ArgumentNullException>(() => maps.TryAdd("b", null!));
        Assert.Throws<ArgumentNullException>(() => maps["b"] = null!);
        Assert.Throws<ArgumentNullException>(() => maps.Remove(null!));
    }

    private static SpecTable<MapSpec> Table(params string[] names)
    {
        SpecTable<MapSpec> maps = new("map");
        foreach (string name in names) maps.Add(name, new MapSpec());
        return maps;
    }
}
