using System.Globalization;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Pins;

namespace Ebpf;

/// <summary>Specifies the kind of a pinned object.</summary>
public enum PinnedObjectKind
{
    /// <summary>The kind is not known: see <see cref="PinnedObject.Error"/>.</summary>
    Unknown,

    /// <summary>A map.</summary>
    Map,

    /// <summary>A program.</summary>
    Program,

    /// <summary>
    /// A link, whose last pin or descriptor keeps a program attached; or an iterator, which can be read as a file.
    /// </summary>
    Link,
}

/// <summary>Describes an entry of a BPF file system at the time when it was read. It holds no descriptor.</summary>
public sealed record PinnedObject
{
    internal PinnedObject(LinuxKernel kernel, string path) => (Kernel, Path) = (kernel, path);

    internal LinuxKernel Kernel { get; }

    /// <summary>Gets the path of the file, or of the directory that could not be read.</summary>
    public string Path { get; }

    /// <summary>Gets the kind of the object.</summary>
    public PinnedObjectKind Kind { get; internal init; }

    /// <summary>Gets the id of the object in the kernel; 0 if the kind is unknown.</summary>
    public uint Id { get; internal init; }

    /// <summary>
    /// Gets the error of opening the object or of reading the directory; <see cref="Errno.None"/> if there was none.
    /// </summary>
    public Errno Error { get; internal init; }

    /// <summary>Opens a descriptor of the object that is pinned there now, of whatever kind.</summary>
    /// <exception cref="BpfException">Nothing is pinned there any more, or the kernel refused.</exception>
    public BpfHandle OpenHandle()
    {
        BpfHandle? handle = Kernel.OpenPinned(Path, ObjectPathFlags.None, out Errno error);
        return handle ?? throw Refusal.Explain(
            Kernel, $"Open {Path}", error, Privileges.Bpf, PinPlace.AdviceForOpening(Kernel, Path, error));
    }

    /// <summary>Opens what is pinned at a path, to see what it is.</summary>
    /// <returns><c>null</c> if there is nothing.</returns>
    internal static PinnedObject? Look(LinuxKernel kernel, string path)
    {
        using BpfHandle? handle = kernel.OpenPinned(path, ObjectPathFlags.None, out Errno error)
            ?? (error is Errno.EACCES or Errno.EPERM ? kernel.OpenPinned(path, ObjectPathFlags.ReadOnly, out error) : null);
        if (handle is null) return error == Errno.ENOENT ? null : new PinnedObject(kernel, path) { Error = error };
        PinnedObjectKind kind = KindOf(handle, out uint id);
        return new PinnedObject(kernel, path) { Kind = kind, Id = id };
    }

    /// <summary>The kind that /proc tells of a descriptor; unknown if that cannot be read, and for other files.</summary>
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
