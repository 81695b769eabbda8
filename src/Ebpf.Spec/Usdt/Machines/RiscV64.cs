using System.Globalization;

namespace Ebpf.Usdt.Machines;

/// <summary>RISC-V of 64 bits: <c>5</c>, <c>a1</c>, <c>-88(s0)</c>, <c>%lo(counter)(a5)</c>.</summary>
internal sealed class RiscV64 : UsdtMachine
{
    // struct user_regs_struct, arch/riscv/include/uapi/asm/ptrace.h: the registers by their numbers, behind the program counter.
    private static readonly string[] Names =
    [
        "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5",
        "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
    ];

    private RiscV64()
        : base(Registers())
    {
    }

    public static RiscV64 Instance { get; } = new();

    public override string Name => "RISC-V";

    public override UsdtRegister InstructionPointer { get; } = new("pc", 0, 8);

    protected override UsdtOperand? Read(ref OperandText text)
    {
        if (text.Take('%')) return ReadLow12(ref text);
        long value = 0;
        string? name = null;
        if (!text.Sees('(') && !text.TryTakeSum(out value, out name)) return null;
        if (name is null) return text.Sees('(') ? ReadRegister(ref text, value, null) : UsdtOperand.Constant(value);
        if (text.Sees('(')) return ReadRegister(ref text, value, name);
        if (value != 0) return UsdtOperand.At(null, value, name);
        if (name is "zero" or "x0") return UsdtOperand.Constant(0);
        if (TryFind(name, out UsdtRegister register)) return UsdtOperand.In(register);
        return IsFloating(name) ? NotSaved(name, "a floating-point register") : UsdtOperand.At(null, 0, name);
    }

    private UsdtOperand? ReadLow12(ref OperandText text)
    {
        if (!text.Take("lo"))
            return UsdtOperand.Unreadable("the symbol's address is computed by the instructions around the probe, which BPF programs do not see");
        if (!text.Take('(') || !text.TryTakeSum(out long offset, out string? symbol) || symbol is null || !text.Take(')')) return null;
        return ReadRegister(ref text, offset, symbol) is { } operand ? operand with { SymbolPart = SymbolPart.SignedLow12 } : null;
    }

    private UsdtOperand? ReadRegister(ref OperandText text, long offset, string? symbol)
    {
        if (!text.Take('(') || !text.TryTakeName(out ReadOnlySpan<char> name) || !text.Take(')')) return null;
        if (name is "zero" or "x0") return UsdtOperand.At(null, offset, symbol);
        return TryFind(name, out UsdtRegister register) ? UsdtOperand.At(register, offset, symbol) : UnknownRegister(name);
    }

    private static bool IsFloating(ReadOnlySpan<char> name) =>
        IsNumbered(name, "f", 31) || (name.StartsWith("f") && IsNumbered(name[1..], "ast", 11));

    private static Dictionary<string, UsdtRegister> Registers()
    {
        Dictionary<string, UsdtRegister> registers = new();
        for (int i = 1; i < Names.Length; i++)
        {
            registers[Names[i]] = new(Names[i], i * 8, 8);
            registers["x" + i.ToString(CultureInfo.InvariantCulture)] = registers[Names[i]];
        }

        registers["fp"] = registers["s0"];
        return registers;
    }
}
