namespace Ebpf;

/// <summary>Describes an instruction that was replaced by one that the verifier refuses.</summary>
/// <param name="Slot">
/// The slot of the instruction, as the verifier prints it; see <see cref="Asm.InstructionList.IndexAtSlot"/>.
/// </param>
/// <param name="Reason">What is missing: <c>struct task_struct.__state: no such field on this kernel</c>.</param>
public readonly record struct PoisonedInstruction(int Slot, string Reason);
