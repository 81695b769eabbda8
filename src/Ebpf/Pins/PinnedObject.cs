using System.Globalization;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Pins;

namespace Ebpf;

/// <summary>Something that was pinned in a BPF file system when it was walked over. It holds no descriptor.</summary>
/// <param name="Path">Where.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Id">The number under which the kernel knows the object; 0 if <paramref name="Kind"/> is unknown.</param>
/// <param name="Error">
/// Why the object could not be opened, or the directory not be read; <see cref="Errno.None"/> if it could.
/// </param>
public sealed record PinnedObject(string Path, PinnedObjectKind Kind, uint Id, Errno Error)
{
    private readonly LinuxKernel _kernel = LinuxKernel.Of(null);

    internal PinnedObject(LinuxKernel kernel, string path, PinnedObjectKind kind, uint id, Errno error)
        : this(path, kind, id, error) => _kernel = kernel;

    /// <summary>Opens the map that is pinned there now.</summary>
    /// <param name="access">What the descriptor is for.</param>
    /// <exception cref="BpfException">There is nothing any more, it is no map, or the kernel refused.</exception>
    public BpfMap OpenMap(MapAccess access = MapAccess.ReadWrite) => BpfMap.OpenPinned(Path, access, _kernel);

    /// <summary>Opens the program that is pinned there now.</summary>
    /// <exception cref="BpfException">There is nothing any more, it is no program, or the kernel refused.</exception>
    public BpfProgram OpenProgram() => BpfProgram.OpenPinned(Path, _kernel);

    /// <summary>Opens a descriptor of what is pinned there now, whatever it is.</summary>
    /// <exception cref="BpfException">There is nothing any more, or the kernel refused.</exception>
    public BpfHandle Open()
    {
        BpfHandle? handle = _kernel.OpenPinned(Path, ObjectPathFlags.None, out Errno error);
        return handle ?? throw Refusal.Explain(
            _kernel, $"Open {Path}", error, Privileges.Bpf, PinPlace.AdviceForOpening(_kernel, Path, error));
    }

    /// <summary>Opens what is pinned at a path, to see what it is.</summary>
    /// <returns><c>null</c> if there is nothing.</returns>
    internal static PinnedObject? Look(LinuxKernel kernel, string path)
    {
        using BpfHandle? handle = kernel.OpenPinned(path, ObjectPathFlags.None, out Errno error)
            ?? (error is Errno.EACCES or Errno.EPERM ? kernel.OpenPinned(path, ObjectPathFlags.ReadOnly, out error) : null);
        if (handle is null)
            return error == Errno.ENOENT ? null : new PinnedObject(kernel, path, PinnedObjectKind.Unknown, 0, error);
        PinnedObjectKind kind = KindOf(handle, out uint id);
        return new PinnedObject(kernel, path, kind, id, Errno.None);
    }

    /// <summary>What a descriptor is of, by what /proc says of it; unknown if that cannot be read, and for other files.</summary>
    internal static PinnedObjectKind KindOf(BpfHandle handle) => KindOf(handle, out _);

    private static PinnedObjectKind KindOf(BpfHandle handle, out uint id)
    {
        Dictionary<string, string> fields = StatusFile.Fields(handle.Kernel, handle);
        (PinnedObjectKind kind, string field) =
            fields.ContainsKey("map_type") ? (PinnedObjectKind.Map, "map_id")
            : fields.ContainsKey("link_type") ? (PinnedObjectKind.Link, "link_id")
            : fields.ContainsKey("prog_type") ? (PinnedObjectKind.Program, "prog_id")
            : (PinnedObjectKind.Unknown, "");
        uint.TryParse(fields.GetValueOrDefault(field), NumberStyles.None, CultureInfo.InvariantCulture, out id);
        return kind;
    }
}
