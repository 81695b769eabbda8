using System.Text;
using Ebpf.BtfObjects;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
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

    private BpfBtf(LinuxKernel kernel, BpfHandle handle)
    {
        _kernel = kernel;
        Handle = handle;
    }

    /// <summary>
    /// The ids of all BTF that the kernel holds, ascending, each asked for when the caller gets to it. Needs CAP_SYS_ADMIN
    /// (Linux 5.2).
    /// </summary>
    /// <remarks>What is loaded or goes away meanwhile may be among them or not.</remarks>
    /// <exception cref="BpfException">The kernel refused, while enumerating.</exception>
    public static IEnumerable<uint> LoadedIds => IdsOf(RunningKernel.Instance);

    /// <summary>The descriptor.</summary>
    public BpfHandle Handle { get; }

    /// <summary>What the kernel tells about it; asked for once.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public BpfBtfInfo Info => field ??= ReadInfo();

    /// <summary>Loads types into the kernel.</summary>
    /// <remarks>What an older kernel does not know is replaced by what it does; ids stay as they are.</remarks>
    /// <param name="types">The types, which build on no others.</param>
    /// <exception cref="BtfLoadException">The kernel refused the types: it says which, and why.</exception>
    /// <exception cref="ObjectFormatException">The types are malformed.</exception>
    /// <exception cref="BpfException">
    /// The types are for another byte order, or split BTF; or the kernel refused otherwise: it needs CAP_BPF.
    /// </exception>
    public static BpfBtf Load(BtfSpec types) => Load(RunningKernel.Instance, types);

    /// <summary>Opens BTF by its id. Needs CAP_SYS_ADMIN.</summary>
    /// <param name="id">The id: one of <see cref="LoadedIds"/>, or what the kernel tells about a program or map.</param>
    /// <exception cref="BpfException">There is none of this id any more (ENOENT), or the kernel refused.</exception>
    public static BpfBtf Open(uint id) => Open(RunningKernel.Instance, id);

    /// <summary>Opens all BTF that the kernel holds, one after the other. Needs CAP_SYS_ADMIN.</summary>
    /// <returns>Each is the caller's, who disposes it. What goes away meanwhile is left out.</returns>
    /// <exception cref="BpfException">The kernel refused, while enumerating.</exception>
    public static IEnumerable<BpfBtf> OpenAll() => OpenAll(RunningKernel.Instance);

    /// <summary>Reads the types.</summary>
    /// <param name="baseTypes">
    /// What those of a module build on. By default the kernel's own (<see cref="KernelBtf.Types"/>), which is also what is
    /// returned if this is the kernel's own BTF.
    /// </param>
    /// <exception cref="ObjectFormatException">The BTF is newer than this library.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public BtfSpec ReadTypes(BtfSpec? baseTypes = null)
    {
        BpfBtfInfo info = Info;
        if (baseTypes is null && info.Origin != BtfOrigin.Program)
        {
            BtfSpec? own = KernelFacts.Of(_kernel).Types.Read();
            if (own is not null && info.Origin == BtfOrigin.Kernel) return own;
            if (info.Origin == BtfOrigin.Module)
                baseTypes = own ?? throw new BpfException($"{Operation}: they build on the kernel's, which it does not tell");
        }

        byte[] raw = new byte[info.Size];
        fixed (byte* pointer = raw)
        {
            BtfInfo request = new() { Data = pointer, Size = info.Size };
            Errno error = _kernel.GetInfo(Handle, ref request);
            if (error != Errno.None) throw Refusal.Explain(_kernel, Operation, error);
        }

        return BtfSpec.Parse(raw, baseTypes);
    }

    /// <summary>Closes the descriptor. Doing it again does nothing.</summary>
    public void Dispose() => Handle.Dispose();

    /// <summary>The id, and the name if there is one.</summary>
    public override string ToString() => Info.Name.Length == 0 ? $"BTF {Info.Id}" : $"BTF {Info.Id} ({Info.Name})";

    internal static BpfBtf Load(LinuxKernel kernel, BtfSpec types, BpfHandle? token = null)
    {
        ArgumentNullException.ThrowIfNull(types);
        BpfHandle? handle = BtfLoader.Load(kernel, types, explains: true, out BpfException? refusal, token);
        return handle is null ? throw refusal! : new BpfBtf(kernel, handle);
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

    internal static BpfBtf Open(LinuxKernel kernel, uint id) => TryOpen(kernel, id, out Errno error)
        ?? throw Refusal.Explain(
            kernel,
            $"Open BTF {id}",
            error,
            Privileges.SysAdmin,
            error == Errno.ENOENT ? "the kernel has none of this id (any more)" : null);

    internal static IEnumerable<uint> IdsOf(LinuxKernel kernel)
    {
        for (uint id = 0; ;)
        {
            Errno error = kernel.GetNextId(BpfCommand.BtfGetNextId, ref id);
            if (error == Errno.ENOENT) yield break;
            if (error != Errno.None) throw Refusal.Explain(kernel, "List the BTF in the kernel", error, Privileges.SysAdmin);
            yield return id;
        }
    }

    internal static IEnumerable<BpfBtf> OpenAll(LinuxKernel kernel)
    {
        foreach (uint id in IdsOf(kernel))
        {
            if (TryOpen(kernel, id, out Errno error) is { } btf) yield return btf;
            else if (error != Errno.ENOENT) throw Refusal.Explain(kernel, $"Open BTF {id}", error, Privileges.SysAdmin);
        }
    }

    private string Operation => $"Read the types of {this}";

    private static BpfBtf? TryOpen(LinuxKernel kernel, uint id, out Errno error)
    {
        BpfHandle? handle = kernel.OpenById(BpfCommand.BtfGetById, id, out error);

        // Linux before 6.16 takes no token here: what it answers then is not the reason.
        if (error == Errno.EPERM && KernelFacts.Of(kernel).Tokens.Find() is { } token)
            handle = kernel.OpenById(BpfCommand.BtfGetById, id, out _, token: token.Handle);
        return handle is null ? null : new BpfBtf(kernel, handle);
    }

    private BpfBtfInfo ReadInfo()
    {
        byte* name = stackalloc byte[NameSize];
        *name = 0;
        BtfInfo info = new() { Name = name, NameSize = NameSize };
        Errno error = _kernel.GetInfo(Handle, ref info);
        if (error == Errno.E2BIG)
        {
            // A kernel before 5.11 knows no names, and takes only zeros where it knows nothing.
            info = default;
            error = _kernel.GetInfo(Handle, ref info);
        }

        if (error != Errno.None) throw Refusal.Explain(_kernel, "Ask about BTF", error);
        ReadOnlySpan<byte> text = new(name, NameSize);
        int length = text.IndexOf((byte)0);
        string called = Encoding.UTF8.GetString(length < 0 ? text : text[..length]);
        BtfOrigin origin = info.IsKernel == 0 ? BtfOrigin.Program
            : called == BtfObjects.KernelTypes.KernelName ? BtfOrigin.Kernel : BtfOrigin.Module;
        return new BpfBtfInfo(info.Id, called, info.Size, origin);
    }
}
