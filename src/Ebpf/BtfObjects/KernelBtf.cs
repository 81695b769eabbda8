using System.Diagnostics.CodeAnalysis;
using Ebpf.Btf;
using Ebpf.BtfObjects;
using Ebpf.Kernel;
using Ebpf.Linux;
using Microsoft.Extensions.Logging;

namespace Ebpf;

/// <summary>The types of a kernel, by default of the one on which this process runs, and of its loaded modules.</summary>
/// <remarks>
/// <para>
/// They are opened when first asked for, and shared by everything in the process that asks: a type has one object. Since
/// Linux 6.16 the kernel's own memory is mapped, of which nothing is copied; before, 5 to 10 MB are read. Nothing is
/// decoded before it is asked for.
/// </para>
/// <para>
/// No privilege is needed. Safe for use by several threads at once.
/// </para>
/// </remarks>
public static class KernelBtf
{
    /// <summary>Gets the kernel's own types: what <c>/sys/kernel/btf/vmlinux</c> holds.</summary>
    /// <remarks>
    /// Where there is no such file, the kernel's image is looked for in <c>/boot</c>, <c>/lib/modules</c> and
    /// <c>/usr/lib/debug</c>, as libbpf does.
    /// </remarks>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="FeatureNotSupportedException">The kernel has no BTF.</exception>
    /// <exception cref="ObjectFormatException">The kernel's BTF is malformed, or newer than this library.</exception>
    /// <exception cref="BpfException">The kernel's BTF cannot be read.</exception>
    public static BtfSpec GetTypes(BpfKernel? kernel = null) => Of(kernel).Read()
        ?? throw new FeatureNotSupportedException(
            "Read the kernel's types", "BTF of its own (CONFIG_DEBUG_INFO_BTF)", new Version(5, 4));

    /// <summary>Gets the kernel's own types, if it has BTF.</summary>
    /// <param name="types">The types.</param>
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
    /// Lists the names of the loaded modules that have types, sorted, as <c>/sys/kernel/btf</c> has them (Linux 5.11): with
    /// <c>_</c> for <c>-</c>.
    /// </summary>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <returns>The names; none for a kernel that does not tell them.</returns>
    public static IReadOnlyList<string> ListModules(BpfKernel? kernel = null) => Of(kernel).ModuleNames();

    /// <summary>Gets the types of a loaded module, on the base of the kernel's.</summary>
    /// <param name="name">The name of the module, with <c>_</c> for <c>-</c>.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="KeyNotFoundException">No module of that name is loaded, or it has no types.</exception>
    /// <exception cref="ObjectFormatException">
    /// The module's types are malformed. So are those of a module that was built for another kernel.
    /// </exception>
    /// <exception cref="BpfException">They cannot be read.</exception>
    public static BtfSpec GetModule(string name, BpfKernel? kernel = null) => TryGetModule(name, out BtfSpec? types, kernel)
        ? types
        : throw new KeyNotFoundException($"No loaded module is called \"{name}\", or it has no types.");

    /// <summary>Gets the types of a module, on the base of the kernel's, if it is loaded and has types.</summary>
    /// <param name="name">The name of the module, with <c>_</c> for <c>-</c>.</param>
    /// <param name="types">The types; both the module's own and the kernel's.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <returns>Whether it is loaded and has types.</returns>
    /// <exception cref="ObjectFormatException">
    /// The module's types are malformed. So are those of a module that was built for another kernel.
    /// </exception>
    /// <exception cref="BpfException">They cannot be read.</exception>
    public static bool TryGetModule(string name, [NotNullWhen(true)] out BtfSpec? types, BpfKernel? kernel = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        types = Of(kernel).ReadModule(name);
        return types is not null;
    }

    /// <summary>
    /// Looks for a type, function or variable in the kernel's types and then, if it is not there, in those of one module
    /// after the other.
    /// </summary>
    /// <typeparam name="T">The kind: <see cref="FunctionType"/> for example; <see cref="BtfType"/> for any.</typeparam>
    /// <param name="name">The name, without <c>struct</c>; case matters.</param>
    /// <param name="type">The type.</param>
    /// <param name="module">The first module, by name, that has it; <c>null</c> if the kernel itself does.</param>
    /// <param name="logger">Is told of modules whose types are malformed; they are passed over.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <returns>Whether there is one. A kernel without BTF has none.</returns>
    /// <exception cref="ObjectFormatException">The kernel's BTF is malformed.</exception>
    /// <exception cref="BpfException">
    /// The kernel's BTF cannot be read, or the kernel or module that has the type has several of this name and kind.
    /// </exception>
    public static bool TryFind<T>(
        string name, [NotNullWhen(true)] out T? type, out string? module, ILogger? logger = null, BpfKernel? kernel = null)
        where T : BtfType
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Of(kernel).TryFind(name, logger, out type, out module);
    }

    /// <summary>Frees all types and the indexes over them; they are opened again when they are asked for again.</summary>
    /// <remarks>
    /// Types that a caller still holds can be used on, but those that are opened later are other objects. The memory is
    /// given back when the garbage collector finds that nobody holds it.
    /// </remarks>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    public static void Release(BpfKernel? kernel = null) => Of(kernel).Release();

    private static KernelTypes Of(BpfKernel? kernel) => KernelTypes.Of(LinuxKernel.Of(kernel));
}
