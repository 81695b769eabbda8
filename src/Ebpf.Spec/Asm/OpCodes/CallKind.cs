namespace Ebpf.Asm;

/// <summary>Specifies what a call calls: its source register, which names no register.</summary>
public enum CallKind : byte
{
    /// <summary>The helper whose number is the immediate; see <see cref="Asm.Helper"/>.</summary>
    Helper = 0,

    /// <summary>
    /// <c>BPF_PSEUDO_CALL</c>: a function of the program; the immediate is its distance from the next slot, in slots
    /// (Linux 4.16).
    /// </summary>
    Function = 1,

    /// <summary>
    /// <c>BPF_PSEUDO_KFUNC_CALL</c>: a function of the kernel; the immediate is its BTF type, the offset the position
    /// of its module's BTF in the array of descriptors, 0 for the kernel itself (Linux 5.13).
    /// </summary>
    Kfunc = 2,
}
