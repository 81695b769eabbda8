using Ebpf.Asm;
using Ebpf.Btf;

namespace Ebpf.CoRe;

/// <summary>
/// Creates BTF with only those types of a kernel that some objects need: some kilobytes instead of megabytes. Shipped with the
/// objects, it lets them run on kernels that have no BTF of their own.
/// </summary>
public static partial class MinimalBtf
{
    /// <summary>Makes the smallest BTF with which CO-RE adjusts programs as with the kernel's own.</summary>
    /// <param name="kernel">The types of the kernel.</param>
    /// <param name="programs">The programs: name and code.</param>
    /// <param name="modules">The types of the kernel's modules.</param>
    private static BtfSpec From(
        BtfSpec kernel, IEnumerable<(string Name, InstructionList Code)> programs, IEnumerable<BtfSpec>? modules)
    {
        BtfSpec[] loaded = [.. modules ?? []];
        CoReRelocator relocator = new(new CoReTargets(kernel) { Modules = () => loaded });
        TypeUses uses = new();
        foreach ((string name, InstructionList code) in programs) relocator.Collect(code, name, uses);

        List<BtfSpec> order = [];
        for (BtfSpec? part = kernel; part is not null; part = part.Base) order.Insert(0, part);
        order.AddRange(loaded);
        return new TypeReduction(uses, order).Write(kernel.ByteOrder);
    }
}
