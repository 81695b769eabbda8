using static Ebpf.VerifierMistake;

namespace Ebpf.Verifier;

/// <content>The way through the program.</content>
internal static partial class MistakeRules
{
    private static MistakeRule[] Flow =>
    [
        new("tail_calls are not allowed when call stack", TailCallMisuse, Scope: MistakeScope.Program),
        new("combined stack size of", StackTooLarge, Scope: MistakeScope.Program),
        new("stack size of subprog", StackTooLarge, Scope: MistakeScope.Program), // from 6.12
        new("exceeds interpreter stack depth limit", StackTooLarge, Scope: MistakeScope.Program),
        new("stack size * is too large", StackTooLarge, Scope: MistakeScope.Program),
        new("frames is too deep !", CallsTooDeep, Scope: MistakeScope.Program), // of calls that are never made
        new("frames is too deep", CallsTooDeep),
        new("BPF program is too large", ProgramTooComplex),
        new("bpf_loop iteration limit reached", ProgramTooComplex),
        new("liveness analysis exceeded complexity limit", ProgramTooComplex, Scope: MistakeScope.Program),
        new("jumps is too complex", TooManyBranches),
        new("infinite loop detected at insn ", EndlessLoop, Scope: MistakeScope.Named),
        new("back-edge from insn ", EndlessLoop, MistakeNeeds.Bpf, MistakeScope.Named), // for everybody before 5.3
        new("recursive call from ", EndlessLoop), // 7.2
        new("unreachable insn ", UnreachableCode, Scope: MistakeScope.Named),
        new("jump out of range from insn ", JumpOutOfRange, Scope: MistakeScope.Named), // 7.2: also "indirect jump …"
        new("jump into the middle of ldimm64 insn ", JumpOutOfRange, Scope: MistakeScope.Named),
        new("call to invalid destination", JumpOutOfRange),
        new("jump table", JumpOutOfRange),
        new("last insn is not an exit or jmp", MissingExit, Scope: MistakeScope.Program),
        new("div by zero", UnsupportedInstruction),
        new("invalid shift ", UnsupportedInstruction),
        new("unknown opcode ", UnsupportedInstruction),
        new("unknown insn class", UnsupportedInstruction),
        new("uses reserved fields", UnsupportedInstruction),
        new("invalid BPF_", UnsupportedInstruction), // BPF_ALU opcode, BPF_LD mode, BPF_LD_IMM insn, BPF_JMP/JMP32 opcode
        new("bpf_ld_imm64 insn", UnsupportedInstruction), // "invalid …", "unrecognized …"
        new("invalid atomic op", UnsupportedInstruction), // opcode, operand size
        new("invalid may_goto", UnsupportedInstruction),
        new("uses invalid atomic opcode", UnsupportedInstruction),
        new("BPF_LD_[ABS|IND] cannot be used inside bpf_spin_lock-ed", LockMisuse),
        new("BPF_LD_[ABS|IND]", UnsupportedInstruction),
        new("BPF_LD_ABS|IND R6", UnsupportedInstruction),
        new("too many ", LimitReached), // subprograms, kfuncs, module BTFs
        new("has reached the limit", LimitReached), // maps, from 6.12; BTFs, from 7.2
        new("fd_array_cnt is too big", LimitReached),
    ];
}
