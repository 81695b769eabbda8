namespace Ebpf.Usdt.Machines;

/// <summary>A register that a BPF program can read at a probe.</summary>
/// <param name="Name">How the machine calls all of it.</param>
/// <param name="Offset">Where the kernel saves it in the structure that is a program's context, in bytes.</param>
/// <param name="Width">How many bytes of it the name in the operand stands for.</param>
internal readonly record struct UsdtRegister(string Name, int Offset, int Width);

/// <summary>Which part of a symbol's address is added.</summary>
internal enum SymbolPart
{
    /// <summary>All of it.</summary>
    Whole,

    /// <summary>The low 12 bits (arm64's <c>:lo12:</c>): the same wherever the file is loaded.</summary>
    Low12,

    /// <summary>The low 12 bits as a signed number (RISC-V's <c>%lo</c>): of an address that does not move.</summary>
    SignedLow12,
}

/// <summary>An operand as it is written: its symbol has no address yet.</summary>
internal readonly record struct UsdtOperand
{
    public required UsdtArgumentKind Kind { get; init; }

    /// <summary>The register with the value, or with the address; <c>null</c> for none.</summary>
    public UsdtRegister? Register { get; init; }

    public UsdtRegister? Index { get; init; }

    /// <summary>The index times two to this power is added.</summary>
    public int Shift { get; init; }

    /// <summary>The constant, or what is added.</summary>
    public long Value { get; init; }

    /// <summary>The symbol whose address is added as well; <c>null</c> for none.</summary>
    public string? Symbol { get; init; }

    public SymbolPart SymbolPart { get; init; }

    /// <summary>Why no program can read it; <c>null</c> if one can.</summary>
    public string? Problem { get; init; }

    public static UsdtOperand Unreadable(string problem) => new() { Kind = UsdtArgumentKind.Unreadable, Problem = problem };

    public static UsdtOperand Constant(long value, string? symbol = null) =>
        new() { Kind = UsdtArgumentKind.Constant, Value = value, Symbol = symbol };

    public static UsdtOperand In(UsdtRegister register) => new() { Kind = UsdtArgumentKind.Register, Register = register };

    public static UsdtOperand At(UsdtRegister? register, long offset, string? symbol = null, UsdtRegister? index = null, int shift = 0) => new()
    {
        Kind = UsdtArgumentKind.Memory,
        Register = register,
        Value = offset,
        Symbol = symbol,
        Index = index,
        Shift = shift,
    };
}
