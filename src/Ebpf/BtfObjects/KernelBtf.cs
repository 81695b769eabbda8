using System.Diagnostics.CodeAnalysis;
using Ebpf.Btf;
using Ebpf.BtfObjects;
using Ebpf.Kernel;
using Ebpf.Linux;
using Microsoft.Extensions.Logging;

namespace Ebpf;

/// <summary>Provides the BTF of a kernel, by default of the one on which this process runs, and of its loaded modules.</summary>
/// <remarks>
/// <para>
/// BTF is opened when it is first asked for, and shared by all callers in the process, so that there is one object for each type.
/// Since Linux 6.16 it is mapped from the kernel's own memory and not copied; before, 5 to 10 MB are read. Types are decoded when
/// they are asked for.
/// </para>
/// <para>
/// No privilege is needed. Safe for use by several threads at once.
/// </para>
/// </remarks>
public static class KernelBtf
{
    /// <summary>Returns the BTF of the kernel itself: the contents of <c>/sys/kernel/btf/vmlinux</c>.</summary>
    /// <remarks>
    /// If there is no such file, the image of the kernel is looked for in <c>/boot</c>, <c>/lib/modules</c> and
    /// <c>/usr/lib/debug</c>, as libbpf does.
    /// </remarks>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="FeatureNotSupportedException">The kernel has no BTF.</exception>
    /// <exception cref="ObjectFormatException">The kernel's BTF is malformed, or newer than this library.</exception>
    /// <exception cref="BpfException">The kernel's BTF cannot be read.</exception>
    public static BtfSpec GetTypes(BpfKernel? kernel = null) => Of(kernel).Read()
        ?? throw new FeatureNotSupportedException(
            "Read the kernel's BTF", "BTF of its own (CONFIG_DEBUG_INFO_BTF)", new Version(5, 4));

    /// <summary>Gets the BTF of the kernel itself, if it has BTF.</summary>
    /// <param name="types">The BTF.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <returns>Whether the kernel has BTF.</returns>
    /// <exception cref="ObjectFormatException">The kernel's BTF is malformed, or newer than this library.</exception>
    /// <exception cref="BpfException">The kernel's BTF cannot be read.</exception>
    public static bool TryGetTypes([NotNullWhen(true)] out BtfSpec? types, BpfKernel? kernel = null)
    {
        types = Of(kernel).Read();
        return types is not null;
    }

    /// <summary>
    /// Returns the names of the loaded modules that have BTF, sorted, as they are in <c>/sys/kernel/btf</c> (Linux 5.11): with
    /// <c>_</c> for <c>-</c>.
    /// </summary>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <returns>The names; empty for a kernel that does not list them.</returns>
    public static IReadOnlyList<string> ListModules(BpfKernel? kernel = null) => Of(kernel).ModuleNames();

    /// <summary>Returns the BTF of a loaded module, on the base of the kernel's.</summary>
    /// <param name="name">The name of the module, with <c>_</c> for <c>-</c>.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="KeyNotFoundException">No module of that name is loaded, or it has no BTF.</exception>
    /// <exception cref="ObjectFormatException">
    /// The BTF of the module is malformed. That of a module that was built for another kernel is, too.
    /// </exception>
    /// <exception cref="BpfException">The BTF cannot be read.</exception>
    public static BtfSpec GetModule(string name, BpfKernel? kernel = null) => TryGetModule(name, out BtfSpec? types, kernel)
        ? types
        : throw new KeyNotFoundException($"No loaded module is called \"{name}\", or it has no BTF.");

    /// <summary>Gets the BTF of a module, on the base of the kernel's, if the module is loaded and has BTF.</summary>
    /// <param name="name">The name of the module, with <c>_</c> for <c>-</c>.</param>
    /// <param name="types">The BTF, with both the types of the module and those of the kernel.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <returns>Whether the module is loaded and has BTF.</returns>
    /// <exception cref="ObjectFormatException">
    /// The BTF of the module is malformed. That of a module that was built for another kernel is, too.
    /// </exception>
    /// <exception cref="BpfException">The BTF cannot be read.</exception>
    public static bool TryGetModule(string name, [NotNullWhen(true)] out BtfSpec? types, BpfKernel? kernel = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        types = Of(kernel).ReadModule(name);
        return types is not null;
    }

    /// <summary>
    /// Searches for a type, function or variable in the BTF of the kernel itself and then, if it is not there, in that of one
    /// module after the other.
    /// </summary>
    /// <typeparam name="T">The kind: <see cref="FunctionType"/> for example; <see cref="BtfType"/> for any.</typeparam>
    /// <param name="name">The name, without <c>struct</c>. Case matters.</param>
    /// <param name="type">The type.</param>
    /// <param name="module">
    /// The name of the first module, in the order of names, that has it; <c>null</c> if the kernel itself has it.
    /// </param>
    /// <param name="logger">
    /// Receives the names of modules whose BTF is malformed, which are skipped; <c>null</c> for none.
    /// </param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <returns>Whether it was found; <c>false</c> for a kernel without BTF.</returns>
    /// <exception cref="ObjectFormatException">The kernel's BTF is malformed.</exception>
    /// <exception cref="BpfException">
    /// The BTF of the kernel cannot be read, or the kernel or module that has the type has several with this name and kind.
    /// </exception>
    public static bool TryFind<T>(
        string name, [NotNullWhen(true)] out T? type, out string? module, ILogger? logger = null, BpfKernel? kernel = null)
        where T : BtfType
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Of(kernel).TryFind(name, logger, out type, out module);
    }

    /// <summary>Releases all BTF of a kernel and the indexes over it. It is opened again when it is asked for again.</summary>
    /// <remarks>
    /// Types that a caller still refers to remain usable, but types that are opened later are other objects. The memory is freed
    /// when the garbage collector finds that nothing refers to it.
    /// </remarks>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    public static void Release(BpfKernel? kernel = null) => Of(kernel).Release();

    private static KernelTypes Of(BpfKernel? kernel) => KernelTypes.Of(LinuxKernel.Of(kernel));
}
