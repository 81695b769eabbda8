using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Loading.Code;
using Ebpf.Loading.Targets;
using Ebpf.Verifier;

namespace Ebpf;

/// <summary>Represents a program that is ready for the verifier: relocated, with every reference resolved.</summary>
public sealed class PreparedProgram
{
    /// <param name="name">The name in the collection.</param>
    /// <param name="spec">What it was made from.</param>
    /// <param name="code">Its code.</param>
    /// <param name="target">What it is bound to.</param>
    internal PreparedProgram(string name, ProgramSpec spec, PreparedCode code, ProgramTarget target) =>
        (Name, Spec, Code, Target) = (name, spec, code, target);

    /// <summary>Gets the name of the program in the collection.</summary>
    public string Name { get; }

    /// <summary>Gets the spec from which the program was made.</summary>
    public ProgramSpec Spec { get; }

    /// <summary>
    /// Gets a copy of the instructions as they will be given to the kernel: every field at its offset on this kernel, every map
    /// and symbol resolved. Descriptors (of a map, of a module's BTF) are 0: their numbers are inserted only while the program is
    /// given to the kernel. To change what is loaded, change <see cref="ProgramSpec.Instructions"/> before the collection is
    /// prepared.
    /// </summary>
    public InstructionList Instructions => field ??= Code.Instructions.Clone();

    /// <summary>
    /// Gets the instructions that were replaced by ones that the verifier refuses, because what they refer to does not exist, in
    /// the order of the program. They are no error unless they can be reached.
    /// </summary>
    public IReadOnlyList<PoisonedInstruction> Poisoned => field ??= Code.Poisoned.List();

    /// <summary>
    /// Gets the BTF id (<c>attach_btf_id</c>) of the kernel's function, tracepoint or struct to which the program is bound; 0 if it is
    /// bound to nothing when it is loaded.
    /// </summary>
    public BtfTypeId AttachTypeId => new(Target.TypeId);

    internal PreparedCode Code { get; }

    internal ProgramTarget Target { get; }

    /// <summary>
    /// Computes the SHA-256 that identifies the program to the kernel since Linux 6.18: of its instructions, with zeros for the
    /// descriptors of maps and the offsets beside them. It is the value for <see cref="MapSpec.ExclusiveProgramHash"/>.
    /// </summary>
    /// <returns>32 bytes.</returns>
    /// <exception cref="ObjectDisposedException">
    /// The program uses variables of a module, and the prepared collection is disposed or loaded.
    /// </exception>
    public byte[] ComputeHash() => ProgramHash.Of(Code.Instructions, Code.Descriptors);

    /// <summary>Returns the type, name and section of the program.</summary>
    public override string ToString() => Spec.ToString();
}
