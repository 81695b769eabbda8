using System.Globalization;
using Ebpf.Asm;
using Ebpf.Btf;

namespace Ebpf.CoRe;

/// <summary>Represents the outcome of one CO-RE relocation.</summary>
public sealed class CoReOutcome
{
    private readonly CoReQuery _query;

    internal CoReOutcome(CoReSite site, Candidate? target, in CoReValue answer, bool isPoisoned)
    {
        Relocation = site.Relocation;
        Slot = site.Slot;
        Value = answer.Value;
        Reason = answer.Problem;
        Target = answer.IsFound ? target?.Type : null;
        IsPoisoned = isPoisoned;
        _query = site.Query;
    }

    /// <summary>Gets the relocation.</summary>
    public CoReRelocation Relocation { get; }

    /// <summary>Gets the slot of the instruction, by which the verifier calls it; see <see cref="Asm.InstructionList.IndexAtSlot"/>.</summary>
    public int Slot { get; }

    /// <summary>Gets what the relocation refers to, as C writes it: <c>struct task_struct.__state</c>.</summary>
    public string Subject => field ??= _query.ToString();

    /// <summary>Gets the value for the types that the program was compiled with.</summary>
    public ulong LocalValue => _query.Local.Value;

    /// <summary>Gets the value that the instruction got; 0 if nothing was found.</summary>
    public ulong Value { get; }

    /// <summary>
    /// Gets the kernel's type from which the value comes; <c>null</c> if nothing was found, and for
    /// <see cref="CoReRelocationKind.TypeIdLocal"/>.
    /// </summary>
    public BtfType? Target { get; }

    /// <summary>Gets whether the kernel has what the relocation refers to.</summary>
    public bool IsFound => Reason is null;

    /// <summary>
    /// Gets whether the instruction was replaced by one that the verifier refuses, since there is no value for it. That is no
    /// error as long as the instruction cannot be reached on this kernel.
    /// </summary>
    public bool IsPoisoned { get; }

    /// <summary>
    /// Gets what is missing: <c>struct task_struct.__state: no such field on this kernel</c>; <c>null</c> if nothing is.
    /// </summary>
    public string? Reason { get; }

    /// <summary>Returns the outcome on one line: <c>FieldByteOffset struct task_struct.__state: 24 → 32</c>.</summary>
    public override string ToString() => IsPoisoned
        ? $"{Relocation.Kind} poisoned: {Reason}"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{Relocation.Kind} {Subject}: {(long)LocalValue} → {(long)Value}{(IsFound ? "" : $" ({Reason})")}");
}
