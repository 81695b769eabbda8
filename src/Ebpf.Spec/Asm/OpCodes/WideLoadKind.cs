namespace Ebpf.Asm;

/// <summary>Specifies what a wide load loads: its source register, which names no register.</summary>
public enum WideLoadKind : byte
{
    /// <summary>The 64-bit immediate itself.</summary>
    Immediate = 0,

    /// <summary><c>BPF_PSEUDO_MAP_FD</c>: the map whose descriptor is the lower half of the immediate.</summary>
    Map = 1,

    /// <summary>
    /// <c>BPF_PSEUDO_MAP_VALUE</c>: the address of byte <i>n</i> of a map's first value; the descriptor is the lower
    /// half of the immediate, <i>n</i> the upper (Linux 5.2).
    /// </summary>
    MapValue = 2,

    /// <summary>
    /// <c>BPF_PSEUDO_BTF_ID</c>: the address of a variable of the kernel; its BTF type is the lower half of the
    /// immediate, the descriptor of the module's BTF the upper, 0 for the kernel itself (Linux 5.10).
    /// </summary>
    KernelVariable = 3,

    /// <summary>
    /// <c>BPF_PSEUDO_FUNC</c>: the address of a function of the program; the lower half of the immediate is its
    /// distance from the slot after the first, in slots (Linux 5.13).
    /// </summary>
    Function = 4,

    /// <summary>
    /// <c>BPF_PSEUDO_MAP_IDX</c>: like <see cref="Map"/>, by position in the array of descriptors (Linux 5.14).
    /// </summary>
    MapIndex = 5,

    /// <summary>
    /// <c>BPF_PSEUDO_MAP_IDX_VALUE</c>: like <see cref="MapValue"/>, by position in the array of descriptors (Linux
    /// 5.14).
    /// </summary>
    MapIndexValue = 6,
}
