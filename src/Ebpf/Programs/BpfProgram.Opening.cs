using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Pins;
using Ebpf.Programs;

namespace Ebpf;

/// <content>Programs that are there: by number, by path, by descriptor, all of them.</content>
public sealed partial class BpfProgram
{
    /// <summary>
    /// Lists the numbers of all programs on this machine, in ascending order, each asked for when the caller gets to it.
    /// </summary>
    /// <param name="after">Where to go on: only numbers above this one are listed.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">While enumerating: the process lacks CAP_SYS_ADMIN, or the kernel refused.</exception>
    public static IEnumerable<uint> ListIds(uint after = 0, BpfKernel? kernel = null) =>
        ObjectIds.List(LinuxKernel.Of(kernel), BpfCommand.ProgramGetNextId, "programs", after);

    /// <summary>Opens a program by the number under which the kernel knows it.</summary>
    /// <param name="id">The number, as <see cref="Id"/> gives it.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">There is none, or the process lacks CAP_SYS_ADMIN.</exception>
    public static BpfProgram Open(uint id, BpfKernel? kernel = null) =>
        TryOpen(LinuxKernel.Of(kernel), id) ?? throw new BpfException($"Open program {id}", Errno.ENOENT, "there is no program with this id");

    /// <summary>Opens a program that is pinned in the BPF file system.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">There is no such file, it is no program, or the kernel refused.</exception>
    public static BpfProgram OpenPinned(string path, BpfKernel? kernel = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        LinuxKernel system = LinuxKernel.Of(kernel);
        string operation = $"Open program at {path}";
        BpfHandle handle = system.OpenPinned(path, ObjectPathFlags.None, out Errno error)
            ?? throw Refusal.Explain(
                system, operation, error, Privileges.Bpf, PinPlace.AdviceForOpening(system, path, error));

        // The kernel would answer for a map or a link as well, with other numbers in the same places.
        PinnedObjectKind kind = PinnedObject.KindOf(handle);
        if (kind is PinnedObjectKind.Program or PinnedObjectKind.Unknown) return FromHandle(handle, operation, path);
        handle.Dispose();
        throw new BpfException(operation, Errno.EINVAL, $"what is pinned there is no program, but a {kind.InWords()}");
    }

    /// <summary>Takes a descriptor of a program over, as another process sends it, or a parent leaves it.</summary>
    /// <param name="descriptor">
    /// The descriptor. It belongs to the program from now on, and is closed even when this fails.
    /// </param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">It is no descriptor of a program.</exception>
    public static BpfProgram FromDescriptor(int descriptor, BpfKernel? kernel = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(descriptor);
        LinuxKernel system = LinuxKernel.Of(kernel);
        string operation = $"Take over descriptor {descriptor}";
        BpfHandle handle = BpfHandle.Take(system, new CallResult(descriptor), out Errno error)
            ?? throw Refusal.Explain(system, operation, error, Privileges.None);
        if (PinnedObject.KindOf(handle) == PinnedObjectKind.Program) return FromHandle(handle, operation);
        handle.Dispose();
        throw new BpfException(operation, Errno.EINVAL, "it is no descriptor of a program");
    }

    /// <summary>
    /// Opens all programs on this machine, one by one while they are walked over. One that goes away meanwhile is left out. Each
    /// is the caller's to dispose.
    /// </summary>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">While enumerating: the process lacks CAP_SYS_ADMIN, or the kernel refused.</exception>
    public static IEnumerable<BpfProgram> OpenAll(BpfKernel? kernel = null)
    {
        LinuxKernel system = LinuxKernel.Of(kernel);
        foreach (uint id in ListIds(kernel: system))
        {
            if (TryOpen(system, id) is { } program) yield return program;
        }
    }

    /// <summary>Opens a second descriptor of the same program, with an owner and a life of its own.</summary>
    /// <exception cref="BpfException">The process has too many open files.</exception>
    public BpfProgram Duplicate()
    {
        BpfHandle? handle = Handle.Duplicate(out Errno error);
        return handle is null
            ? throw Refusal.Explain(Kernel, $"Duplicate program \"{Name}\"", error, Privileges.None)
            : new BpfProgram(this, handle);
    }

    /// <summary>Takes a descriptor over and asks the kernel what it is. Closes it after an error.</summary>
    /// <param name="handle">The descriptor.</param>
    /// <param name="operation">What is being done, for messages.</param>
    /// <param name="path">Where the program is pinned; <c>null</c> if it came otherwise.</param>
    internal static BpfProgram FromHandle(BpfHandle handle, string operation, string? path = null)
    {
        try
        {
            KernelProgramInfo info = default;
            Errno error = handle.Kernel.GetInfo(handle, ref info);
            if (error != Errno.None) throw Refusal.Explain(handle.Kernel, operation, error, Privileges.Bpf);
            return new BpfProgram(handle, LoadedDebugInfo.FindName(handle, in info), info.Type) { PinPath = path };
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
