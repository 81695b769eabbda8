using Ebpf.CoRe;

namespace Ebpf.Verifier;

/// <summary>
/// The instructions of a program that were replaced by such as the verifier refuses, because this kernel lacks what they
/// use. That is no error unless they can be reached; then this tells what is missing.
/// </summary>
/// <param name="relocated">What became of the program's CO-RE relocations.</param>
internal sealed class PoisonedInstructions(CoReResult relocated)
{
    /// <summary>
    /// What is wrong where the compiler calls <c>__bpf_trap</c>: in the words of the verifier, for kernels before 6.16, which do not
    /// have this function.
    /// </summary>
    public const string Trap = "unexpected __bpf_trap() due to uninitialized variable?";

    private readonly Dictionary<int, string> _others = [];

    /// <summary>Notes that an instruction was replaced for another reason than CO-RE: a kfunc, a symbol or a map that is not there.</summary>
    /// <param name="slot">The slot of the instruction.</param>
    /// <param name="reason">What is missing, in terms of C: <c>kfunc bpf_task_acquire: this kernel has none</c>.</param>
    public void Add(int slot, string reason) => _others[slot] = reason;

    /// <summary>All of them, in their order.</summary>
    public PoisonedInstruction[] List() =>
    [
        .. relocated.Outcomes.Where(outcome => outcome.IsPoisoned && !_others.ContainsKey(outcome.Slot))
            .Select(outcome => new PoisonedInstruction(outcome.Slot, outcome.Reason!))
            .Concat(_others.Select(other => new PoisonedInstruction(other.Key, other.Value)))
            .OrderBy(poisoned => poisoned.Slot),
    ];

    /// <summary>What is missing; <c>null</c> if the instruction is as it was.</summary>
    public string? ReasonAt(int slot) =>
        _others.TryGetValue(slot, out string? reason) ? reason
        : relocated.At(slot) is { IsPoisoned: true, Reason: { } missing } ? missing
        : null;
}
