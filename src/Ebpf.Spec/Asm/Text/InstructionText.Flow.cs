using System.Globalization;
using System.Text;

namespace Ebpf.Asm.Text;

// Arithmetic, jumps and calls.
internal static partial class InstructionText
{
    private static Fields AppendAlu(StringBuilder text, in Instruction instruction)
    {
        bool wide = instruction.OpCode.Class == InstructionClass.Alu64;
        bool fromRegister = instruction.OpCode.Operand == Operand.Register;
        char prefix = wide ? 'r' : 'w';
        switch (instruction.OpCode.AluOperation)
        {
            case AluOperation.Mov when fromRegister:
                return AppendMove(text, in instruction, wide);
            case AluOperation.End:
                return AppendByteOrder(text, in instruction, wide, fromRegister);
            case AluOperation.Neg:
                if (fromRegister) return Fields.None;
                text.AppendRegister(instruction.Destination, prefix).Append(" = -")
                    .AppendRegister(instruction.Destination, prefix);
                return Fields.Destination;
        }

        string? sign = (instruction.OpCode.AluOperation, instruction.Offset) switch
        {
            (AluOperation.Add, _) => "+=",
            (AluOperation.Sub, _) => "-=",
            (AluOperation.Mul, _) => "*=",
            (AluOperation.Div, 0) => "/=",
            (AluOperation.Div, 1) => "s/=",
            (AluOperation.Or, _) => "|=",
            (AluOperation.And, _) => "&=",
            (AluOperation.Lsh, _) => "<<=",
            (AluOperation.Rsh, _) => ">>=",
            (AluOperation.Mod, 0) => "%=",
            (AluOperation.Mod, 1) => "s%=",
            (AluOperation.Xor, _) => "^=",
            (AluOperation.Mov, _) => "=",
            (AluOperation.Arsh, _) => "s>>=",
            _ => null,
        };
        if (sign is null) return Fields.None;
        Fields told = Fields.Destination;
        if (instruction.OpCode.AluOperation is AluOperation.Div or AluOperation.Mod) told |= Fields.Offset;
        text.AppendRegister(instruction.Destination, prefix).Append(' ').Append(sign).Append(' ');
        return told | AppendOperand(text, in instruction, prefix);
    }

    private static Fields AppendMove(StringBuilder text, in Instruction instruction, bool wide)
    {
        const short cast = 1;
        char prefix = wide ? 'r' : 'w';
        short offset = instruction.Offset;
        bool extends = offset is 8 or 16 || (wide && offset == 32);
        bool casts = wide && offset == cast;
        if (offset != 0 && !extends && !casts) return Fields.None;
        text.AppendRegister(instruction.Destination, prefix).Append(" = ");
        if (casts)
        {
            text.Append("addr_space_cast(").AppendRegister(instruction.Source).Append(
                CultureInfo.InvariantCulture,
                $", {(ushort)(instruction.Immediate >> 16)}, {(ushort)instruction.Immediate})");
            return Fields.Destination | Fields.Source | Fields.Offset | Fields.Immediate;
        }

        if (extends) text.Append("(s").AppendNumber(offset).Append(')');
        text.AppendRegister(instruction.Source, prefix);
        return Fields.Destination | Fields.Source | Fields.Offset;
    }

    private static Fields AppendByteOrder(StringBuilder text, in Instruction instruction, bool wide, bool fromRegister)
    {
        if (instruction.Immediate is not (16 or 32 or 64) || (wide && fromRegister)) return Fields.None;
        text.AppendRegister(instruction.Destination)
            .Append(wide ? " = bswap" : fromRegister ? " = be" : " = le")
            .AppendNumber(instruction.Immediate)
            .Append(' ')
            .AppendRegister(instruction.Destination);
        return Fields.Destination | Fields.Immediate;
    }

    private static Fields AppendJump(StringBuilder text, in Instruction instruction, string? target)
    {
        OpCode opCode = instruction.OpCode;
        if (instruction.IsConditionalJump) return AppendConditionalJump(text, in instruction, target);
        if (opCode == OpCode.Call) return AppendCall(text, in instruction, target);
        if (opCode == OpCode.Exit)
        {
            text.Append("exit");
            return Fields.OpCode;
        }

        if (opCode == OpCode.CallRegister || opCode == OpCode.GotoRegister)
        {
            text.Append(opCode == OpCode.CallRegister ? "callx " : "gotox ").AppendRegister(instruction.Destination);
            return Fields.Destination;
        }

        // The source register of BPF_JCOND selects what it does; only 0, may_goto, has a meaning.
        if (!instruction.IsJump || (opCode == OpCode.MayGoto && instruction.Source != 0)) return Fields.None;
        text.Append(opCode == OpCode.Goto ? "goto " : opCode == OpCode.GotoLong ? "gotol " : "may_goto ");
        AppendTarget(text, in instruction, target);
        return opCode == OpCode.GotoLong ? Fields.Immediate : Fields.Offset;
    }

    private static Fields AppendConditionalJump(StringBuilder text, in Instruction instruction, string? target)
    {
        char prefix = instruction.OpCode.Class == InstructionClass.Jump ? 'r' : 'w';
        string sign = instruction.OpCode.JumpOperation switch
        {
            JumpOperation.Equal => "==",
            JumpOperation.GreaterThan => ">",
            JumpOperation.GreaterOrEqual => ">=",
            JumpOperation.AnySet => "&",
            JumpOperation.NotEqual => "!=",
            JumpOperation.SignedGreaterThan => "s>",
            JumpOperation.SignedGreaterOrEqual => "s>=",
            JumpOperation.LessThan => "<",
            JumpOperation.LessOrEqual => "<=",
            JumpOperation.SignedLessThan => "s<",
            _ => "s<=",
        };
        text.Append("if ").AppendRegister(instruction.Destination, prefix).Append(' ').Append(sign).Append(' ');
        Fields told = AppendOperand(text, in instruction, prefix);
        text.Append(" goto ");
        AppendTarget(text, in instruction, target);
        return told | Fields.Destination | Fields.Offset;
    }

    private static Fields AppendCall(StringBuilder text, in Instruction instruction, string? target)
    {
        if (instruction.CallKind > CallKind.Kfunc) return Fields.None;
        string? name = instruction.Reference?.Name;
        Fields told = Fields.Source | Fields.Immediate;
        text.Append("call ");
        switch (instruction.CallKind)
        {
            case CallKind.Kfunc:
                if (name is null) text.Append("kfunc#").AppendNumber(instruction.Immediate);
                else text.Append("kfunc ").AppendName(name);
                if (instruction.Offset != 0) text.Append(" module ").AppendNumber(instruction.Offset);
                return told | Fields.Offset;
            case CallKind.Function when (name ?? target) is { } function:
                text.AppendName(function);
                return told;
            case CallKind.Function:
                text.Append("pc").AppendSigned(instruction.Immediate);
                return told;
            case CallKind.Helper when name is not null:
                text.AppendName(name);
                return told;
            default:
                text.Append(instruction.Helper?.KernelName() ?? "helper").Append('#')
                    .AppendNumber(instruction.Immediate);
                return told;
        }
    }

    /// <summary>Appends the second operand, be it a register or the immediate.</summary>
    private static Fields AppendOperand(StringBuilder text, in Instruction instruction, char prefix)
    {
        if (instruction.OpCode.Operand == Operand.Register)
        {
            text.AppendRegister(instruction.Source, prefix);
            return Fields.Source;
        }

        text.AppendNumber(instruction.Immediate);
        return Fields.Immediate;
    }

    private static void AppendTarget(StringBuilder text, in Instruction instruction, string? target)
    {
        if ((instruction.Reference?.Name ?? target) is { } name) text.AppendName(name);
        else text.AppendSigned(instruction.Distance);
    }
}
