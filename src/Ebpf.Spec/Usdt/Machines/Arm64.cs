using System.Globalization;

namespace Ebpf.Usdt.Machines;

/// <summary>arm64: <c>5</c>, <c>x4</c>, <c>w4</c>, <c>[sp, 96]</c>, <c>[x0, x1, lsl 3]</c>, <c>[x1, #:lo12:counter]</c>.</summary>
internal sealed class Arm64 : UsdtMachine
{
    private Arm64()
        : base(Registers())
    {
    }

    public static Arm64 Instance { get; } = new();

    public override string Name => "arm64";

    // struct user_pt_regs, arch/arm64/include/uapi/asm/ptrace.h.
    public override UsdtRegister InstructionPointer { get; } = new("pc", 256, 8);

    protected override UsdtOperand? Read(ref OperandText text)
    {
        if (text.Take('[')) return ReadMemory(ref text);
        text.Take('#');
        if (!text.TryTakeSum(out long value, out string? name)) return null;
        if (name is null) return UsdtOperand.Constant(value);
        if (value != 0) return UsdtOperand.At(null, value, name);
        if (name is "xzr" or "wzr") return UsdtOperand.Constant(0);
        if (TryFind(name, out UsdtRegister register)) return UsdtOperand.In(register);
        return IsFloating(name) ? NotSaved(name, "a floating-point register") : UsdtOperand.At(null, 0, name);
    }

    private UsdtOperand? ReadMemory(ref OperandText text)
    {
        if (!text.TryTakeName(out ReadOnlySpan<char> name)) return null;
        if (!TryFind(name, out UsdtRegister register)) return UnknownRegister(name);
        if (register.Width < 8) return UsdtOperand.Unreadable($"{name} holds no address");
        if (text.Take(']')) return UsdtOperand.At(register, 0);
        if (!text.Take(',')) return null;
        bool isNumber = text.Take('#');
        if (text.Take(':')) return ReadLow12(ref text, register);
        if (!text.TryTakeSum(out long offset, out string? second)) return null;
        if (second is null) return text.Take(']') ? UsdtOperand.At(register, offset) : null;
        if (isNumber || offset != 0) return null;
        if (second is "xzr") return text.Take(']') ? UsdtOperand.At(register, 0) : null;
        if (!TryFind(second, out UsdtRegister index)) return UnknownRegister(second);
        int shift = 0;
        if (text.Take(','))
        {
            if (index.Width < 8 || text.Take("sxtx")) return UsdtOperand.Unreadable("its index is extended from 32 bits, which BPF programs do not do");
            if (!text.Take("lsl")) return null;
            text.Take('#');
            if (!text.TryTakeNumber(out ulong bits)) return null;
            if (bits > 3) return UsdtOperand.Unreadable($"an index is shifted by at most 3 bits, not {bits}");
            shift = (int)bits;
        }

        if (index.Width < 8) return UsdtOperand.Unreadable($"{second} holds no index of 64 bits");
        return text.Take(']') ? UsdtOperand.At(register, 0, index: index, shift: shift) : null;
    }

    private static UsdtOperand? ReadLow12(ref OperandText text, UsdtRegister register)
    {
        if (!text.Take("lo12"))
            return UsdtOperand.Unreadable("the symbol's address is looked up in a table when the program runs, which BPF programs do not do");
        return text.Take(':') && text.TryTakeSum(out long offset, out string? symbol) && symbol is not null && text.Take(']')
            ? UsdtOperand.At(register, offset, symbol) with { SymbolPart = SymbolPart.Low12 }
            : null;
    }

    private static bool IsFloating(ReadOnlySpan<char> name) => IsNumbered(name.IndexOf('.') is > 0 and int dot ? name[..dot] : name, "bhsdqvz", 31);

    private static Dictionary<string, UsdtRegister> Registers()
    {
        const int linkRegister = 30, framePointer = 29, stackPointerOffset = 248;
        Dictionary<string, UsdtRegister> registers = new();
        for (int i = 0; i <= linkRegister; i++)
        {
            string number = i.ToString(CultureInfo.InvariantCulture);
            registers["x" + number] = new("x" + number, i * 8, 8);
            registers["w" + number] = new("x" + number, i * 8, 4);
        }

        registers["sp"] = new("sp", stackPointerOffset, 8);
        registers["wsp"] = new("sp", stackPointerOffset, 4);
        registers["fp"] = registers["x" + framePointer.ToString(CultureInfo.InvariantCulture)];
        registers["lr"] = registers["x" + linkRegister.ToString(CultureInfo.InvariantCulture)];
        return registers;
    }
}
