using System.Globalization;
using Ebpf.Btf;

namespace Ebpf;

/// <summary>The description of a map: what is in the object, and what the user made of it before loading.</summary>
/// <remarks>Not safe for use by several threads at once.</remarks>
public sealed class MapSpec
{
    private byte[]? _ownValue;
    private ReadOnlyMemory<byte> _objectValue;

    /// <summary>The name; the kernel is given its first 15 bytes.</summary>
    public string Name { get; set; } = "";

    /// <summary>The kind of map.</summary>
    public MapType Type { get; set; }

    /// <summary>The size of a key, in bytes.</summary>
    public uint KeySize { get; set; }

    /// <summary>The size of a value (of one CPU's value, in a per-CPU map), in bytes.</summary>
    public uint ValueSize { get; set; }

    /// <summary>How many elements the map can hold; bytes for ring buffers; pages for arenas.</summary>
    public uint MaxEntries { get; set; }

    /// <summary>
    /// The flags with which the map is made. A section of global variables of which any is neither static nor hidden has
    /// <see cref="MapFlags.Mmapable"/>, which a kernel that does not know it is spared.
    /// </summary>
    public MapFlags Flags { get; set; }

    /// <summary>The NUMA node whose memory the map uses; <c>null</c> leaves it to the kernel.</summary>
    public uint? NumaNode { get; set; }

    /// <summary>What <c>map_extra</c> means for this kind of map: hash functions of a bloom filter, address of an arena.</summary>
    public ulong MapExtra { get; set; }

    /// <summary>Whether the map is shared through the BPF file system.</summary>
    public MapPinning Pinning { get; set; }

    /// <summary>
    /// The path at which a collection finds the map, or pins the one that it makes: as <see cref="MapPinning.ByName"/>, at a
    /// place of its own. <c>null</c> for none. The directory exists.
    /// </summary>
    public string? PinPath { get; set; }

    /// <summary>What the maps in this map of maps look like; <c>null</c> for other kinds.</summary>
    public MapSpec? InnerMap { get; set; }

    /// <summary>The type of a key; <c>null</c> if the object does not say.</summary>
    public BtfType? Key { get; set; }

    /// <summary>The type of a value; the data section for a map of global variables; <c>null</c> if the object does not say.</summary>
    public BtfType? Value { get; set; }

    /// <summary>What the map holds from the start, by slot: names of programs (program array) or of maps (map of maps).</summary>
    public IList<MapInitializer> Initializers { get; } = new List<MapInitializer>();

    /// <summary>
    /// What the map holds from the start, as bytes: written when the map is made, before it is frozen, and not into one that
    /// was there before. Queues and stacks take them in this order. See <see cref="MapElement"/> for types.
    /// </summary>
    public IList<MapElement> Contents { get; } = new List<MapElement>();

    /// <summary>
    /// The SHA-256 of the only program that can use the map, 32 bytes; empty lets every program. The kernel compares it with
    /// the program's own: of its instructions as they are loaded, with zeros for the descriptors of maps. Since Linux 6.18.
    /// </summary>
    public ReadOnlyMemory<byte> ExclusiveProgramHash { get; set; }

    /// <summary>
    /// The name in the collection of the only program that can use the map; <c>null</c> lets every program. As
    /// <see cref="ExclusiveProgramHash"/>, which is computed when the collection is loaded, of the program as it is loaded then.
    /// Since Linux 6.18.
    /// </summary>
    public string? ExclusiveProgram { get; set; }

    /// <summary>The texts of <c>__attribute__((btf_decl_tag("…")))</c> on the map.</summary>
    public IReadOnlyList<string> Tags { get; internal set; } = [];

    /// <summary>What iproute2 says of the map beyond what libbpf knows; <c>null</c> unless the object was made for it.</summary>
    public Iproute2Map? Iproute2 { get; set; }

    /// <summary>
    /// What stands in a <c>struct bpf_map_def</c> of the object behind its five known numbers, in the byte order of the object.
    /// Not all of it being zero, it means something that this library does not know: the map is not created until the
    /// user has looked at it and made this empty.
    /// </summary>
    public ReadOnlyMemory<byte> Extra { get; set; }

    /// <summary>The functions of a table that the kernel calls; <c>null</c> for other maps.</summary>
    public StructOpsSpec? StructOps { get; internal init; }

    /// <summary>Whether loading the collection creates the map; a <c>?</c> before the section's name says no.</summary>
    public bool AutoCreate { get; set; } = true;

    /// <summary>
    /// The section of global variables that this map holds (<c>.rodata</c>, <c>.bss</c>; <c>.addr_space.1</c> for an arena);
    /// <c>null</c> for other maps.
    /// </summary>
    public string? DataSection { get; internal set; }

    /// <summary>The size of the variables or of the table of functions in the map, in bytes; 0 for other maps.</summary>
    internal uint DataSize { get; set; }

    /// <summary>Whether the map is frozen after it got its first value, before programs load: constants.</summary>
    public bool Freeze { get; set; }

    /// <summary>
    /// The first value of a map of global variables (what an arena begins with, a table of functions), in the byte order of
    /// the object. Empty for other maps, and for a section of zeros that nobody changed (<c>.bss</c>).
    /// </summary>
    public ReadOnlyMemory<byte> InitialValue
    {
        get => _ownValue ?? _objectValue;
        set
        {
            _ownValue = null;
            _objectValue = value;
        }
    }

    /// <summary>The first value, to be changed. The object's own bytes are copied the first time.</summary>
    internal Span<byte> WritableInitialValue()
    {
        if (_ownValue is null || _ownValue.Length != DataSize)
        {
            byte[] copy = new byte[DataSize];
            ReadOnlySpan<byte> old = InitialValue.Span;
            old[..Math.Min(old.Length, copy.Length)].CopyTo(copy);
            _ownValue = copy;
        }

        return _ownValue;
    }

    /// <summary>Copies the spec; nothing is shared that could be changed. BTF types are shared, being immutable.</summary>
    public MapSpec Clone()
    {
        MapSpec copy = new()
        {
            Name = Name,
            Type = Type,
            KeySize = KeySize,
            ValueSize = ValueSize,
            MaxEntries = MaxEntries,
            Flags = Flags,
            NumaNode = NumaNode,
            MapExtra = MapExtra,
            Pinning = Pinning,
            PinPath = PinPath,
            InnerMap = InnerMap?.Clone(),
            Key = Key,
            Value = Value,
            Tags = Tags,
            Iproute2 = Iproute2,
            Extra = Extra,
            ExclusiveProgramHash = ExclusiveProgramHash,
            ExclusiveProgram = ExclusiveProgram,
            StructOps = StructOps?.Clone(),
            AutoCreate = AutoCreate,
            DataSection = DataSection,
            DataSize = DataSize,
            Freeze = Freeze,
            _objectValue = _objectValue,
            _ownValue = _ownValue is null ? null : [.. _ownValue],
        };
        foreach (MapInitializer initializer in Initializers) copy.Initializers.Add(initializer);
        foreach (MapElement element in Contents) copy.Contents.Add(element);
        return copy;
    }

    /// <summary>One line that says what the map is.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Type} map \"{Name}\": key {KeySize} B, value {ValueSize} B, {MaxEntries} entries");
}
