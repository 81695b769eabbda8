using static Ebpf.VerifierMistake;

namespace Ebpf.Verifier;

/// <summary>Tells from the verifier's words what is wrong.</summary>
/// <remarks>
/// The patterns are of Linux 5.10, 6.1, 6.12, 6.18 and 7.2. Where the words changed, those of all of them are there, and a
/// comment says in which they are found. The first rule that fits any line of the verdict counts, so what is special stands before what is general.
/// </remarks>
internal static partial class MistakeRules
{
    private static readonly MistakeRule Unmatched = new("", Unknown);

    /// <summary>An instruction that the library replaced for want of what it uses.</summary>
    private static readonly MistakeRule Poisoned = new("", UnresolvedReference);

    /// <summary>The rule of an instruction that was replaced, by what is said to be wrong.</summary>
    public static MistakeRule OfPoisoned(string reason) => reason == PoisonedInstructions.Trap ? Find([reason]) : Poisoned;

    /// <summary>A program with which the verifier was not done when it gave up, whatever it wrote.</summary>
    public static MistakeRule TooComplex { get; } = new("", ProgramTooComplex);

    private static readonly MistakeRule[] All = [.. First, .. Memory, .. Flow, .. Calls, .. Last];

    // Poisons and errors of the verifier, whatever else they look like.
    private static MistakeRule[] First =>
    [
        new("unknown#195896080", UnresolvedReference), // libbpf and this library: a CO-RE relocation
        new("unknown#200100", UnresolvedReference), // libbpf: a map
        new("unknown#200200", UnresolvedReference), // libbpf: a kfunc
        new("unexpected __bpf_trap()", UninitializedRegister), // 7.2; newer clangs put it where C is undefined
        new("kernel subsystem misconfigured verifier", MapMisuse), // up to 6.12: a map of another kind than the helper's
        new("Caller passes invalid args into func", FunctionArgument), // with what is wrong with them before it
        new("verifier bug", VerifierMistake.VerifierBug),
        new("verifier BUG", VerifierMistake.VerifierBug), // up to 6.12
        new("verifier internal error", VerifierMistake.VerifierBug),
        new("internal bug", VerifierMistake.VerifierBug),
        new("misconfigured", VerifierMistake.VerifierBug),
        new("backtracking misuse", VerifierMistake.VerifierBug),
    ];

    private static MistakeRule[] Last =>
    [
        new("for !root", MissingPrivilege, MistakeNeeds.PerfMon),
        new("allowed only to CAP_PERFMON", MissingPrivilege, MistakeNeeds.PerfMon),
        new("CAP_BPF and CAP_PERFMON are required", MissingPrivilege, MistakeNeeds.PerfMon),
        new("allowed for CAP_BPF", MissingPrivilege, MistakeNeeds.Bpf),
        new("CAP_", MissingPrivilege),
        new("arena", ArenaMisuse),
        new("addr_space_cast", ArenaMisuse),
        new("bpf_throw", ExceptionMisuse),
        new("exception c", ExceptionMisuse), // "exception callback", "exception cb"
        new("attach_btf_id", AttachMismatch),
        new("attach to ", AttachMismatch),
        new("Attach", AttachMismatch),
        new("Can attach to only", AttachMismatch),
        new("Cannot replace ", AttachMismatch),
        new("Cannot extend ", AttachMismatch),
        new("Cannot recursively attach", AttachMismatch),
        new("Cannot nest", AttachMismatch),
        new("cannot attach", AttachMismatch),
        new("Extension program", AttachMismatch),
        new("is not sleepable", AttachMismatch),
        new("can be sleepable", AttachMismatch),
        new("can only be sleepable", AttachMismatch),
        new("cannot be sleepable", AttachMismatch),
        new("() is not modifiable", AttachMismatch),
        new("can't modify return codes", AttachMismatch),
        new("must provide btf_id", AttachMismatch),
        new("is not a supported struct", AttachMismatch),
        new("attachable to another BPF prog", AttachMismatch),
        new("address of function * cannot be found", AttachMismatch),
        new("Target program bound device mismatch", AttachMismatch),
        new("() is not a global function", AttachMismatch),
        new("args while *() has * args", AttachMismatch),
        new("doesn't match type * of ", AttachMismatch),

        // What the report of Linux 7.3 begins with, for verdicts that are of none of these words.
        new("Unreadable register", UninitializedRegister),
        new("Missing stack argument", FunctionArgument),
        new("Access outside bounds", OutOfBounds),
        new("Unreleased resource", UnreleasedReference),
        new("Invalid call argument", ArgumentType),
        new("Invalid dereference", InvalidPointer),
    ];

    /// <summary>Finds the rule of the mistake.</summary>
    /// <param name="verdict">The lines of the verdict, and what else tells of it.</param>
    public static MistakeRule Find(IReadOnlyList<string> verdict)
    {
        foreach (MistakeRule rule in All)
        {
            foreach (string line in verdict)
            {
                if (rule.Matches(line)) return rule;
            }
        }

        return Unmatched;
    }
}
