using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Tokens;

namespace Ebpf;

/// <summary>
/// Represents a BPF token: the right to load certain maps and programs from within a user namespace, where capabilities alone do
/// not count for eBPF. Since Linux 6.9.
/// </summary>
/// <remarks>
/// <para>
/// A privileged process outside mounts a BPF file system that belongs to the namespace, and sets by its mount options
/// (<c>delegate_cmds</c>, <c>delegate_maps</c>, <c>delegate_progs</c>, <c>delegate_attachs</c>) what it delegates. A process in
/// the namespace that has CAP_BPF there (with CAP_NET_ADMIN or CAP_PERFMON for the types of program that need them) creates a
/// token from it.
/// </para>
/// <para>
/// That is not required: in a user namespace the library searches for such a file system itself, as soon as it loads something;
/// see <see cref="OpenAutomatic"/>. Safe for use by several threads at once.
/// </para>
/// </remarks>
public sealed class BpfToken : IDisposable
{
    private static readonly Version Since = new(6, 9);

    private BpfToken(BpfHandle handle, string path)
    {
        Handle = handle;
        handle.Owner = this;
        Path = path;
    }

    /// <summary>Gets the descriptor.</summary>
    public BpfHandle Handle { get; }

    /// <summary>Gets the path of the BPF file system from which the token was created.</summary>
    public string Path { get; }

    /// <summary>Creates a token from a BPF file system that belongs to the user namespace of this process.</summary>
    /// <param name="bpffsPath">The path at which the file system is mounted.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="FeatureNotSupportedException">The kernel is too old.</exception>
    /// <exception cref="BpfException">
    /// The file system delegates nothing, or not to this process; the message says why.
    /// </exception>
    public static BpfToken Create(string bpffsPath, BpfKernel? kernel = null) => CreateIn(LinuxKernel.Of(kernel), bpffsPath);

    /// <summary>
    /// Opens the token that is used where none is given, with a descriptor of its own that the caller disposes.
    /// </summary>
    /// <remarks>
    /// The token is created from the first BPF file system that allows it. The environment variable <c>LIBBPF_BPF_TOKEN_PATH</c>
    /// names the one to use; if it is set but empty, no token is used.
    /// </remarks>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <returns>The token; <c>null</c> if there is none, as in the initial user namespace, where capabilities count.</returns>
    /// <exception cref="BpfException">
    /// No token can be created at the path that the environment variable names, or the process has too many open files.
    /// </exception>
    public static BpfToken? OpenAutomatic(BpfKernel? kernel = null)
    {
        LinuxKernel system = LinuxKernel.Of(kernel);
        return TokenSearch.Of(system).Find()?.Duplicate();
    }

    /// <summary>
    /// Closes the library's own descriptor of the token that is used where none is given, and forgets it: the next load searches
    /// for one again. Copies that <see cref="OpenAutomatic"/> returned stay open.
    /// </summary>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    public static void ReleaseAutomatic(BpfKernel? kernel = null) => TokenSearch.Of(LinuxKernel.Of(kernel)).Release();

    /// <summary>Returns what the token delegates.</summary>
    /// <exception cref="BpfException">The kernel is older than 6.17 and /proc cannot be read, or the kernel refused.</exception>
    public TokenInfo GetInfo() => TokenInfo.Read(Handle);

    /// <summary>Opens a second descriptor of the same token, which is disposed on its own.</summary>
    /// <exception cref="BpfException">The process has too many open files.</exception>
    public BpfToken Duplicate() => Handle.Duplicate(out Errno error) is { } handle
        ? new BpfToken(handle, Path)
        : throw Refusal.Explain(Handle.Kernel, $"Duplicate the BPF token of {Path}", error, Privileges.None);

    /// <summary>Closes the descriptor. What was loaded with the token stays. Calling it again has no effect.</summary>
    public void Dispose() => Handle.Dispose();

    /// <summary>Returns the path of the BPF file system from which the token was created.</summary>
    public override string ToString() => $"BPF token of {Path}";

    private static BpfToken CreateIn(LinuxKernel kernel, string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string operation = $"Make a BPF token of {path}";
        if (TryCreate(kernel, path, out bool isOpen, out Errno error) is { } token) return token;
        if (isOpen && error == Errno.EINVAL && KernelFacts.Of(kernel).Version < Since)
            throw new FeatureNotSupportedException(operation, "BPF tokens", Since, error);
        string? advice = (isOpen, error) switch
        {
            (true, Errno.EINVAL) => "it is not the root of a BPF file system",
            (true, Errno.ENOENT) => "the file system delegates nothing: mount it with delegate_cmds, delegate_maps, delegate_progs, delegate_attachs",
            (true, Errno.EOPNOTSUPP) => "this process is in the initial user namespace, where capabilities count, and no token does",
            (true, Errno.EPERM) => "the file system belongs to another user namespace, or this process lacks CAP_BPF in its own",
            (false, Errno.EACCES) => "the permissions of the directory do not allow it",
            _ => null,
        };
        throw Refusal.Explain(kernel, operation, error, Privileges.None, advice);
    }

    /// <summary>Makes a token if that is possible.</summary>
    internal static BpfToken? TryCreate(LinuxKernel kernel, string path, out bool isOpen, out Errno error)
    {
        using BpfHandle? directory = BpfHandle.Take(kernel, kernel.Open(path, OpenMode.ReadOnly | OpenMode.Directory), out error);
        isOpen = directory is not null;
        return directory is not null && kernel.CreateToken(directory, out error) is { } handle ? new BpfToken(handle, path) : null;
    }
}
