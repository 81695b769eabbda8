using System.Globalization;
using Ebpf.Kernel;
using Ebpf.Linux;

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
        Name = name;
        Type = type;
        Extra = extra;
        Omitted = omitted;
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

    /// <summary>How many values an element of a per-CPU map has; 1 for other maps.</summary>
    internal int CpuCount => _cpuCount;

    /// <summary>Makes a map.</summary>
    /// <param name="spec">
    /// What to make. A spec from an object is used without its types, which only a collection can pass on.
    /// </param>
    /// <exception cref="BpfException">The kernel refused; the message says why, as far as that can be told.</exception>
    /// <exception cref="FeatureNotSupportedException">
    /// The kernel is too old for this kind of map, or for a flag.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// The spec names programs or maps that the map holds from the start: a collection alone can find them.
    /// </exception>
    public static BpfMap Create(MapSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        if (spec.Initializers.Count > 0)
        {
            throw new ArgumentException(
                $"Map \"{spec.Name}\" holds \"{spec.Initializers[0].Target}\" from the start: load it as part of a collection.",
                nameof(spec));
        }

        return MapCreation.Create(RunningKernel.Instance, spec, MapCreateOptions.None);
    }

    /// <summary>Opens a map by the number under which the kernel knows it.</summary>
    /// <param name="id">The number, as <see cref="Id"/> gives it.</param>
    /// <exception cref="BpfException">There is none, or the process lacks CAP_SYS_ADMIN.</exception>
    public static BpfMap FromId(uint id) => FromId(RunningKernel.Instance, id);

    /// <summary>Opens a map that is pinned in the BPF file system.</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="BpfException">There is no such file, it is no map, or the kernel refused.</exception>
    public static BpfMap OpenPinned(string path) => OpenPinned(RunningKernel.Instance, path, ObjectPathFlags.None);

    /// <summary>Pins the map in the BPF file system, where it outlives this process.</summary>
    /// <param name="path">A path in a bpffs, <c>/sys/fs/bpf/counts</c>; its directory must exist.</param>
    /// <exception cref="BpfException">
    /// There is something at this path, it is not in a bpffs, or the kernel refused.
    /// </exception>
    public void Pin(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Errno error = Kernel.PinObject(Handle, path);
        if (error == Errno.None) return;
        string? advice = error switch
        {
            Errno.EEXIST => "there is something at this path",
            Errno.ENOENT => "the directory does not exist",
            _ when Path.GetDirectoryName(path) is { } directory && !BpfFileSystem.Holds(Kernel, directory) =>
                $"{directory} is not in a BPF file system (mount -t bpf bpf {BpfFileSystem.UsualPlace})",
            _ => null,
        };
        throw Refusal.Explain(Kernel, $"Pin map \"{Name}\" at {path}", error, Privileges.Bpf, advice);
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
            Errno.EPERM when PrivilegeRules.Missing(Kernel, Privileges.Bpf) == Privileges.None =>
                "it is frozen already, or was opened for reading only",
            _ => null,
        };
        throw Refusal.Explain(Kernel, $"Freeze map \"{Name}\"", error, Privileges.Bpf, advice);
    }

    /// <summary>
    /// Closes the descriptor. The kernel keeps the map while programs, pins or other processes use it.
    /// </summary>
    public void Dispose() => Handle.Dispose();

    /// <summary>One line that says what the map is.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Type} map \"{Name}\": key {KeySize} B, value {ValueSize} B, {MaxEntries} entries");

    internal static BpfMap FromId(LinuxKernel kernel, uint id)
    {
        string operation = $"Open map {id}";
        BpfHandle? handle = kernel.OpenById(BpfCommand.MapGetById, id, out Errno error);
        if (handle is not null) return FromHandle(handle, operation);
        string? advice = error == Errno.ENOENT ? "there is no map with this id" : null;
        throw Refusal.Explain(kernel, operation, error, Privileges.SysAdmin, advice);
    }

    internal static BpfMap OpenPinned(LinuxKernel kernel, string path, ObjectPathFlags flags)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string operation = $"Open map at {path}";
        BpfHandle? handle = kernel.OpenPinned(path, flags, out Errno error);
        if (handle is not null) return FromPinned(handle, operation);
        string? advice = error == Errno.ENOENT ? "nothing is pinned there" : null;
        throw Refusal.Explain(kernel, operation, error, Privileges.Bpf, advice);
    }

    /// <summary>Takes the descriptor of something over that was pinned, and may be no map.</summary>
    internal static BpfMap FromPinned(BpfHandle handle, string operation)
    {
        // The kernel would answer for a program or a link as well, with other numbers in the same places.
        bool isOther = StatusFile.Field(handle.Kernel, handle, "prog_type") is not null
            || StatusFile.Field(handle.Kernel, handle, "link_type") is not null;
        if (!isOther) return FromHandle(handle, operation);
        handle.Dispose();
        throw new BpfException(operation, Errno.EINVAL, "what is pinned there is no map");
    }

    /// <summary>Takes a descriptor over and asks the kernel what it is. Closes it after an error.</summary>
    internal static BpfMap FromHandle(BpfHandle handle, string operation)
    {
        try
        {
            MapInfo info = default;
            Errno error = handle.Kernel.GetInfo(handle, ref info);
            if (error != Errno.None) throw Refusal.Explain(handle.Kernel, operation, error, Privileges.Bpf);
            if (info.Type == MapType.ProgramArray) handle.CloseOnlyOnDispose();
            MapShape shape = new(info.KeySize, info.ValueSize, info.MaxEntries, info.Flags);
            return new BpfMap(handle, info.Name.ToString(), info.Type, shape, info.Extra);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>What the kernel knows about the map.</summary>
    internal MapInfo GetInfo()
    {
        MapInfo info = default;
        Errno error = Kernel.GetInfo(Handle, ref info);
        return error == Errno.None
            ? info
            : throw Refusal.Explain(Kernel, $"Ask about map \"{Name}\"", error, Privileges.Bpf);
    }
}
