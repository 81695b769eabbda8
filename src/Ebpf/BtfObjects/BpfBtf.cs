using System.Text;
using Ebpf.BtfObjects;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Pins;
using Ebpf.Tokens;
using Microsoft.Extensions.Logging;

namespace Ebpf;

/// <summary>BTF in the kernel: the types of programs and maps, of the kernel itself, or of a module.</summary>
/// <remarks>
/// Disposing it closes the descriptor; the kernel keeps the types for as long as a map, program or module refers to
/// them. Safe for use by several threads at once.
/// </remarks>
public sealed unsafe class BpfBtf : IDisposable
{
    /// <summary>The room for a name: MODULE_NAME_LEN is 64 less a pointer.</summary>
    private const int NameSize = 64;

    private readonly LinuxKernel _kernel;
    private BtfInfo? _info;

    private BpfBtf(LinuxKernel kernel, BpfHandle handle)
    {
        _kernel = kernel;
        Handle = handle;
    }

    /// <summary>The descriptor.</summary>
    public BpfHandle Handle { get; }

    /// <summary>Gets the number by which the kernel knows it; the kernel is asked once.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public uint Id => GetInfo().Id;

    /// <summary>Loads types into the kernel.</summary>
    /// <remarks>What an older kernel does not know is replaced by what it does; ids stay as they are.</remarks>
    /// <param name="types">The types, which build on no others.</param>
    /// <param name="token">The token to use; <c>null</c> for the one that is found, if there is any.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BtfLoadException">The kernel refused the types: it says which, and why.</exception>
    /// <exception cref="ObjectFormatException">The types are malformed.</exception>
    /// <exception cref="BpfException">
    /// The types are for another byte order, or split BTF; or the kernel refused otherwise: it needs CAP_BPF.
    /// </exception>
    public static BpfBtf Load(BtfSpec types, BpfToken? token = null, BpfKernel? kernel = null)
    {
        ArgumentNullException.ThrowIfNull(types);
        LinuxKernel system = LinuxKernel.Of(kernel);
        BpfHandle? handle = BtfLoader.Load(system, types, explains: true, out BpfException? refusal, token?.Handle);
        return handle is null ? throw refusal! : new BpfBtf(system, handle);
    }

    /// <summary>Opens BTF by its id. Needs CAP_SYS_ADMIN.</summary>
    /// <param name="id">The id: one of <see cref="ListIds"/>, or what the kernel tells about a program or map.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">There is none of this id any more (ENOENT), or the kernel refused.</exception>
    public static BpfBtf Open(uint id, BpfKernel? kernel = null) =>
        TryOpen(LinuxKernel.Of(kernel), id) ?? throw ObjectKind.Btf.NoSuchId(id);

    /// <summary>
    /// Lists the ids of all BTF that the kernel holds, ascending, each asked for when the caller gets to it. Needs CAP_SYS_ADMIN
    /// (Linux 5.2).
    /// </summary>
    /// <param name="after">Where to go on: only ids above this one are listed.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <remarks>What is loaded or goes away meanwhile may be among them or not.</remarks>
    /// <exception cref="BpfException">The kernel refused, while enumerating.</exception>
    public static IEnumerable<uint> ListIds(uint after = 0, BpfKernel? kernel = null) =>
        ObjectKind.Btf.ListIds(LinuxKernel.Of(kernel), after);

    /// <summary>Opens all BTF that the kernel holds, one after the other. Needs CAP_SYS_ADMIN.</summary>
    /// <returns>Each is the caller's, who disposes it. What goes away meanwhile is left out.</returns>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">The kernel refused, while enumerating.</exception>
    public static IEnumerable<BpfBtf> OpenAll(BpfKernel? kernel = null) =>
        ObjectKind.Btf.OpenAll(LinuxKernel.Of(kernel), 0, TryOpen);

    /// <summary>
    /// Reads what the kernel tells about all BTF, one after the other while the list is enumerated, without descriptors to dispose.
    /// Needs CAP_SYS_ADMIN.
    /// </summary>
    /// <param name="after">Where to go on: only BTF with an id above this one is listed.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">The kernel refused, while enumerating.</exception>
    public static IEnumerable<BtfInfo> ListInfos(uint after = 0, BpfKernel? kernel = null) =>
        ObjectKind.Btf.ListInfos(LinuxKernel.Of(kernel), after, TryOpen, static btf => btf.GetInfo());

    /// <summary>Gets what the kernel tells about it, which never changes: the kernel is asked once.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">This is disposed, and was not asked before.</exception>
    public BtfInfo GetInfo() => _info ??= ReadInfo();

    /// <summary>Opens a second descriptor of the same BTF, with an owner and a life of its own.</summary>
    /// <exception cref="BpfException">The process has too many open files.</exception>
    /// <exception cref="ObjectDisposedException">This is disposed.</exception>
    public BpfBtf Duplicate() => Handle.Duplicate(out Errno error) is { } handle
        ? new BpfBtf(_kernel, handle) { _info = _info }
        : throw Refusal.Explain(_kernel, $"Duplicate {this}", error, Privileges.None);

    /// <summary>Reads the types.</summary>
    /// <param name="baseTypes">
    /// What those of a module build on. By default the kernel's own (<see cref="KernelBtf.GetTypes"/>), which is also what is
    /// returned if this is the kernel's own BTF.
    /// </param>
    /// <exception cref="ObjectFormatException">The BTF is newer than this library.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public BtfSpec ReadTypes(BtfSpec? baseTypes = null)
    {
        BtfInfo info = GetInfo();
        if (baseTypes is null && info.Origin != BtfOrigin.Program)
        {
            BtfSpec? own = KernelTypes.Of(_kernel).Read();
            if (own is not null && info.Origin == BtfOrigin.Kernel) return own;
            if (info.Origin == BtfOrigin.Module)
                baseTypes = own ?? throw new BpfException($"{Operation}: they build on the kernel's, which it does not tell");
        }

        byte[] raw = new byte[info.Size];
        fixed (byte* pointer = raw)
        {
            KernelBtfInfo request = new() { Data = pointer, Size = info.Size };
            Errno error = _kernel.GetInfo(Handle, ref request);
            if (error != Errno.None) throw Refusal.Explain(_kernel, Operation, error);
        }

        return BtfSpec.Parse(raw, baseTypes);
    }

    /// <summary>Closes the descriptor. Doing it again does nothing.</summary>
    public void Dispose() => Handle.Dispose();

    /// <summary>Returns the id, and the name if there is one; without them if they cannot be told.</summary>
    public override string ToString()
    {
        if (_info is null && !Handle.IsClosed && TryReadInfo(out BtfInfo? read) == Errno.None) _info = read;
        return _info is not { } info ? "BTF" : info.Name.Length == 0 ? $"BTF {info.Id}" : $"BTF {info.Id} ({info.Name})";
    }

    /// <summary>Loads types without which the caller can do.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="types">The types.</param>
    /// <param name="logger">Is told why the kernel refuses them.</param>
    /// <param name="refusal">Why the kernel refuses them.</param>
    /// <param name="token">The token to use; <c>null</c> for the one that is found.</param>
    /// <returns><c>null</c> if the kernel refused.</returns>
    internal static BpfBtf? TryLoad(
        LinuxKernel kernel, BtfSpec types, ILogger? logger, out BpfException? refusal, BpfHandle? token = null)
    {
        BpfHandle? handle = BtfLoader.Load(kernel, types, explains: true, out refusal, token);
        if (refusal is not null) logger?.TypesRefused(refusal.Message);
        return handle is null ? null : new BpfBtf(kernel, handle);
    }

    private string Operation => $"Read the types of {this}";

    /// <returns><c>null</c> if there is none with this id (any more).</returns>
    private static BpfBtf? TryOpen(LinuxKernel kernel, uint id) =>
        ObjectKind.Btf.TryOpenById(kernel, id, findToken: () => TokenSearch.Of(kernel).Find()?.Handle) is { } handle
            ? new BpfBtf(kernel, handle)
            : null;

    private BtfInfo ReadInfo() => TryReadInfo(out BtfInfo? info) is var error and not Errno.None
        ? throw Refusal.Explain(_kernel, "Ask about BTF", error)
        : info!;

    private Errno TryReadInfo(out BtfInfo? read)
    {
        read = null;
        byte* name = stackalloc byte[NameSize];
        *name = 0;
        KernelBtfInfo info = new() { Name = name, NameSize = NameSize };
        Errno error = _kernel.GetInfo(Handle, ref info);
        if (error == Errno.E2BIG)
        {
            // A kernel before 5.11 knows no names, and takes only zeros where it knows nothing.
            info = default;
            error = _kernel.GetInfo(Handle, ref info);
        }

        if (error != Errno.None) return error;
        ReadOnlySpan<byte> text = new(name, NameSize);
        int length = text.IndexOf((byte)0);
        string called = Encoding.UTF8.GetString(length < 0 ? text : text[..length]);
        BtfOrigin origin = info.IsKernel == 0 ? BtfOrigin.Program
            : called == BtfObjects.KernelTypes.KernelName ? BtfOrigin.Kernel : BtfOrigin.Module;
        read = new BtfInfo { Id = info.Id, Name = called, Size = info.Size, Origin = origin };
        return Errno.None;
    }
}
