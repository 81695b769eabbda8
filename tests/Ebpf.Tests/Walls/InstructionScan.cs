using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;

namespace Ebpf.Tests.Walls;

/// <summary>Walks over the instructions of a method for the metadata tokens in them.</summary>
internal static class InstructionScan
{
    private static readonly Dictionary<ushort, OpCode> OpCodesByValue = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => (ushort)code.Value);

    /// <summary>The instructions that carry a token, in order.</summary>
    public static List<(OpCode Code, int Token)> Tokens(BlobReader code)
    {
        List<(OpCode, int)> found = [];
        while (code.RemainingBytes > 0)
        {
            int value = code.ReadByte();
            if (value == 0xfe) value = (value << 8) | code.ReadByte();
            OpCode opCode = OpCodesByValue[(ushort)value];
            switch (opCode.OperandType)
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok
                    or OperandType.InlineType or OperandType.InlineString or OperandType.InlineSig:
                    found.Add((opCode, code.ReadInt32()));
                    break;
                case OperandType.InlineSwitch:
                    int targets = code.ReadInt32();
                    code.Offset += sizeof(int) * targets;
                    break;
                default:
                    code.Offset += Size(opCode.OperandType);
                    break;
            }
        }

        return found;
    }

    private static int Size(OperandType operand) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineBrTarget or OperandType.InlineI or OperandType.ShortInlineR => 4,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        _ => throw new InvalidOperationException($"No instruction has an operand of kind {operand}."),
    };
}
