namespace Ebpf.Object.Maps;

/// <summary>The maps of an object by the places that its code refers to, under the names that they have in the object.</summary>
internal sealed class ObjectMaps(int sectionCount)
{
    private readonly Dictionary<(int Section, ulong Offset), string> _definitions = [];
    private readonly MapSpec?[] _maps = new MapSpec?[sectionCount];
    private readonly (string Name, uint Size)[] _data = new (string, uint)[sectionCount];

    /// <summary>Notes where a map is defined; of two at one place, the first counts.</summary>
    public void Define(int section, ulong offset, MapSpec map) => _definitions.TryAdd((section, offset), map.Name);

    /// <summary>Notes which map holds the variables of a section.</summary>
    public void HoldVariables(int section, MapSpec map, uint size) => (_maps[section], _data[section]) = (map, (map.Name, size));

    /// <summary>The name of the map that is defined at a place; <c>null</c> if none is.</summary>
    public string? DefinedAt(int section, ulong offset) => _definitions.GetValueOrDefault((section, offset));

    /// <summary>The map that holds the variables of a section; <c>null</c> where a section has none.</summary>
    public MapSpec? OfVariables(int section) => _maps[section];

    /// <summary>The name of that map, and how many bytes of variables the section has; the user may change both in the map.</summary>
    public (string Name, uint Size) DataOf(int section) => _data[section];
}
