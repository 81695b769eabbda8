namespace Ebpf.Asm;

// Atomic operations on memory.
public partial struct Instruction
{
    /// <summary>Creates an atomic operation on memory.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="size">
    /// The width of the memory: 4 or 8 bytes; also 1 and 2 for <see cref="AtomicOperation.LoadAcquire"/> and
    /// <see cref="AtomicOperation.StoreRelease"/>.
    /// </param>
    /// <param name="destination">
    /// The address; for <see cref="AtomicOperation.LoadAcquire"/> the register that is loaded.
    /// </param>
    /// <param name="offset">The offset that is added to the address, in bytes.</param>
    /// <param name="source">The operand; for <see cref="AtomicOperation.LoadAcquire"/> the address.</param>
    /// <exception cref="ArgumentOutOfRangeException">The operation does not come in this width.</exception>
    public static Instruction Atomic(
        AtomicOperation operation, AccessSize size, Register destination, short offset, Register source)
    {
        bool anyWidth = operation is AtomicOperation.LoadAcquire or AtomicOperation.StoreRelease;
        if (!anyWidth && size is not (AccessSize.Word or AccessSize.DoubleWord))
        {
            throw new ArgumentOutOfRangeException(nameof(size), size, "4 or 8 bytes.");
        }

        OpCode opCode = OpCode.OfAccess(InstructionClass.StoreRegister, AccessMode.Atomic, size);
        return new(opCode, destination, source, offset, (int)operation);
    }

    /// <summary><c>lock *(uN *)(rD + offset) += rS</c>.</summary>
    /// <param name="size">The width of the memory: 4 or 8 bytes.</param>
    /// <param name="destination">The address.</param>
    /// <param name="offset">The offset that is added to the address, in bytes.</param>
    /// <param name="source">The register that is added.</param>
    public static Instruction AtomicAdd(AccessSize size, Register destination, short offset, Register source) =>
        Atomic(AtomicOperation.Add, size, destination, offset, source);

    /// <summary><c>lock *(uN *)(rD + offset) |= rS</c> (Linux 5.12).</summary>
    /// <param name="size">The width of the memory: 4 or 8 bytes.</param>
    /// <param name="destination">The address.</param>
    /// <param name="offset">The offset that is added to the address, in bytes.</param>
    /// <param name="source">The operand.</param>
    public static Instruction AtomicOr(AccessSize size, Register destination, short offset, Register source) =>
        Atomic(AtomicOperation.Or, size, destination, offset, source);

    /// <summary><c>lock *(uN *)(rD + offset) &amp;= rS</c> (Linux 5.12).</summary>
    /// <param name="size">The width of the memory: 4 or 8 bytes.</param>
    /// <param name="destination">The address.</param>
    /// <param name="offset">The offset that is added to the address, in bytes.</param>
    /// <param name="source">The operand.</param>
    public static Instruction AtomicAnd(AccessSize size, Register destination, short offset, Register source) =>
        Atomic(AtomicOperation.And, size, destination, offset, source);

    /// <summary><c>lock *(uN *)(rD + offset) ^= rS</c> (Linux 5.12).</summary>
    /// <param name="size">The width of the memory: 4 or 8 bytes.</param>
    /// <param name="destination">The address.</param>
    /// <param name="offset">The offset that is added to the address, in bytes.</param>
    /// <param name="source">The operand.</param>
    public static Instruction AtomicXor(AccessSize size, Register destination, short offset, Register source) =>
        Atomic(AtomicOperation.Xor, size, destination, offset, source);

    /// <summary><c>rS = atomic_fetch_add((uN *)(rD + offset), rS)</c> (Linux 5.12).</summary>
    /// <param name="size">The width of the memory: 4 or 8 bytes.</param>
    /// <param name="destination">The address.</param>
    /// <param name="offset">The offset that is added to the address, in bytes.</param>
    /// <param name="source">The operand, which is replaced by the previous value.</param>
    public static Instruction AtomicFetchAdd(AccessSize size, Register destination, short offset, Register source) =>
        Atomic(AtomicOperation.FetchAdd, size, destination, offset, source);

    /// <summary><c>rS = atomic_fetch_or((uN *)(rD + offset), rS)</c> (Linux 5.12).</summary>
    /// <param name="size">The width of the memory: 4 or 8 bytes.</param>
    /// <param name="destination">The address.</param>
    /// <param name="offset">The offset that is added to the address, in bytes.</param>
    /// <param name="source">The operand, which is replaced by the previous value.</param>
    public static Instruction AtomicFetchOr(AccessSize size, Register destination, short offset, Register source) =>
        Atomic(AtomicOperation.FetchOr, size, destination, offset, source);

    /// <summary><c>rS = atomic_fetch_and((uN *)(rD + offset), rS)</c> (Linux 5.12).</summary>
    /// <param name="size">The width of the memory: 4 or 8 bytes.</param>
    /// <param name="destination">The address.</param>
    /// <param name="offset">The offset that is added to the address, in bytes.</param>
    /// <param name="source">The operand, which is replaced by the previous value.</param>
    public static Instruction AtomicFetchAnd(AccessSize size, Register destination, short offset, Register source) =>
        Atomic(AtomicOperation.FetchAnd, size, destination, offset, source);

    /// <summary><c>rS = atomic_fetch_xor((uN *)(rD + offset), rS)</c> (Linux 5.12).</summary>
    /// <param name="size">The width of the memory: 4 or 8 bytes.</param>
    /// <param name="destination">The address.</param>
    /// <param name="offset">The offset that is added to the address, in bytes.</param>
    /// <param name="source">The operand, which is replaced by the previous value.</param>
    public static Instruction AtomicFetchXor(AccessSize size, Register destination, short offset, Register source) =>
        Atomic(AtomicOperation.FetchXor, size, destination, offset, source);

    /// <summary><c>rS = xchg(rD + offset, rS)</c> (Linux 5.12).</summary>
    /// <param name="size">The width of the memory: 4 or 8 bytes.</param>
    /// <param name="destination">The address.</param>
    /// <param name="offset">The offset that is added to the address, in bytes.</param>
    /// <param name="source">The operand, which is replaced by the previous value.</param>
    public static Instruction AtomicExchange(AccessSize size, Register destination, short offset, Register source) =>
        Atomic(AtomicOperation.Exchange, size, destination, offset, source);

    /// <summary>
    /// <c>r0 = cmpxchg(rD + offset, r0, rS)</c>: stores only if the memory holds the value of R0; the previous value is returned
    /// in R0 (Linux 5.12).
    /// </summary>
    /// <param name="size">The width of the memory: 4 or 8 bytes.</param>
    /// <param name="destination">The address.</param>
    /// <param name="offset">The offset that is added to the address, in bytes.</param>
    /// <param name="source">The register that is stored.</param>
    public static Instruction AtomicCompareExchange(
        AccessSize size, Register destination, short offset, Register source) =>
        Atomic(AtomicOperation.CompareExchange, size, destination, offset, source);

    /// <summary><c>rD = load_acquire((uN *)(rS + offset))</c> (Linux 6.15).</summary>
    /// <param name="size">The width of the memory.</param>
    /// <param name="destination">The destination register.</param>
    /// <param name="source">The address.</param>
    /// <param name="offset">The offset that is added to the address, in bytes.</param>
    public static Instruction LoadAcquire(AccessSize size, Register destination, Register source, short offset = 0) =>
        Atomic(AtomicOperation.LoadAcquire, size, destination, offset, source);

    /// <summary><c>store_release((uN *)(rD + offset), rS)</c> (Linux 6.15).</summary>
    /// <param name="size">The width of the memory.</param>
    /// <param name="destination">The address.</param>
    /// <param name="offset">The offset that is added to the address, in bytes.</param>
    /// <param name="source">The register that is stored.</param>
    public static Instruction StoreRelease(AccessSize size, Register destination, short offset, Register source) =>
        Atomic(AtomicOperation.StoreRelease, size, destination, offset, source);
}
