using System.Globalization;

namespace Ebpf.Usdt.Machines;

/// <summary>arm of 32 bits: <c>#5</c>, <c>r4</c>, <c>[fp, #-8]</c>, <c>[r1, r2, lsl #2]</c>.</summary>
internal sealed class Arm : UsdtMachine
{
    private Arm()
        : base(Registers())
    {
    }

    public static Arm Instance { get; } = new();

    public override string Name => "arm";

    public override int AddressSize => 4;

    // struct pt_regs, arch/arm/include/asm/ptrace.h: the registers by their numbers.
    public override UsdtRegister InstructionPointer { get; } = new("pc", 60, 4);

    protected override UsdtOperand? Read(ref OperandText text)
    {
        if (text.Take('[')) return ReadMemory(ref text);
        if (text.Take('#') || text.Take('$')) return text.TryTakeSum(out long constant, out string? address) ? UsdtOperand.Constant(constant, address) : null;
        if (!text.TryTakeSum(out long value, out string? name)) return null;
        if (name is null) return UsdtOperand.Constant(value);
        if (value != 0) return UsdtOperand.At(null, value, name);
        if (TryFind(name, out UsdtRegister register)) return UsdtOperand.In(register);
        return IsNumbered(name, "sdq", 31) ? NotSaved(name, "a floating-point register") : UsdtOperand.At(null, 0, name);
    }

    private UsdtOperand? ReadMemory(ref OperandText text)
    {
        if (!text.TryTakeName(out ReadOnlySpan<char> name)) return null;
        if (!TryFind(name, out UsdtRegister register)) return UnknownRegister(name);
        if (text.Take(']')) return UsdtOperand.At(register, 0);
        if (!text.Take(',')) return null;
        bool isNumber = text.Take('#');
        if (!text.TryTakeSum(out long offset, out string? second)) return null;
        if (second is null) return text.Take(']') ? UsdtOperand.At(register, offset) : null;
        if (isNumber || offset != 0) return null;
        if (!TryFind(second, out UsdtRegister index)) return UnknownRegister(second);
        int shift = 0;
        if (text.Take(','))
        {
            if (!text.Take("lsl")) return null;
            text.Take('#');
            if (!text.TryTakeNumber(out ulong bits)) return null;
            if (bits > 3) return UsdtOperand.Unreadable($"an index is shifted by at most 3 bits here, not {bits}");
            shift = (int)bits;
        }

        return text.Take(']') ? UsdtOperand.At(register, 0, index: index, shift: shift) : null;
    }

    private static Dictionary<string, UsdtRegister> Registers()
    {
        (string Alias, int Number)[] aliases =
            [("sb", 9), ("sl", 10), ("fp", 11), ("ip", 12), ("sp", 13), ("lr", 14), ("pc", 15)];
        Dictionary<string, UsdtRegister> registers = new();
        for (int i = 0; i < 16; i++)
        {
            string name = "r" + i.ToString(CultureInfo.InvariantCulture);
            registers[name] = new(name, i * 4, 4);
        }

        foreach ((string alias, int number) in aliases)
        {
            string name = "r" + number.ToString(CultureInfo.InvariantCulture);
            registers[alias] = registers[name] = new(number > 10 ? alias : name, number * 4, 4);
        }

        return registers;
    }
}
