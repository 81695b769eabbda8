using Ebpf.Asm;
using Ebpf.Btf;

namespace Ebpf.CoRe;

// For whole objects: the specs lie above this room.
public static partial class MinimalBtf
{
    /// <summary>Makes the smallest BTF with which CO-RE adjusts objects as with the kernel's own.</summary>
    /// <remarks>
    /// <para>
    /// Structures keep only the members that programs ask of, at their offsets, and their sizes; enumerations, only the
    /// values; pointers point to <c>void</c>. What <c>bpf_core_type_matches()</c> compares stays whole. The ids of types are
    /// new ones, and so <c>bpf_core_type_id_kernel()</c> (<see cref="CoReRelocationKind.TypeIdTarget"/>) gives another
    /// number than the running kernel's, of which only the kernel itself could make use.
    /// </para>
    /// <para>
    /// Give the result to a load as <c>CollectionOptions.KernelTypes</c>; write it to a file with
    /// <see cref="BtfSpec.ToArray()"/>. The same arguments give the same bytes.
    /// </para>
    /// </remarks>
    /// <param name="kernel">The types of the kernel: what its <c>/sys/kernel/btf/vmlinux</c> would hold.</param>
    /// <param name="objects">The objects; all programs in them count.</param>
    /// <param name="modules">
    /// The types of the kernel's modules, for what the kernel itself does not have. They become a part of the result.
    /// </param>
    /// <returns>The types, in the byte order of <paramref name="kernel"/>; none if the objects need none.</returns>
    /// <exception cref="ObjectFormatException">A program, a relocation, or a type that it leads to, is malformed.</exception>
    /// <exception cref="BpfException">A type is ambiguous, or an object has another byte order than the kernel.</exception>
    public static BtfSpec From(BtfSpec kernel, IEnumerable<CollectionSpec> objects, IEnumerable<BtfSpec>? modules = null)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        ArgumentNullException.ThrowIfNull(objects);
        List<(string Name, InstructionList Code)> programs = [];
        foreach (CollectionSpec spec in objects)
        {
            foreach (ProgramSpec program in spec.Programs.Values) programs.Add((program.Name, program.Instructions));
        }

        return From(kernel, programs, modules);
    }
}
