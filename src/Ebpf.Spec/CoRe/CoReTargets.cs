namespace Ebpf.CoRe;

/// <summary>
/// Defines the BTF that CO-RE relocations are resolved against: that of the kernel into which programs are loaded.
/// </summary>
/// <remarks>
/// A type is looked for by its name and kind in <see cref="Kernel"/>; if it is not there, in <see cref="Modules"/>; and if it is
/// not there either, in <see cref="Extra"/>.
/// </remarks>
public sealed class CoReTargets
{
    /// <summary>Creates targets for a kernel.</summary>
    /// <param name="kernel">The BTF in <c>/sys/kernel/btf/vmlinux</c>; <c>null</c> for a kernel without BTF.</param>
    public CoReTargets(BtfSpec? kernel) => Kernel = kernel;

    /// <summary>Gets the BTF of the kernel itself; <c>null</c> for a kernel without BTF, in which nothing is found.</summary>
    public BtfSpec? Kernel { get; }

    /// <summary>
    /// Gets further BTF, for what neither the kernel nor its modules have. Its types have no id that the kernel knows:
    /// <see cref="CoReRelocationKind.TypeIdTarget"/> does not look here.
    /// </summary>
    public IReadOnlyList<BtfSpec> Extra { get; init; } = [];

    /// <summary>
    /// Gets a callback that opens the BTF of the loaded modules, each on the base of <see cref="Kernel"/>. A relocator calls it
    /// at most once, when the kernel does not have a type. BTF that cannot be opened is to be left out.
    /// </summary>
    public Func<IEnumerable<BtfSpec>>? Modules { get; init; }
}
