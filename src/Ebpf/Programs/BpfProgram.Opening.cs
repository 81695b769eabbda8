using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Loading;
using Ebpf.Pins;

namespace Ebpf;

/// <content>Programs that are there: by number, by path, by descriptor, all of them.</content>
public sealed partial class BpfProgram
{
    /// <summary>
    /// The numbers of all programs on this machine, in ascending order, each asked for when the caller gets to it.
    /// </summary>
    /// <exception cref="BpfException">While enumerating: the process lacks CAP_SYS_ADMIN, or the kernel refused.</exception>
    public static IEnumerable<uint> LoadedIds => ObjectIds.List(RunningKernel.Instance, BpfCommand.ProgramGetNextId, "programs");

    /// <summary>Opens a program by the number under which the kernel knows it.</summary>
    /// <param name="id">The number, as <see cref="Id"/> gives it.</param>
    /// <exception cref="BpfException">There is none, or the process lacks CAP_SYS_ADMIN.</exception>
    public static BpfProgram Open(uint id) => Open(RunningKernel.Instance, id);

    /// <summary>Opens a program that is pinned in the BPF file system.</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="BpfException">There is no such file, it is no program, or the kernel refused.</exception>
    public static BpfProgram OpenPinned(string path) => OpenPinned(RunningKernel.Instance, path);

    /// <summary>Takes a descriptor of a program over, as another process sends it, or a parent leaves it.</summary>
    /// <param name="descriptor">
    /// The descriptor. It belongs to the program from now on, and is closed even when this fails.
    /// </param>
    /// <exception cref="BpfException">It is no descriptor of a program.</exception>
    public static BpfProgram FromDescriptor(int descriptor)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(descriptor);
        return FromDescriptor(RunningKernel.Instance, descriptor);
    }

    /// <summary>
    /// Opens all programs on this machine, one by one while they are walked over. One that goes away meanwhile is left out. Each
    /// is the caller's to dispose.
    /// </summary>
    /// <exception cref="BpfException">While enumerating: the process lacks CAP_SYS_ADMIN, or the kernel refused.</exception>
    public static IEnumerable<BpfProgram> OpenAll() => OpenAll(RunningKernel.Instance);

    /// <summary>Opens a second descriptor of the same program, with an owner and a life of its own.</summary>
    /// <exception cref="BpfException">The process has too many open files.</exception>
    public BpfProgram Duplicate()
    {
        BpfHandle? handle = Handle.Duplicate(out Errno error);
        return handle is null
            ? throw Refusal.Explain(Kernel, $"Duplicate program \"{Name}\"", error, Privileges.None)
            : new BpfProgram(this, handle);
    }

    internal static IEnumerable<BpfProgram> OpenAll(LinuxKernel kernel)
    {
        foreach (uint id in ObjectIds.List(kernel, BpfCommand.ProgramGetNextId, "programs"))
        {
            if (TryOpen(kernel, id) is { } program) yield return program;
        }
    }

    internal static BpfProgram Open(LinuxKernel kernel, uint id) =>
        TryOpen(kernel, id) ?? throw new BpfException($"Open program {id}", Errno.ENOENT, "there is no program with this id");

    internal static BpfProgram OpenPinned(LinuxKernel kernel, string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string operation = $"Open program at {path}";
        BpfHandle handle = kernel.OpenPinned(path, ObjectPathFlags.None, out Errno error)
            ?? throw Refusal.Explain(
                kernel, operation, error, Privileges.Bpf, PinPlace.AdviceForOpening(kernel, path, error));

        // The kernel would answer for a map or a link as well, with other numbers in the same places.
        PinnedObjectKind kind = PinnedObject.KindOf(handle);
        if (kind is PinnedObjectKind.Program or PinnedObjectKind.Unknown) return FromHandle(handle, operation, path);
        handle.Dispose();
        throw new BpfException(operation, Errno.EINVAL, $"what is pinned there is no program, but a {kind.InWords()}");
    }

    internal static BpfProgram FromDescriptor(LinuxKernel kernel, int descriptor)
    {
        string operation = $"Take over descriptor {descriptor}";
        BpfHandle handle = BpfHandle.Take(kernel, new CallResult(descriptor), out Errno error)
            ?? throw Refusal.Explain(kernel, operation, error, Privileges.None);
        if (PinnedObject.KindOf(handle) == PinnedObjectKind.Program) return FromHandle(handle, operation);
        handle.Dispose();
        throw new BpfException(operation, Errno.EINVAL, "it is no descriptor of a program");
    }

    /// <summary>Takes a descriptor over and asks the kernel what it is. Closes it after an error.</summary>
    /// <param name="handle">The descriptor.</param>
    /// <param name="operation">What is being done, for messages.</param>
    /// <param name="path">Where the program is pinned; <c>null</c> if it came otherwise.</param>
    internal static BpfProgram FromHandle(BpfHandle handle, string operation, string? path = null)
    {
        try
        {
            ProgramInfo info = default;
            Errno error = handle.Kernel.GetInfo(handle, ref info);
            if (error != Errno.None) throw Refusal.Explain(handle.Kernel, operation, error, Privileges.Bpf);
            return new BpfProgram(handle, ProgramNames.Find(handle, in info), info.Type) { PinPath = path };
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <returns><c>null</c> if there is no program with this id (any more).</returns>
    private static BpfProgram? TryOpen(LinuxKernel kernel, uint id)
    {
        string operation = $"Open program {id}";
        BpfHandle? handle = kernel.OpenById(BpfCommand.ProgramGetById, id, out Errno error);
        if (handle is not null) return FromHandle(handle, operation);
        return error == Errno.ENOENT ? null : throw Refusal.Explain(kernel, operation, error, Privileges.SysAdmin);
    }
}
