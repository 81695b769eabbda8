namespace Ebpf.Asm;

public partial struct Instruction
{
    /// <summary>Gets whether this instruction loads a 64-bit immediate, or what it stands for. It takes two slots.</summary>
    public readonly bool IsWideLoad => OpCode == OpCode.WideLoad;

    /// <summary>Gets what this wide load loads; not meaningful unless <see cref="IsWideLoad"/>.</summary>
    public readonly WideLoadKind WideLoadKind => (WideLoadKind)Source;

    /// <summary>
    /// Gets whether this instruction loads a map or the address of a map's value: the lower half of the immediate is the map.
    /// </summary>
    public readonly bool IsMapLoad =>
        IsWideLoad
        && WideLoadKind
            is WideLoadKind.Map or WideLoadKind.MapValue or WideLoadKind.MapIndex or WideLoadKind.MapIndexValue;

    /// <summary>Gets whether this instruction is a call of any kind.</summary>
    public readonly bool IsCall => OpCode == OpCode.Call || OpCode == OpCode.CallRegister;

    /// <summary>Gets what this call calls; not meaningful unless the opcode is <see cref="OpCode.Call"/>.</summary>
    public readonly CallKind CallKind => (CallKind)Source;

    /// <summary>Gets whether this instruction calls a function of the program.</summary>
    public readonly bool IsFunctionCall => OpCode == OpCode.Call && CallKind == CallKind.Function;

    /// <summary>Gets whether this instruction calls a helper.</summary>
    public readonly bool IsHelperCall => OpCode == OpCode.Call && CallKind == CallKind.Helper;

    /// <summary>Gets whether this instruction calls a kfunc.</summary>
    public readonly bool IsKfuncCall => OpCode == OpCode.Call && CallKind == CallKind.Kfunc;

    /// <summary>Gets whether this instruction loads the address of a function of the program.</summary>
    public readonly bool IsFunctionAddress => IsWideLoad && WideLoadKind == WideLoadKind.Function;

    /// <summary>Gets the helper that this instruction calls; <c>null</c> unless <see cref="IsHelperCall"/>.</summary>
    public readonly Helper? Helper => IsHelperCall ? (Helper)ImmediateLow : null;

    /// <summary>Gets whether this instruction returns from a function or ends the program.</summary>
    public readonly bool IsExit => OpCode == OpCode.Exit;

    /// <summary>
    /// Gets whether this instruction jumps, always or on a condition, by a distance that it holds. Calls, <c>exit</c> and jumps
    /// to the address in a register do not.
    /// </summary>
    public readonly bool IsJump =>
        IsConditionalJump || OpCode == OpCode.Goto || OpCode == OpCode.GotoLong || OpCode == OpCode.MayGoto;

    /// <summary>
    /// Gets whether this instruction compares, and jumps if the comparison holds. <c>may_goto</c> compares nothing.
    /// </summary>
    public readonly bool IsConditionalJump =>
        OpCode.IsJump
        && OpCode.JumpOperation is (>= JumpOperation.Equal and <= JumpOperation.SignedGreaterOrEqual)
            or (>= JumpOperation.LessThan and <= JumpOperation.SignedLessOrEqual);

    /// <summary>Gets whether this instruction is atomic.</summary>
    public readonly bool IsAtomic => OpCode.Class == InstructionClass.StoreRegister && OpCode.Mode == AccessMode.Atomic;

    /// <summary>Gets the atomic operation; not meaningful unless <see cref="IsAtomic"/>.</summary>
    public readonly AtomicOperation AtomicOperation => (AtomicOperation)ImmediateLow;

    /// <summary>
    /// Whether the instruction holds a distance to another: it jumps, calls a function, or loads its address.
    /// </summary>
    internal readonly bool HasDistance => IsJump || IsFunctionCall || IsFunctionAddress;

    /// <summary>
    /// The distance, counted in slots from the slot after the first; 0 unless <see cref="HasDistance"/>.
    /// </summary>
    internal readonly int Distance =>
        IsJump && OpCode != OpCode.GotoLong ? Offset : HasDistance ? ImmediateLow : 0;

    /// <summary>Changes the distance of an instruction that has one.</summary>
    /// <returns>Whether the instruction has enough bits for it; otherwise it is not changed.</returns>
    internal bool TrySetDistance(long distance)
    {
        if (IsJump && OpCode != OpCode.GotoLong)
        {
            if (distance != (short)distance) return false;
            Offset = (short)distance;
            return true;
        }

        if (distance != (int)distance) return false;
        if (IsWideLoad) Immediate = (uint)distance;
        else Immediate = distance;
        return true;
    }
}
