namespace Ebpf;

/// <summary>Everything that an object file describes: maps, programs, variables and types.</summary>
public sealed class CollectionSpec
{
    /// <summary>The maps, by name; the maps of global variables under the names of their sections.</summary>
    public SpecTable<MapSpec> Maps { get; } = new("map");
}
