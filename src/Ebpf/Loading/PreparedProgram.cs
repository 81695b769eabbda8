using Ebpf.Asm;

namespace Ebpf;

/// <summary>A program as it will be given to the kernel: relocated, with all descriptors in place.</summary>
/// <param name="Name">The name in the collection.</param>
/// <param name="Spec">What it was made from.</param>
/// <param name="Code">Its instructions.</param>
/// <param name="Poisoned">Those of them that the verifier must refuse if they can be reached.</param>
/// <param name="Target">What it is bound to.</param>
/// <param name="Tables">The maps of its jump tables, which must live until it is loaded.</param>
internal sealed record PreparedProgram(
    string Name, ProgramSpec Spec, InstructionList Code, PoisonedInstructions Poisoned, ProgramTarget Target, JumpTables Tables) : IDisposable
{
    /// <summary>
    /// The descriptors to which its instructions refer by position; empty if there are none. They are open for as long as the
    /// collection loads.
    /// </summary>
    public int[] Descriptors { get; init; } = [];

    public void Dispose() => Tables.Dispose();
}
