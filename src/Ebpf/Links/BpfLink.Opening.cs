using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Links;
using Ebpf.Linux;
using Ebpf.Pins;

namespace Ebpf;

/// <content>Links that exist, and the files in a BPF file system that keep them.</content>
public sealed partial class BpfLink : IPinnable
{
    private ObjectPin? _pin;

    /// <inheritdoc/>
    public string? PinPath => _pin?.Path;

    /// <summary>Lists the ids of all links on this machine, in ascending order, one by one while the list is enumerated.</summary>
    /// <param name="after">Where to go on: only ids above this one are listed.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">While enumerating: the process lacks CAP_SYS_ADMIN, or the kernel refused.</exception>
    public static IEnumerable<uint> ListIds(uint after = 0, BpfKernel? kernel = null) =>
        ObjectKind.Link.ListIds(LinuxKernel.Of(kernel), after);

    /// <summary>
    /// Reads what the kernel knows about all links on this machine, one by one while the list is enumerated, without descriptors to
    /// dispose. Since Linux 5.8.
    /// </summary>
    /// <param name="after">Where to go on: only links with an id above this one are listed.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">While enumerating: the process lacks CAP_SYS_ADMIN, or the kernel refused.</exception>
    public static IEnumerable<LinkInfo> ListInfos(uint after = 0, BpfKernel? kernel = null) =>
        ObjectKind.Link.ListInfos(LinuxKernel.Of(kernel), after, TryOpen, static link => link.GetInfo());

    /// <summary>
    /// Opens all links on this machine, one by one while they are enumerated; the caller disposes each. Those that vanish meanwhile are left
    /// out. Since Linux 5.8.
    /// </summary>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">While enumerating: the process lacks CAP_SYS_ADMIN, or the kernel refused.</exception>
    public static IEnumerable<BpfLink> OpenAll(BpfKernel? kernel = null) => ObjectKind.Link.OpenAll(LinuxKernel.Of(kernel), 0, TryOpen);

    /// <summary>Opens a link by its id. Since Linux 5.8.</summary>
    /// <param name="id">The id under which the kernel knows the link; see <see cref="Id"/>.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">There is no such link, or the process lacks CAP_SYS_ADMIN.</exception>
    public static BpfLink Open(uint id, BpfKernel? kernel = null) =>
        TryOpen(LinuxKernel.Of(kernel), id) ?? throw ObjectKind.Link.NoSuchId(id);

    /// <summary>
    /// Opens a link that is pinned in a BPF file system. It may be one that is attached to nothing any more, since its interface or cgroup is
    /// gone: <see cref="IsDetached"/> tells, and <see cref="BpfProgram.AttachPinned"/> replaces it. Since Linux 5.7.
    /// </summary>
    /// <param name="path">The path of the pin.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">There is no such file, it is no link, or the kernel refused.</exception>
    public static BpfLink OpenPinned(string path, BpfKernel? kernel = null)
    {
        BpfHandle handle = ObjectKind.Link.OpenPinned(LinuxKernel.Of(kernel), ref path, out string operation);
        return FromHandle(handle, operation, path);
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The kernel has no <c>bpf_link</c> for this attachment (<see cref="Handle"/>).</exception>
    public void Pin(string path)
    {
        try
        {
            OwnPin().Pin(path);
        }
        catch (BpfException error) when (error.Errno == Errno.EEXIST && Handle is { } link && IsStale(link.Kernel, path))
        {
            const string advice = "a link that is attached to nothing any more is pinned there: remove the file, or pin elsewhere";
            throw new BpfException(error.Operation ?? $"Pin {Description}", error.Errno, advice, error);
        }
    }

    /// <inheritdoc/>
    public bool Unpin() => OwnPin().Unpin();

    /// <inheritdoc/>
    public void MovePin(string path) => OwnPin().Move(path);

    /// <summary>Whether a link is pinned at a path that is attached to nothing any more.</summary>
    internal static bool IsStale(LinuxKernel kernel, string path)
    {
        try
        {
            using BpfLink link = OpenPinned(path, kernel);
            return link.IsDetached() == true;
        }
        catch (BpfException)
        {
            return false;
        }
    }

    private static BpfLink FromHandle(BpfHandle handle, string operation, string? path = null)
    {
        try
        {
            KernelLinkInfo info = default;
            Errno error = handle.Kernel.GetInfo(handle, ref info);
            if (error != Errno.None) throw Refusal.Explain(handle.Kernel, operation, error, Privileges.Bpf);

            // It may be the last descriptor of the link.
            handle.CloseOnlyOnDispose();
            LinkType type = info.Header.Type;
            string description = $"{type} link {info.Header.Id}";
            return new BpfLink(new LinkAttachment(handle), type, description)
            {
                _pin = new ObjectPin(handle, ObjectKind.Link, description, path),
            };
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <returns><c>null</c> if there is no link with this id (any more).</returns>
    private static BpfLink? TryOpen(LinuxKernel kernel, uint id) =>
        ObjectKind.Link.TryOpenById(kernel, id) is { } handle ? FromHandle(handle, $"Open link {id}") : null;

    private ObjectPin OwnPin()
    {
        if (_pin is { } pin) return pin;
        BpfHandle handle = Handle ?? throw new NotSupportedException($"The kernel has no link for {Description}, so it cannot be pinned.");
        Interlocked.CompareExchange(ref _pin, new ObjectPin(handle, ObjectKind.Link, Description), null);
        return _pin;
    }
}
