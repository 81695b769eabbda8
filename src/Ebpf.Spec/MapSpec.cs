using System.Globalization;
using Ebpf.Btf;

namespace Ebpf;

/// <summary>Describes a map: what is in the object, and what the user made of it before loading.</summary>
/// <remarks>
/// Sizes are in bytes and have the type that object files and the kernel give them, <see cref="uint"/>. Not safe for use by several
/// threads at once.
/// </remarks>
public sealed partial class MapSpec
{
    private byte[]? _ownValue;
    private ReadOnlyMemory<byte> _objectValue;
    private uint _arenaDataSize;

    /// <summary>Gets or sets the name; the kernel is given its first 15 bytes.</summary>
    public string Name { get; set; } = "";

    /// <summary>Gets or sets the type of the map.</summary>
    public MapType Type { get; set; }

    /// <summary>Gets or sets the size of a key, in bytes.</summary>
    public uint KeySize { get; set; }

    /// <summary>Gets or sets the size of a value (of one CPU's value, in a per-CPU map), in bytes.</summary>
    public uint ValueSize { get; set; }

    /// <summary>Gets or sets the maximum number of elements; in bytes for ring buffers, in pages for arenas.</summary>
    public uint MaxEntries { get; set; }

    /// <summary>
    /// Gets or sets the flags with which the map is made. A section of global variables of which any is neither static nor hidden
    /// has <see cref="MapFlags.Mmapable"/>, which is left out on a kernel that does not know it.
    /// </summary>
    public MapFlags Flags { get; set; }

    /// <summary>Gets or sets the NUMA node whose memory the map uses; <c>null</c> leaves it to the kernel.</summary>
    public uint? NumaNode { get; set; }

    /// <summary>
    /// Gets or sets <c>map_extra</c>, whose meaning depends on the type of the map: the number of hash functions of a bloom filter,
    /// the address of an arena.
    /// </summary>
    public ulong MapExtra { get; set; }

    /// <summary>Gets or sets whether the map is shared through the BPF file system.</summary>
    public MapPinning Pinning { get; set; }

    /// <summary>
    /// Gets or sets the path at which a collection finds the map, or pins the map that it creates, as with
    /// <see cref="MapPinning.ByName"/> but at a path of its own; <c>null</c> for none. The directory must exist.
    /// </summary>
    public string? PinPath { get; set; }

    /// <summary>Gets or sets what the maps in this map of maps look like; <c>null</c> for other types of map.</summary>
    public MapSpec? InnerMap { get; set; }

    /// <summary>Gets or sets the BTF type of a key; <c>null</c> if the object does not say.</summary>
    public BtfType? KeyType { get; set; }

    /// <summary>
    /// Gets or sets the BTF type of a value; the data section for a map of global variables; <c>null</c> if the object does not say.
    /// </summary>
    public BtfType? ValueType { get; set; }

    /// <summary>
    /// Gets the initial contents of a program array or a map of maps, by slot: names of programs or maps of the collection.
    /// </summary>
    public IList<MapInitializer> Initializers { get; } = new List<MapInitializer>();

    /// <summary>
    /// Gets the initial elements as bytes. They are written when the map is created, before it is frozen, and not into a map that
    /// was there before. Queues and stacks take them in this order. See <see cref="MapElement"/> for typed elements.
    /// </summary>
    public IList<MapElement> Contents { get; } = new List<MapElement>();

    /// <summary>
    /// Gets or sets the SHA-256 of the only program that can use the map, 32 bytes; empty for any program. The kernel compares it
    /// with the hash of the program: of its instructions as they are loaded, with zeros for the descriptors of maps. Since Linux
    /// 6.18.
    /// </summary>
    public ReadOnlyMemory<byte> ExclusiveProgramHash { get; set; }

    /// <summary>
    /// Gets or sets the name in the collection of the only program that can use the map; <c>null</c> for any program. The
    /// <see cref="ExclusiveProgramHash"/> is computed when the collection is loaded, of the program as it is loaded then. Since
    /// Linux 6.18.
    /// </summary>
    public string? ExclusiveProgram { get; set; }

    /// <summary>Gets the texts of <c>__attribute__((btf_decl_tag("…")))</c> on the map.</summary>
    public IReadOnlyList<string> Tags { get; internal set; } = [];

    /// <summary>Gets or sets what iproute2 says of the map beyond what libbpf knows; <c>null</c> unless the object was made for it.</summary>
    public Iproute2Map? Iproute2 { get; set; }

    /// <summary>
    /// Gets or sets what follows the five known numbers of a <c>struct bpf_map_def</c> of the object, in the byte order of the
    /// object. If not all of it is zero, it means something that this library does not know: the map is not created until this
    /// has been checked and made empty.
    /// </summary>
    public ReadOnlyMemory<byte> Extra { get; set; }

    /// <summary>
    /// Gets the section in which the object defines the map: <c>.maps</c>; <c>maps</c> or <c>maps/…</c> for a
    /// <c>struct bpf_map_def</c>. Empty for maps of global variables, struct_ops maps, and maps that come from no object.
    /// </summary>
    public string SectionName { get; internal init; } = "";

    /// <summary>Gets or sets what a struct_ops map holds; <c>null</c> for other maps.</summary>
    public StructOpsSpec? StructOps { get; set; }

    /// <summary>
    /// Gets or sets whether loading the collection creates the map. <c>false</c> if a <c>?</c> stands before the name of its
    /// section.
    /// </summary>
    public bool AutoCreate { get; set; } = true;

    /// <summary>
    /// Gets or sets the section of global variables that this map holds (<c>.rodata</c>, <c>.bss</c>; <c>.addr_space.1</c> for an
    /// arena); <c>null</c> for other maps.
    /// </summary>
    public string? DataSection { get; set; }

    /// <summary>
    /// Gets or sets the size of what <see cref="InitialValue"/> describes, in bytes: of an arena, the size of its section of
    /// variables, which can be set; of other maps of variables and of struct_ops maps, <see cref="ValueSize"/>. 0 for other maps.
    /// </summary>
    /// <exception cref="InvalidOperationException">The map to be changed is no arena.</exception>
    public uint DataSize
    {
        get => Type == MapType.Arena ? _arenaDataSize : DataSection is not null || StructOps is not null ? ValueSize : 0;
        set
        {
            if (Type != MapType.Arena)
                throw new InvalidOperationException($"The data of map \"{Name}\" are its value: set ValueSize. Only those of an arena have a size of their own.");
            _arenaDataSize = value;
        }
    }

    /// <summary>
    /// Gets or sets whether the map is frozen after it got its initial value, before programs are loaded: constants.
    /// </summary>
    public bool Freeze { get; set; }

    /// <summary>
    /// Gets or sets the initial value of a map with one value: of global variables (the beginning of an arena), or of a
    /// struct_ops map; in the byte order of the object. Empty for other maps, and for a section of zeros that was not changed
    /// (<c>.bss</c>).
    /// </summary>
    /// <exception cref="ArgumentException">
    /// The value is neither empty nor <see cref="DataSize"/> bytes long, where that is not 0: to make a section of variables larger or
    /// smaller, set <see cref="ValueSize"/> first.
    /// </exception>
    public ReadOnlyMemory<byte> InitialValue
    {
        get => _ownValue ?? _objectValue;
        set
        {
            uint size = DataSize;
            if (size != 0 && !value.IsEmpty && (uint)value.Length != size)
            {
                throw new ArgumentException(
                    $"The first value of map \"{Name}\" has {size} bytes, not {value.Length}; set {(Type == MapType.Arena ? nameof(DataSize) : nameof(ValueSize))} first "
                    + "to change the size.",
                    nameof(value));
            }

            _ownValue = null;
            _objectValue = value;
        }
    }

    /// <summary>Describes the map that holds a section of global variables, as an object with such a section gives it.</summary>
    /// <param name="section">
    /// The name of the section, which becomes the map's: <c>.data</c> or <c>.bss</c>; <c>.rodata</c> for constants, whose map programs
    /// cannot write and which is frozen; each may be followed by a dot and more.
    /// </param>
    /// <param name="size">The size of the section, in bytes.</param>
    /// <exception cref="ArgumentException">A loader would not take a section of this name for one of variables.</exception>
    public static MapSpec CreateDataSection(string section, uint size)
    {
        ArgumentException.ThrowIfNullOrEmpty(section);
        ArgumentOutOfRangeException.ThrowIfZero(size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, (uint)int.MaxValue);
        bool isConstant = IsOrBeginsWith(section, ".rodata") || section == KconfigSection;
        if (!isConstant && !IsOrBeginsWith(section, ".data") && !IsOrBeginsWith(section, ".bss"))
        {
            throw new ArgumentException(
                $"Sections of global variables are called .data, .rodata or .bss, with a dot and more behind it or not: \"{section}\" is none.",
                nameof(section));
        }

        return ForVariables(section, size, isConstant);
    }

    /// <summary>Describes a struct_ops map.</summary>
    /// <param name="name">The name of the map.</param>
    /// <param name="type">The struct as the programs know it.</param>
    /// <param name="withLink">Whether the map is attached by a link, so that it can be replaced and goes with the link (Linux 6.4).</param>
    /// <exception cref="ArgumentException">The name is empty, or the struct has none.</exception>
    public static MapSpec CreateStructOps(string name, StructType type, bool withLink = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        StructOpsSpec structOps = new(type);
        return new MapSpec
        {
            Name = name,
            Type = MapType.StructOps,
            KeySize = sizeof(uint),
            ValueSize = type.Size,
            MaxEntries = 1,
            Flags = withLink ? MapFlags.Link : MapFlags.None,
            ValueType = type,
            StructOps = structOps,
        };
    }

    /// <summary>The map that holds a section of global variables, whatever it is called.</summary>
    internal static MapSpec ForVariables(string section, uint size, bool isConstant) => new()
    {
        Name = section,
        Type = MapType.Array,
        KeySize = sizeof(uint),
        ValueSize = size,
        MaxEntries = 1,
        Flags = isConstant ? MapFlags.ReadOnlyProgram : MapFlags.None,
        Freeze = isConstant,
        DataSection = section,
    };

    /// <summary>The section of the kernel's settings, which the loader fills.</summary>
    internal const string KconfigSection = ".kconfig";

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

    /// <summary>Copies the spec. Nothing is shared that could be changed; BTF types are shared, being immutable.</summary>
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
            KeyType = KeyType,
            ValueType = ValueType,
            Tags = Tags,
            Iproute2 = Iproute2,
            Extra = Extra,
            SectionName = SectionName,
            ExclusiveProgramHash = ExclusiveProgramHash,
            ExclusiveProgram = ExclusiveProgram,
            StructOps = StructOps?.Clone(),
            AutoCreate = AutoCreate,
            DataSection = DataSection,
            _arenaDataSize = _arenaDataSize,
            Freeze = Freeze,
            _objectValue = _objectValue,
            _ownValue = _ownValue is null ? null : [.. _ownValue],
        };
        foreach (MapInitializer initializer in Initializers) copy.Initializers.Add(initializer);
        foreach (MapElement element in Contents) copy.Contents.Add(element);
        return copy;
    }

    /// <summary>Returns one line that says what the map is.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Type} map \"{Name}\": key {KeySize} B, value {ValueSize} B, {MaxEntries} {(MaxEntries == 1 ? "entry" : "entries")}");

    private static bool IsOrBeginsWith(string name, string stem) =>
        name.StartsWith(stem, StringComparison.Ordinal) && (name.Length == stem.Length || name[stem.Length] == '.');
}
