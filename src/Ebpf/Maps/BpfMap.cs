using System.Globalization;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Maps;
using Ebpf.Maps.Kinds;
using Ebpf.Pins;

namespace Ebpf;

/// <summary>Represents a map in the kernel: memory that programs and user space share.</summary>
/// <remarks>
/// This class reads and writes elements as bytes; <see cref="As{TKey, TValue}"/> and similar methods return typed views. Safe for
/// use by several threads at once, even while another thread disposes the map.
/// </remarks>
public sealed partial class BpfMap : IDisposable
{
    private readonly MapShape _shape;
    private readonly int _cpuCount;
    private MapTypes? _types;
    private uint _id;

    internal BpfMap(BpfHandle handle, string name, MapType type, MapShape shape, ulong extra, string? path = null)
    {
        Handle = handle;
        handle.Owner = this;
        _pin = new ObjectPin(handle, ObjectKind.Map, name, path);
        Name = name;
        Type = type;
        Extra = extra;
        Access = MapAccesses.From(shape.Flags);
        _shape = shape;
        _cpuCount = type.IsPerCpu() || !type.IsKnown() ? KernelFacts.Of(handle.Kernel).PossibleCpus.Count : 1;
        long size = type.ValueBufferSize((int)shape.ValueSize, _cpuCount);
        ValueBufferSize = size <= Array.MaxLength
            ? (int)size
            : throw new BpfException($"Use map \"{name}\": {size} bytes for the values of all CPUs are more than an array holds");
        if (type.ChangesWhenClosed()) handle.CloseOnlyOnDispose();
    }

    /// <summary>
    /// Gets the name: for a map that was created, the whole name in the spec; for one that was opened, the first 15 bytes of it,
    /// which is what the kernel knows.
    /// </summary>
    public string Name { get; }

    /// <summary>Gets the type of the map.</summary>
    public MapType Type { get; }

    /// <summary>Gets the size of a key, in bytes; 0 for kinds without keys.</summary>
    public int KeySize => (int)_shape.KeySize;

    /// <summary>
    /// Gets the size of a value (of one CPU's value, in a per-CPU map), in bytes; 0 for kinds without values.
    /// </summary>
    public int ValueSize => (int)_shape.ValueSize;

    /// <summary>
    /// Gets the size of the span that holds the value of one element, in bytes: <see cref="ValueSize"/>; in a per-CPU map, the values
    /// of all possible CPUs, each rounded up to a multiple of 8 bytes; 4 in maps of programs, maps and the like, which take
    /// descriptors and return ids.
    /// </summary>
    /// <remarks>
    /// For a kind of map that is newer than this library it is the size for all CPUs. If the map is no per-CPU map, only the first
    /// <see cref="ValueSize"/> bytes are used.
    /// </remarks>
    public int ValueBufferSize { get; }

    /// <summary>
    /// Gets the largest number of elements that the map can hold; bytes for ring buffers; pages for arenas. The kernel rounds some
    /// numbers up: LRU maps with <see cref="MapFlags.NoCommonLru"/> to a multiple of the number of possible CPUs.
    /// </summary>
    public uint MaxEntries => _shape.MaxEntries;

    /// <summary>Gets the flags with which the map was created.</summary>
    public MapFlags Flags => _shape.Flags;

    /// <summary>
    /// Gets <c>map_extra</c>, whose meaning depends on the type of the map: the number of hash functions of a bloom filter, the
    /// address of an arena.
    /// </summary>
    public ulong Extra { get; }

    /// <summary>
    /// Gets the id of the map in the kernel. The kernel is asked once. Ids are not used again until the machine restarts.
    /// </summary>
    /// <exception cref="BpfException">The kernel is older than 4.13, or refused.</exception>
    public uint Id
    {
        get => _id != 0 ? _id : _id = ReadInfo().Id;
        private init => _id = value;
    }

    /// <summary>Gets the access that this descriptor of the map gives to user space.</summary>
    public MapAccess Access { get; private init; }

    /// <summary>Gets the descriptor.</summary>
    public BpfHandle Handle { get; }

    internal LinuxKernel Kernel => Handle.Kernel;

    /// <summary>The C types of keys and values. The kernel is asked for those of a map that was opened.</summary>
    internal MapTypes Types
    {
        get => _types ??= MapTypes.Read(Kernel, Handle);
        init => _types = value;
    }

    /// <summary>What a struct_ops map will hold when it is attached; <c>null</c> if this library did not create the map.</summary>
    internal StructOpsContents? StructOpsContents { get; set; }

    /// <summary>Which elements attachments have taken; <c>null</c> if none are, or others may use them.</summary>
    internal ElementSlots? Slots { get; set; }

    /// <summary>How many values an element of a per-CPU map has; 1 for other maps.</summary>
    internal int CpuCount => _cpuCount;

    /// <summary>
    /// Freezes the map: from now on user space, this process included, cannot write to it. Since Linux 5.2.
    /// </summary>
    /// <exception cref="BpfException">The map is mapped writable, or the kernel refused.</exception>
    public void Freeze()
    {
        Errno error = Kernel.FreezeMap(Handle);
        if (error == Errno.None) return;
        Version since = new(5, 2);
        if (error == Errno.EINVAL && KernelFacts.Of(Kernel).Version < since)
            throw new FeatureNotSupportedException($"Freeze map \"{Name}\"", "freezing of maps", since, error);
        string? advice = error switch
        {
            Errno.EBUSY => "it is frozen already, or mapped writable",
            Errno.EPERM when Access == MapAccess.ReadOnly => "it was opened for reading only",
            Errno.EPERM when PrivilegeRules.Missing(Kernel, Privileges.Bpf) == Privileges.None =>
                "it is frozen already, or was opened for reading only",
            _ => null,
        };
        throw Refusal.Explain(Kernel, $"Freeze map \"{Name}\"", error, Privileges.Bpf, advice);
    }

    /// <summary>Opens a second descriptor of the same map, which is disposed on its own.</summary>
    /// <exception cref="BpfException">The process has too many open files.</exception>
    public BpfMap Duplicate() => Duplicate(Name);

    /// <summary>
    /// Closes the descriptor and unmaps the memory: spans and references into it see zeros from then on. The kernel keeps the map
    /// for as long as programs, pins or other processes refer to it. Calling it again has no effect.
    /// </summary>
    public void Dispose()
    {
        Handle.Dispose();
        CloseMemory();
    }

    /// <summary>Returns the kind, the name and the sizes in one line.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Type} map \"{Name}\": key {KeySize} B, value {ValueSize} B, {MaxEntries} entries");

    /// <summary>A second descriptor under another name.</summary>
    internal BpfMap Duplicate(string name)
    {
        BpfHandle? handle = Handle.Duplicate(out Errno error);
        if (handle is null) throw Refusal.Explain(Kernel, $"Duplicate map \"{Name}\"", error, Privileges.None);
        BpfMap copy = new(handle, name, Type, _shape, Extra, PinPath)
        {
            Access = Access,
            StructOpsContents = StructOpsContents,
            Slots = Slots,
            _id = _id,
        };
        copy.ShareArena(this);
        return copy;
    }
}
