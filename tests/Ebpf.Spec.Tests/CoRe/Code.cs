using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.CoRe;

namespace Ebpf.Spec.Tests.CoRe;

/// <summary>Programs of a few relocated instructions, written by hand.</summary>
internal static class Code
{
    /// <summary>An instruction with a relocation.</summary>
    public static Instruction Relocated(this Instruction instruction, CoReRelocationKind kind, BtfType type, string accessor) =>
        instruction with { Relocation = new CoReRelocation { Kind = kind, Type = type, Accessor = accessor } };

    /// <summary><c>r1 = value</c>, with a relocation.</summary>
    public static Instruction Ask(CoReRelocationKind kind, BtfType type, string accessor, int value) =>
        Instruction.Mov(Register.R1, value).Relocated(kind, type, accessor);

    /// <summary>Relocates a program, named <c>prog</c>.</summary>
    public static CoReResult Apply(CoReTargets targets, params Instruction[] instructions) =>
        new CoReRelocator(targets).Apply(List(instructions), "prog");

    public static InstructionList List(params Instruction[] instructions)
    {
        InstructionList code = [];
        code.AddRange(instructions);
        return code;
    }
}
