using Ebpf.Common;
using Ebpf.Object;

namespace Ebpf;

/// <summary>
/// Everything that an object file describes: programs, maps, variables and types. All of it can be changed before it is
/// loaded.
/// </summary>
/// <remarks>
/// Reading an object makes no system call but those that read the file, and gives the same spec on every operating system.
/// Not safe for use by several threads at once; but it can be loaded several times at once, if nobody changes it meanwhile.
/// </remarks>
public sealed class CollectionSpec
{
    /// <summary>The programs, by the names of their functions, in the order of the object.</summary>
    public SpecTable<ProgramSpec> Programs { get; } = new("program");

    /// <summary>The maps, by name; the maps of global variables under the names of their sections (<c>.rodata</c>).</summary>
    public SpecTable<MapSpec> Maps { get; } = new("map");

    /// <summary>The global variables, by name; static ones are not among them.</summary>
    public SpecTable<VariableSpec> Variables { get; } = new("variable");

    /// <summary>What the object expects of the kernel: its settings, symbols and functions, by name.</summary>
    public NameTable<ExternSpec> Externs { get; } = new("extern");

    /// <summary>The types; <c>null</c> for an object without BTF.</summary>
    public BtfSpec? Types { get; set; }

    /// <summary>The order of the bytes of the object.</summary>
    public ByteOrder ByteOrder { get; init; } = EndianReader.Host;

    /// <summary>Reads an object file.</summary>
    /// <param name="path">The file: what <c>clang -g -O2 -target bpf -c</c> made.</param>
    /// <param name="options">How to read it.</param>
    /// <exception cref="ObjectFormatException">The object is malformed; the message names the file too.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static CollectionSpec Load(string path, ObjectReaderOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] image = File.ReadAllBytes(path);
        try
        {
            return ObjectReader.Read(image, options);
        }
        catch (ObjectFormatException error)
        {
            throw error.InFile(path);
        }
    }

    /// <summary>Reads an object from a stream, from where it stands to its end.</summary>
    /// <param name="stream">The stream; it stays open.</param>
    /// <param name="options">How to read it.</param>
    /// <exception cref="ObjectFormatException">The object is malformed.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static CollectionSpec Load(Stream stream, ObjectReaderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using MemoryStream image = new();
        stream.CopyTo(image);
        return ObjectReader.Read(image.GetBuffer().AsMemory(0, (int)image.Length), options);
    }

    /// <summary>Reads an object in memory.</summary>
    /// <param name="image">The object. It is not copied: it must stay as it is for as long as the spec is used.</param>
    /// <param name="options">How to read it.</param>
    /// <exception cref="ObjectFormatException">The object is malformed.</exception>
    public static CollectionSpec Load(ReadOnlyMemory<byte> image, ObjectReaderOptions? options = null) =>
        ObjectReader.Read(image, options);

    /// <summary>Copies the spec; nothing is shared that could be changed.</summary>
    public CollectionSpec Clone()
    {
        CollectionSpec copy = new() { Types = Types, ByteOrder = ByteOrder };
        Dictionary<MapSpec, MapSpec> copies = [];
        foreach ((string name, MapSpec map) in Maps)
        {
            MapSpec mapCopy = map.Clone();
            copies.Add(map, mapCopy);
            copy.Maps.Add(name, mapCopy);
        }

        foreach ((string name, ExternSpec found) in Externs) copy.Externs.TryAdd(name, found);
        foreach ((string name, ProgramSpec program) in Programs) copy.Programs.Add(name, program.Clone());
        foreach ((string name, VariableSpec variable) in Variables)
        {
            // The map of a variable may have been taken out of the collection.
            if (!copies.TryGetValue(variable.Map, out MapSpec? map)) copies.Add(variable.Map, map = variable.Map.Clone());
            copy.Variables.Add(name, variable.CloneInto(map));
        }

        return copy;
    }

    /// <summary>One line that counts what there is.</summary>
    public override string ToString() =>
        $"{Programs.Count} programs, {Maps.Count} maps, {Variables.Count} variables";
}
