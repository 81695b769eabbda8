using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Pins;
using Ebpf.Programs;

namespace Ebpf;

/// <content>Opening of programs that exist.</content>
public sealed partial class BpfProgram
{
    /// <summary>
    /// Lists the ids of all programs on this machine, in ascending order, one by one while the list is enumerated.
    /// </summary>
    /// <param name="after">Only ids greater than this one are listed.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">While enumerating: the process lacks CAP_SYS_ADMIN, or the kernel refused.</exception>
    public static IEnumerable<uint> ListIds(uint after = 0, BpfKernel? kernel = null) =>
        ObjectKind.Program.ListIds(LinuxKernel.Of(kernel), after);

    /// <summary>Opens a program by its id.</summary>
    /// <param name="id">The id of the program in the kernel; see <see cref="Id"/>.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">There is no such program, or the process lacks CAP_SYS_ADMIN.</exception>
    public static BpfProgram Open(uint id, BpfKernel? kernel = null) =>
        TryOpen(LinuxKernel.Of(kernel), id) ?? throw ObjectKind.Program.NoSuchId(id);

    /// <summary>Opens a program that is pinned in a BPF file system.</summary>
    /// <param name="path">The path of the pin.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">There is no such file, it is not a program, or the kernel refused.</exception>
    public static BpfProgram OpenPinned(string path, BpfKernel? kernel = null)
    {
        BpfHandle handle = ObjectKind.Program.OpenPinned(LinuxKernel.Of(kernel), ref path, out string operation);
        return FromHandle(handle, operation, path);
    }

    /// <summary>
    /// Takes ownership of a descriptor of a program that another process sent, or that a parent process left open.
    /// </summary>
    /// <param name="descriptor">
    /// The number of the descriptor, which is closed, even if this method fails.
    /// </param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">The descriptor is not that of a program.</exception>
    public static BpfProgram FromDescriptor(int descriptor, BpfKernel? kernel = null)
    {
        BpfHandle handle = ObjectKind.Program.FromDescriptor(LinuxKernel.Of(kernel), descriptor, out string operation);
        return FromHandle(handle, operation);
    }

    /// <summary>
    /// Opens all programs on this machine, one by one while the list is enumerated. A program that goes away meanwhile is left
    /// out. The caller disposes each of them.
    /// </summary>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">While enumerating: the process lacks CAP_SYS_ADMIN, or the kernel refused.</exception>
    public static IEnumerable<BpfProgram> OpenAll(BpfKernel? kernel = null) =>
        ObjectKind.Program.OpenAll(LinuxKernel.Of(kernel), 0, TryOpen);

    /// <summary>
    /// Reads what the kernel knows about all programs on this machine, one by one while the list is enumerated, without descriptors
    /// to dispose.
    /// </summary>
    /// <param name="after">Only programs with an id greater than this one are listed.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">While enumerating: the process lacks CAP_SYS_ADMIN, or the kernel refused.</exception>
    public static IEnumerable<ProgramInfo> ListInfos(uint after = 0, BpfKernel? kernel = null) =>
        ObjectKind.Program.ListInfos(LinuxKernel.Of(kernel), after, TryOpen, static program => program.GetInfo());

    /// <summary>Opens a second descriptor of the same program, which is disposed on its own.</summary>
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
            return new BpfProgram(handle, LoadedDebugInfo.FindName(handle, in info), info.Type, path);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <returns><c>null</c> if there is no program with this id (any more).</returns>
    private static BpfProgram? TryOpen(LinuxKernel kernel, uint id) =>
        ObjectKind.Program.TryOpenById(kernel, id) is { } handle ? FromHandle(handle, $"Open program {id}") : null;
}
