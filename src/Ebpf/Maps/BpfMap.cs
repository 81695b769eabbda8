using System.Globalization;
using Ebpf.BtfObjects;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Maps.Creation;
using Ebpf.Maps.Layout;
using Ebpf.Maps.Views;

namespace Ebpf;

/// <summary>A map in the kernel: memory that programs and user space share.</summary>
/// <remarks>
/// Elements are read and written here as bytes; <see cref="As{TKey, TValue}"/> and its like give them types. Every
/// method is safe to be called from several threads at once, and while another thread disposes the map.
/// </remarks>
public sealed partial class BpfMap : IDisposable
{
    private readonly MapShape _shape;
    private readonly int _cpuCount;
    private MapTypes? _types;

    internal BpfMap(
        BpfHandle handle, string name, MapType type, MapShape shape, ulong extra, MapOmissions omitted = MapOmissions.None)
    {
        Handle = handle;
        handle.Owner = this;
        Name = name;
        Type = type;
        Extra = extra;
        Omitted = omitted;
        Access = MapAccesses.From(shape.Flags);
        _shape = shape;
        _cpuCount = type.IsPerCpu() ? KernelFacts.Of(handle.Kernel).PossibleCpus.Count : 1;
        long size = type.ValueBufferSize((int)shape.ValueSize, _cpuCount);
        ValueBufferSize = size <= Array.MaxLength
            ? (int)size
            : throw new BpfException($"Use map \"{name}\": {size} bytes for the values of all CPUs are more than an array holds");
    }

    /// <summary>The name; the whole one that the spec gave, of which the kernel knows the first 15 bytes.</summary>
    public string Name { get; }

    /// <summary>The kind of map.</summary>
    public MapType Type { get; }

    /// <summary>The size of a key, in bytes; 0 for kinds without keys.</summary>
    public int KeySize => (int)_shape.KeySize;

    /// <summary>
    /// The size of a value (of one CPU's value, in a per-CPU map), in bytes; 0 for kinds without values.
    /// </summary>
    public int ValueSize => (int)_shape.ValueSize;

    /// <summary>
    /// The size of the span that holds the value of one element, in bytes: <see cref="ValueSize"/>; in a per-CPU map
    /// the values of all possible CPUs, each filled up to a multiple of 8 bytes; 4 in maps of programs, maps and the
    /// like, which take descriptors and give ids.
    /// </summary>
    public int ValueBufferSize { get; }

    /// <summary>How many elements the map can hold; bytes for ring buffers; pages for arenas.</summary>
    public uint MaxEntries => _shape.MaxEntries;

    /// <summary>The flags with which the map was made.</summary>
    public MapFlags Flags => _shape.Flags;

    /// <summary>
    /// What <c>map_extra</c> means for this kind of map: hash functions of a bloom filter, address of an arena.
    /// </summary>
    public ulong Extra { get; }

    /// <summary>
    /// The number under which the kernel knows the map; it is not used again until the machine restarts.
    /// </summary>
    /// <exception cref="BpfException">The kernel is older than 4.13, or refused.</exception>
    public uint Id => GetInfo().Id;

    /// <summary>What this descriptor of the map lets user space do.</summary>
    public MapAccess Access { get; private init; }

    /// <summary>The descriptor.</summary>
    public BpfHandle Handle { get; }

    internal LinuxKernel Kernel => Handle.Kernel;

    /// <summary>What the kernel did not accept of what was asked for.</summary>
    internal MapOmissions Omitted { get; }

    /// <summary>The C types of keys and values. The kernel is asked for those of a map that was opened.</summary>
    internal MapTypes Types
    {
        get => _types ??= MapTypes.Read(Kernel, Handle);
        init => _types = value;
    }

    /// <summary>What a table of functions will hold when it is attached; <c>null</c> if this library did not make the map.</summary>
    internal StructOpsContents? StructOpsContents { get; set; }

    /// <summary>How many values an element of a per-CPU map has; 1 for other maps.</summary>
    internal int CpuCount => _cpuCount;

    /// <summary>Makes a map.</summary>
    /// <param name="spec">
    /// What to make. The types of key and value, of whatever BTF they are, are loaded too; where the kernel refuses them,
    /// the map is made without.
    /// </param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">The kernel refused; the message says why, as far as that can be told.</exception>
    /// <exception cref="FeatureNotSupportedException">
    /// The kernel is too old for this kind of map, or for a flag.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// The spec names programs or maps that the map holds from the start, or a program that alone can use it: only a collection can
    /// find them.
    /// </exception>
    public static BpfMap Create(MapSpec spec, BpfKernel? kernel = null)
    {
        ArgumentNullException.ThrowIfNull(spec);
        if (spec.Initializers.Count > 0)
        {
            throw new ArgumentException(
                $"Map \"{spec.Name}\" holds \"{spec.Initializers[0].Target}\" from the start: load it as part of a collection.",
                nameof(spec));
        }

        if (spec.ExclusiveProgram is not null)
        {
            throw new ArgumentException(
                $"Map \"{spec.Name}\" is for program \"{spec.ExclusiveProgram}\" alone: load it as part of a collection, or set its "
                + $"{nameof(MapSpec.ExclusiveProgramHash)}.",
                nameof(spec));
        }

        LinuxKernel system = LinuxKernel.Of(kernel);
        TypesToLoad wanted = new(null);
        wanted.Include(spec);
        using LoadedTypes types = wanted.Load(system, null, null);
        return MapCreation.Create(system, spec, types.OptionsFor(spec));
    }

    /// <summary>
    /// Keeps user space, this process included, from writing to the map from now on (since Linux 5.2).
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

    /// <summary>Opens a second descriptor of the same map, with an owner and a life of its own.</summary>
    /// <exception cref="BpfException">The process has too many open files.</exception>
    public BpfMap Duplicate() => Duplicate(Name);

    /// <summary>
    /// Closes the descriptor, and lets go of the memory: spans and references into it are over zeros from then on. The
    /// kernel keeps the map while programs, pins or other processes use it.
    /// </summary>
    public void Dispose()
    {
        Handle.Dispose();
        CloseMemory();
    }

    /// <summary>One line that says what the map is.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Type} map \"{Name}\": key {KeySize} B, value {ValueSize} B, {MaxEntries} entries");

    /// <summary>A second descriptor under another name.</summary>
    internal BpfMap Duplicate(string name)
    {
        BpfHandle? handle = Handle.Duplicate(out Errno error);
        if (handle is null) throw Refusal.Explain(Kernel, $"Duplicate map \"{Name}\"", error, Privileges.None);
        if (Type == MapType.ProgramArray) handle.CloseOnlyOnDispose();
        BpfMap copy = new(handle, name, Type, _shape, Extra, Omitted) { Access = Access, PinPath = PinPath, StructOpsContents = StructOpsContents };
        copy.ShareArena(this);
        return copy;
    }
}
