using System.Text;
using Ebpf.BtfObjects;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Pins;
using Ebpf.Tokens;
using Microsoft.Extensions.Logging;

namespace Ebpf;

/// <summary>Represents BTF in the kernel: that of a program and its maps, of the kernel itself, or of a module.</summary>
/// <remarks>
/// Disposing it closes the descriptor; the kernel keeps the BTF for as long as a map, program or module refers to it. Safe for
/// use by several threads at once.
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

    /// <summary>Gets the descriptor.</summary>
    public BpfHandle Handle { get; }

    /// <summary>Gets the id of the BTF in the kernel. The kernel is asked once.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public uint Id => GetInfo().Id;

    /// <summary>Loads BTF into the kernel.</summary>
    /// <remarks>
    /// Kinds of types that an older kernel does not know are replaced by ones that it does; the ids do not change.
    /// </remarks>
    /// <param name="types">The BTF, which must not be split.</param>
    /// <param name="token">
    /// The token to use; <c>null</c> for the one that <see cref="BpfToken.OpenAutomatic"/> opens, if there is one.
    /// </param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BtfLoadException">The kernel refused a type; the message says which, and why.</exception>
    /// <exception cref="ObjectFormatException">The BTF is malformed.</exception>
    /// <exception cref="BpfException">
    /// The BTF is for another byte order, or is split; or the kernel refused for another reason: CAP_BPF is needed.
    /// </exception>
    public static BpfBtf Load(BtfSpec types, BpfToken? token = null, BpfKernel? kernel = null)
    {
        ArgumentNullException.ThrowIfNull(types);
        LinuxKernel system = LinuxKernel.Of(kernel);
        BpfHandle? handle = BtfLoader.Load(system, types, explains: true, out BpfException? refusal, token?.Handle);
        return handle is null ? throw refusal! : new BpfBtf(system, handle);
    }

    /// <summary>Opens BTF by its id. Needs CAP_SYS_ADMIN.</summary>
    /// <param name="id">The id: one of <see cref="ListIds"/>, or the BTF id of a program or map.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">There is no BTF with this id any more (ENOENT), or the kernel refused.</exception>
    public static BpfBtf Open(uint id, BpfKernel? kernel = null) =>
        TryOpen(LinuxKernel.Of(kernel), id) ?? throw ObjectKind.Btf.NoSuchId(id);

    /// <summary>
    /// Lists the ids of all BTF in the kernel, in ascending order, while the list is enumerated. Needs CAP_SYS_ADMIN (Linux 5.2).
    /// </summary>
    /// <param name="after">Only ids greater than this one are listed.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <remarks>BTF that is loaded or goes away while the list is enumerated may be in it or not.</remarks>
    /// <exception cref="BpfException">While enumerating: the kernel refused.</exception>
    public static IEnumerable<uint> ListIds(uint after = 0, BpfKernel? kernel = null) =>
        ObjectKind.Btf.ListIds(LinuxKernel.Of(kernel), after);

    /// <summary>Opens all BTF in the kernel, one by one while the list is enumerated. Needs CAP_SYS_ADMIN.</summary>
    /// <returns>The BTF. The caller disposes each of them. BTF that goes away meanwhile is left out.</returns>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">While enumerating: the kernel refused.</exception>
    public static IEnumerable<BpfBtf> OpenAll(BpfKernel? kernel = null) =>
        ObjectKind.Btf.OpenAll(LinuxKernel.Of(kernel), 0, TryOpen);

    /// <summary>
    /// Reads the information about all BTF in the kernel, one by one while the list is enumerated, without descriptors to
    /// dispose. Needs CAP_SYS_ADMIN.
    /// </summary>
    /// <param name="after">Only BTF with an id greater than this one is listed.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">While enumerating: the kernel refused.</exception>
    public static IEnumerable<BtfInfo> ListInfos(uint after = 0, BpfKernel? kernel = null) =>
        ObjectKind.Btf.ListInfos(LinuxKernel.Of(kernel), after, TryOpen, static btf => btf.GetInfo());

    /// <summary>Returns the information that the kernel has about the BTF. It never changes: the kernel is asked once.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">This instance is disposed, and was not asked before.</exception>
    public BtfInfo GetInfo() => _info ??= ReadInfo();

    /// <summary>Opens a second descriptor of the same BTF, which is disposed on its own.</summary>
    /// <exception cref="BpfException">The process has too many open files.</exception>
    /// <exception cref="ObjectDisposedException">This instance is disposed.</exception>
    public BpfBtf Duplicate() => Handle.Duplicate(out Errno error) is { } handle
        ? new BpfBtf(_kernel, handle) { _info = _info }
        : throw Refusal.Explain(_kernel, $"Duplicate {this}", error, Privileges.None);

    /// <summary>Reads the BTF from the kernel.</summary>
    /// <param name="baseTypes">
    /// The base of the BTF of a module; <c>null</c> for the kernel's own BTF (<see cref="KernelBtf.GetTypes"/>), which is also
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

    /// <summary>Closes the descriptor. Calling it again has no effect.</summary>
    public void Dispose() => Handle.Dispose();

    /// <summary>Returns the id, and the name if there is one, as far as the kernel tells.</summary>
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
