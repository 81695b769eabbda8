using Ebpf.Asm;
using Ebpf.Btf;

namespace Ebpf.CoRe;

// For whole objects: the specs lie above this room.
public static partial class MinimalBtf
{
    /// <summary>Returns the smallest BTF with which CO-RE adjusts objects exactly as with the BTF of the kernel.</summary>
    /// <remarks>
    /// <para>
    /// Structures keep only the members that programs refer to, at their offsets, and their sizes; enumerations keep only the
    /// values; pointers point to <c>void</c>. Types that <c>bpf_core_type_matches()</c> compares are kept whole. Types get new
    /// ids, so that <c>bpf_core_type_id_kernel()</c> (<see cref="CoReRelocationKind.TypeIdTarget"/>) gives numbers that the
    /// kernel does not know.
    /// </para>
    /// <para>
    /// Pass the result to a load as <c>CollectionOptions.KernelTypes</c>, or write it to a file with
    /// <see cref="BtfSpec.ToArray()"/>. The same arguments give the same bytes.
    /// </para>
    /// </remarks>
    /// <param name="kernel">The BTF of the kernel: the contents of its <c>/sys/kernel/btf/vmlinux</c>.</param>
    /// <param name="objects">The objects, of which all programs count.</param>
    /// <param name="modules">
    /// The BTF of the kernel's modules, for types that the kernel itself does not have. They become a part of the result.
    /// </param>
    /// <returns>The BTF, in the byte order of <paramref name="kernel"/>; without types if the objects need none.</returns>
    /// <exception cref="ObjectFormatException">A program, a relocation, or a type that one refers to, is malformed.</exception>
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
