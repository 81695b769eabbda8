using Ebpf.Asm;
using Ebpf.Loading;
using Ebpf.Verifier;

namespace Ebpf;

/// <summary>A program as it will be given to the kernel: relocated, with all descriptors in place. Nothing has verified it yet.</summary>
public sealed class PreparedProgram
{
    /// <param name="name">The name in the collection.</param>
    /// <param name="spec">What it was made from.</param>
    /// <param name="code">Its instructions.</param>
    /// <param name="poisoned">Those of them that the verifier must refuse if they can be reached.</param>
    /// <param name="target">What it is bound to.</param>
    /// <param name="tables">The maps of its jump tables, which must live until it is loaded.</param>
    internal PreparedProgram(
        string name, ProgramSpec spec, InstructionList code, PoisonedInstructions poisoned, ProgramTarget target, JumpTables tables)
    {
        Name = name;
        Spec = spec;
        Code = code;
        Replaced = poisoned;
        Target = target;
        Tables = tables;
    }

    /// <summary>The name in the collection.</summary>
    public string Name { get; }

    /// <summary>What the program was made from.</summary>
    public ProgramSpec Spec { get; }

    /// <summary>
    /// A copy of the instructions as the kernel will be given them: every field where it is on this kernel, every map and symbol in
    /// place. To change what is loaded, change <see cref="ProgramSpec.Instructions"/> before preparing.
    /// </summary>
    public InstructionList Instructions => field ??= Code.Clone();

    /// <summary>
    /// The instructions that were replaced by such as the verifier refuses, because what they use is not there. That is no error
    /// unless they can be reached. In their order.
    /// </summary>
    public IReadOnlyList<PoisonedInstruction> Poisoned => field ??= Replaced.List();

    /// <summary>
    /// The BTF id (<c>attach_btf_id</c>) of the kernel's function, tracepoint or struct to which the program is bound; 0 if it is bound
    /// to nothing when it is loaded.
    /// </summary>
    public uint AttachTypeId => Target.TypeId;

    internal InstructionList Code { get; }

    internal PoisonedInstructions Replaced { get; }

    internal ProgramTarget Target { get; }

    internal JumpTables Tables { get; }

    /// <summary>
    /// The descriptors to which its instructions refer by position; empty if there are none. They are open for as long as the
    /// collection loads.
    /// </summary>
    internal int[] Descriptors { get; init; } = [];

    /// <summary>
    /// The SHA-256 by which the kernel knows the program since Linux 6.18: of its instructions, with zeros for the descriptors of
    /// maps and the offsets beside them. What <see cref="MapSpec.ExclusiveProgramHash"/> takes.
    /// </summary>
    /// <returns>32 bytes.</returns>
    public byte[] ComputeHash() => ProgramHash.Of(Code);

    /// <summary>One line that says what the program is.</summary>
    public override string ToString() => Spec.ToString();

    internal void Deconstruct(
        out string name,
        out ProgramSpec spec,
        out InstructionList code,
        out PoisonedInstructions poisoned,
        out ProgramTarget target,
        out JumpTables tables) =>
        (name, spec, code, poisoned, target, tables) = (Name, Spec, Code, Replaced, Target, Tables);

    /// <summary>Lets go of what only the loading needs.</summary>
    internal void Dispose() => Tables.Dispose();
}
