namespace Ebpf.Asm;

/// <summary>Specifies a register of the eBPF machine, each 64 bits wide.</summary>
/// <remarks>
/// An instruction has four bits for each of its registers. Numbers above <see cref="R10"/> can be decoded and encoded, but no
/// kernel accepts them from a program: it uses 11 itself.
/// </remarks>
public enum Register : byte
{
    /// <summary>The return value of functions and programs; what an atomic compare-and-exchange compares with.</summary>
    R0,

    /// <summary>The first argument of a call; the context at the start of a program.</summary>
    R1,

    /// <summary>The second argument of a call.</summary>
    R2,

    /// <summary>The third argument of a call.</summary>
    R3,

    /// <summary>The fourth argument of a call.</summary>
    R4,

    /// <summary>The fifth argument of a call.</summary>
    R5,

    /// <summary>Preserved across calls.</summary>
    R6,

    /// <summary>Preserved across calls.</summary>
    R7,

    /// <summary>Preserved across calls.</summary>
    R8,

    /// <summary>Preserved across calls.</summary>
    R9,

    /// <summary>The frame pointer, which is read-only: the stack is the 512 bytes below it.</summary>
    R10,
}
