namespace Ebpf.Usdt.Machines;

/// <summary>
/// x86-64 in AT&amp;T syntax: <c>$-9</c>, <c>%edi</c>, <c>-20(%rbp)</c>, <c>-96(%rbp,%rax,8)</c>, <c>counter+4(%rip)</c>.
/// </summary>
internal sealed class X64 : UsdtMachine
{
    // struct pt_regs, arch/x86/include/asm/ptrace.h.
    private static readonly (string Letters, int Offset)[] Classic =
        [("ax", 80), ("bx", 40), ("cx", 88), ("dx", 96), ("si", 104), ("di", 112), ("bp", 32), ("sp", 152)];

    private static readonly int[] Numbered = [72, 64, 56, 48, 24, 16, 8, 0];

    private X64()
        : base(Registers())
    {
    }

    public static X64 Instance { get; } = new();

    public override string Name => "x86-64";

    public override UsdtRegister InstructionPointer { get; } = new("rip", 128, 8);

    protected override UsdtOperand? Read(ref OperandText text)
    {
        if (text.Take('$')) return text.TryTakeSum(out long constant, out string? symbol) ? UsdtOperand.Constant(constant, symbol) : null;
        if (text.Take('%'))
        {
            if (!text.TryTakeName(out ReadOnlySpan<char> name)) return null;
            if (text.Sees(':')) return UsdtOperand.Unreadable($"it is in a segment of its own (%{name}), such as a thread's variables");
            return TryFind(name, out UsdtRegister register) ? UsdtOperand.In(register) : Missing(name);
        }

        return ReadMemory(ref text);
    }

    private UsdtOperand? ReadMemory(ref OperandText text)
    {
        long offset = 0;
        string? symbol = null;
        if (!text.Sees('(') && !text.TryTakeSum(out offset, out symbol)) return null;
        if (!text.Take('(')) return UsdtOperand.At(null, offset, symbol);
        UsdtRegister? register = null, index = null;
        if (!text.Sees(','))
        {
            if (!TryTakeRegister(ref text, out UsdtRegister found, out UsdtOperand? problem)) return problem;
            register = found;
        }

        ulong scale = 1;
        if (text.Take(','))
        {
            if (!TryTakeRegister(ref text, out UsdtRegister found, out UsdtOperand? problem)) return problem;
            index = found;
            if (text.Take(',') && !text.TryTakeNumber(out scale)) return null;
        }

        if (!text.Take(')')) return null;
        return scale is 1 or 2 or 4 or 8
            ? UsdtOperand.At(register, offset, symbol, index, System.Numerics.BitOperations.Log2(scale))
            : UsdtOperand.Unreadable($"a scale is 1, 2, 4 or 8, not {scale}");
    }

    /// <returns>Whether there is a register in which an address can be; otherwise what is wrong, or <c>null</c> for anything else.</returns>
    private bool TryTakeRegister(ref OperandText text, out UsdtRegister register, out UsdtOperand? problem)
    {
        register = default;
        problem = null;
        if (!text.Take('%') || !text.TryTakeName(out ReadOnlySpan<char> name)) return false;
        if (!TryFind(name, out register)) problem = Missing(name);
        else if (register.Width < 4) problem = UsdtOperand.Unreadable($"%{name} holds no address");
        return problem is null;
    }

    private static UsdtOperand Missing(ReadOnlySpan<char> name)
    {
        if (name.StartsWith("xmm") || name.StartsWith("ymm") || name.StartsWith("zmm")) return NotSaved($"%{name}", "a vector register");
        if (name.StartsWith("st") || name.StartsWith("mm")) return NotSaved($"%{name}", "a floating-point register");
        return IsNumbered(name, "k", 7) ? NotSaved($"%{name}", "a mask register") : UnknownRegister($"%{name}");
    }

    private static Dictionary<string, UsdtRegister> Registers()
    {
        Dictionary<string, UsdtRegister> registers = new()
        {
            ["rip"] = new("rip", 128, 8),
            ["eip"] = new("rip", 128, 4),
        };
        foreach ((string letters, int offset) in Classic)
        {
            string whole = "r" + letters;
            registers[whole] = new(whole, offset, 8);
            registers["e" + letters] = new(whole, offset, 4);
            registers[letters] = new(whole, offset, 2);
            bool hasHalves = letters[1] == 'x';
            registers[hasHalves ? letters[..1] + "l" : letters + "l"] = new(whole, offset, 1);

            // The second byte of the register: BPF programs read from where they are told.
            if (hasHalves) registers[letters[..1] + "h"] = new(whole, offset + 1, 1);
        }

        for (int i = 0; i < Numbered.Length; i++)
        {
            string whole = "r" + (8 + i).ToString(System.Globalization.CultureInfo.InvariantCulture);
            registers[whole] = new(whole, Numbered[i], 8);
            registers[whole + "d"] = new(whole, Numbered[i], 4);
            registers[whole + "w"] = new(whole, Numbered[i], 2);
            registers[whole + "b"] = new(whole, Numbered[i], 1);
        }

        return registers;
    }
}
