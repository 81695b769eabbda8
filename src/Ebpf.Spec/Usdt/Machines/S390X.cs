using System.Globalization;

namespace Ebpf.Usdt.Machines;

/// <summary>s390x: <c>71</c>, <c>%r2</c>, <c>-28(%r15)</c>, <c>160(%r1,%r15)</c>.</summary>
internal sealed class S390X : UsdtMachine
{
    private S390X()
        : base(Registers())
    {
    }

    public static S390X Instance { get; } = new();

    public override string Name => "s390x";

    // user_pt_regs, arch/s390/include/uapi/asm/ptrace.h: an argument, the mask and the address of the PSW, the registers.
    public override UsdtRegister InstructionPointer { get; } = new("psw.addr", 16, 8);

    protected override UsdtOperand? Read(ref OperandText text)
    {
        if (text.Take('%'))
        {
            if (!text.TryTakeName(out ReadOnlySpan<char> name)) return null;
            return TryFind(name, out UsdtRegister register) ? UsdtOperand.In(register) : Missing(name);
        }

        long value = 0;
        string? symbol = null;
        if (!text.Sees('(') && !text.TryTakeSum(out value, out symbol)) return null;
        if (!text.Take('(')) return symbol is null ? UsdtOperand.Constant(value) : UsdtOperand.At(null, value, symbol);

        // The index comes first. As an index or a base, register 0 stands for none.
        if (!TryTakeRegister(ref text, out UsdtRegister? first, out UsdtOperand? problem)) return problem;
        UsdtRegister? second = null;
        if (text.Take(',') && !TryTakeRegister(ref text, out second, out problem)) return problem;
        if (!text.Take(')')) return null;
        return (first ?? second) is { } only && (first is null || second is null)
            ? UsdtOperand.At(only, value, symbol)
            : UsdtOperand.At(second, value, symbol, first);
    }

    private bool TryTakeRegister(ref OperandText text, out UsdtRegister? register, out UsdtOperand? problem)
    {
        register = null;
        problem = null;
        if (text.TryTakeNumber(out ulong number)) return number == 0;
        if (!text.Take('%') || !text.TryTakeName(out ReadOnlySpan<char> name)) return false;
        if (!TryFind(name, out UsdtRegister found)) problem = Missing(name);
        else if (!name.Equals("r0", StringComparison.OrdinalIgnoreCase)) register = found;
        return problem is null;
    }

    private static UsdtOperand Missing(ReadOnlySpan<char> name)
    {
        if (IsNumbered(name, "f", 15)) return NotSaved($"%{name}", "a floating-point register");
        if (IsNumbered(name, "v", 31)) return NotSaved($"%{name}", "a vector register");
        return UnknownRegister($"%{name}");
    }

    private static Dictionary<string, UsdtRegister> Registers()
    {
        Dictionary<string, UsdtRegister> registers = new();
        for (int i = 0; i < 16; i++)
        {
            string name = "r" + i.ToString(CultureInfo.InvariantCulture);
            registers[name] = new(name, 24 + (i * 8), 8);
        }

        return registers;
    }
}
