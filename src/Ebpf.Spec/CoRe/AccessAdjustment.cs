using Ebpf.Asm;

namespace Ebpf.CoRe;

/// <summary>Lets a load or store of a field move as many bytes as the field has on the kernel.</summary>
internal static class AccessAdjustment
{
    /// <summary>The opcode for a field that has another size on the kernel; <c>null</c> if none does the same.</summary>
    /// <remarks>
    /// A load fills a register with zeros above the value, which is right for unsigned integers and pointers; one that
    /// extends the sign (Linux 6.6), for signed integers.
    /// </remarks>
    /// <param name="instruction">A load, a store or an atomic operation.</param>
    /// <param name="local">The field in the types of the program.</param>
    /// <param name="target">The field in those of the kernel.</param>
    public static OpCode? Adjust(in Instruction instruction, AccessShape local, AccessShape target)
    {
        OpCode code = instruction.OpCode;
        if (code.Size.Bytes() != local.Size || SizeOf(target.Size) is not { } size) return null;
        AccessMode mode = code.Mode;
        switch (mode)
        {
            case AccessMode.Memory when KeepsZeros(local, target):
                break;
            case AccessMode.MemorySignExtended when local.Scalar == ScalarKind.Signed && target.Scalar == ScalarKind.Signed:
                // There is nothing to extend in 8 bytes, and no such instruction.
                if (size == AccessSize.DoubleWord) mode = AccessMode.Memory;
                break;
            case AccessMode.Atomic when KeepsZeros(local, target) && (size is AccessSize.Word or AccessSize.DoubleWord || IsOrdered(instruction)):
                break;
            default:
                return null;
        }

        return OpCode.OfAccess(code.Class, mode, size);
    }

    /// <summary>
    /// The immediate with which a wider store puts zeros above the value: the sign of an immediate goes through all 8 bytes.
    /// </summary>
    /// <param name="immediate">The immediate, of which the store took the lower bytes.</param>
    /// <param name="local">The field in the types of the program.</param>
    /// <param name="target">The field in those of the kernel.</param>
    /// <returns><c>null</c> if no immediate does.</returns>
    public static int? AdjustImmediate(int immediate, AccessShape local, AccessShape target)
    {
        if (target.Size <= local.Size) return immediate;
        return local.Size switch
        {
            1 => (byte)immediate,
            2 => (ushort)immediate,
            _ => immediate < 0 ? null : immediate,
        };
    }

    /// <summary>Why there is no such opcode.</summary>
    public static string Explain(AccessShape local, AccessShape target)
    {
        const string advice = "only unsigned integers and pointers can be read at another size, anything with BPF_CORE_READ()";
        if (local.Size == 0 || target.Size == 0) return "is a bit field on this kernel or in the program, not both; use BPF_CORE_READ_BITFIELD()";
        return $"has {target.Size} bytes on this kernel, {local.Size} in the program: {advice}";
    }

    private static bool IsOrdered(in Instruction instruction) =>
        instruction.ImmediateLow is (int)AtomicOperation.LoadAcquire or (int)AtomicOperation.StoreRelease;

    private static bool KeepsZeros(AccessShape local, AccessShape target) =>
        local.Scalar == target.Scalar && local.Scalar is ScalarKind.Unsigned or ScalarKind.Pointer;

    private static AccessSize? SizeOf(uint bytes) => bytes switch
    {
        1 => AccessSize.Byte,
        2 => AccessSize.HalfWord,
        4 => AccessSize.Word,
        8 => AccessSize.DoubleWord,
        _ => null,
    };
}
