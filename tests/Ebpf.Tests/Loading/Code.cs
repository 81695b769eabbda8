using Ebpf.Asm;

namespace Ebpf.Tests.Loading;

/// <summary>Programs of a certain size, made by hand.</summary>
internal static class Code
{
    /// <summary>A program that returns a number.</summary>
    public static ProgramSpec Returning(int number, InstructionList? before = null)
    {
        InstructionList code = before ?? [];
        code.Add(Instruction.Mov(Register.R0, number));
        code.Add(Instruction.Exit());
        return Of(code);
    }

    /// <summary>A program.</summary>
    public static ProgramSpec Of(InstructionList code) =>
        new() { Name = "made", Type = ProgramType.SocketFilter, License = "GPL", Instructions = code };

    /// <summary>Counts to a number, which the verifier does, too: two of its steps each time.</summary>
    public static InstructionList Loop(int times) =>
    [
        Instruction.Mov(Register.R1, 0),
        Instruction.Add(Register.R1, 1),
        Instruction.JumpIf(JumpCondition.LessThan, Register.R1, times, -2),
    ];

    /// <summary>Many instructions that do nothing.</summary>
    public static InstructionList Straight(int count)
    {
        InstructionList code = [];
        for (int i = 0; i < count; i++) code.Add(Instruction.Mov(Register.R0, i));
        return code;
    }

    /// <summary>An object of several programs: p0, p1 and so on.</summary>
    public static CollectionSpec Spec(params ProgramSpec[] programs)
    {
        CollectionSpec spec = new();
        for (int i = 0; i < programs.Length; i++)
        {
            programs[i].Name = $"p{i}";
            spec.Programs.Add(programs[i].Name, programs[i]);
        }

        return spec;
    }
}
