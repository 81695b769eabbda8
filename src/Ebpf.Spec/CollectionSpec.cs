using Ebpf.Common;

namespace Ebpf;

/// <summary>
/// Describes everything that an object file holds: programs, maps, variables and types. All of it can be changed before it is
/// loaded, and a collection can be put together by hand.
/// </summary>
/// <remarks>
/// A spec is the same on every operating system: nothing in it depends on the running kernel. Not safe for use by several threads
/// at once; but it can be loaded several times at once, if no thread changes it meanwhile.
/// </remarks>
public sealed partial class CollectionSpec
{
    /// <summary>Gets the programs, by the names of their functions, in the order of the object.</summary>
    public SpecTable<ProgramSpec> Programs { get; } = new("program");

    /// <summary>Gets the maps, by name; the maps of global variables under the names of their sections (<c>.rodata</c>).</summary>
    public SpecTable<MapSpec> Maps { get; } = new("map");

    /// <summary>Gets the global variables, by name. Static ones are not among them.</summary>
    public SpecTable<VariableSpec> Variables { get; } = new("variable");

    /// <summary>Gets what the programs need from the kernel (settings, symbols and functions), by name.</summary>
    public SpecTable<ExternSpec> Externs { get; } = new("extern");

    /// <summary>Gets or sets the BTF of the object; <c>null</c> if it has none.</summary>
    public BtfSpec? Types { get; set; }

    /// <summary>Gets the byte order of the object.</summary>
    public ByteOrder ByteOrder { get; init; } = EndianReader.Host;

    /// <summary>
    /// Gets what reading the object left out, one sentence each: code of which no symbol says that it is a function. Loading the
    /// collection logs them.
    /// </summary>
    public IReadOnlyList<string> Warnings { get; internal init; } = [];

    /// <summary>Copies the spec. Nothing is shared that could be changed.</summary>
    public CollectionSpec Clone()
    {
        CollectionSpec copy = new() { Types = Types, ByteOrder = ByteOrder, Warnings = Warnings };
        Dictionary<MapSpec, MapSpec> copies = [];
        foreach ((string name, MapSpec map) in Maps)
        {
            // One map may be in the collection under two names.
            if (!copies.TryGetValue(map, out MapSpec? mapCopy)) copies.Add(map, mapCopy = map.Clone());
            copy.Maps.Add(name, mapCopy);
        }

        foreach ((string name, ExternSpec found) in Externs) copy.Externs.Add(name, found);
        foreach ((string name, ProgramSpec program) in Programs) copy.Programs.Add(name, program.Clone());
        foreach ((string name, VariableSpec variable) in Variables)
        {
            // The map of a variable may have been taken out of the collection.
            if (!copies.TryGetValue(variable.Map, out MapSpec? map)) copies.Add(variable.Map, map = variable.Map.Clone());
            copy.Variables.Add(name, variable.With(variable.Name, map));
        }

        return copy;
    }

    /// <summary>Returns one line that counts what there is: <c>2 programs, 1 map, 3 variables</c>.</summary>
    public override string ToString() =>
        $"{Count(Programs.Count, "program")}, {Count(Maps.Count, "map")}, {Count(Variables.Count, "variable")}";

    private static string Count(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";
}
