namespace Ebpf.CoRe;

/// <summary>The types that CO-RE relocations are resolved against: those of the kernel that programs are loaded into.</summary>
/// <remarks>
/// A type is looked for by its name and kind in <see cref="Kernel"/>; when that does not have it, in <see cref="Modules"/>;
/// when they do not have it either, in <see cref="Extra"/>.
/// </remarks>
public sealed class CoReTargets
{
    /// <summary>Describes the types of a kernel.</summary>
    /// <param name="kernel">What <c>/sys/kernel/btf/vmlinux</c> holds; <c>null</c> for a kernel without BTF.</param>
    public CoReTargets(BtfSpec? kernel) => Kernel = kernel;

    /// <summary>Gets the kernel's own types; <c>null</c> if it has no BTF, and then nothing is found in it.</summary>
    public BtfSpec? Kernel { get; }

    /// <summary>
    /// Gets types from elsewhere, for what the kernel and its modules do not tell. They have no id that the kernel knows:
    /// <see cref="CoReRelocationKind.TypeIdTarget"/> does not look here.
    /// </summary>
    public IReadOnlyList<BtfSpec> Extra { get; init; } = [];

    /// <summary>
    /// Opens the types of the loaded modules, each on the base of <see cref="Kernel"/>. Called at most once by a
    /// relocator, when the kernel does not have a type. What cannot be opened is to be left out.
    /// </summary>
    public Func<IEnumerable<BtfSpec>>? Modules { get; init; }
}
