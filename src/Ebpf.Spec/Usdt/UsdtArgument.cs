namespace Ebpf;

/// <summary>Where the value of an argument of a USDT probe is when the probe is reached.</summary>
public enum UsdtArgumentKind
{
    /// <summary>No BPF program can read it; <see cref="UsdtArgument.Problem"/> says why.</summary>
    Unreadable,

    /// <summary>It is <see cref="UsdtArgument.Value"/>, at this location always.</summary>
    Constant,

    /// <summary>In <see cref="UsdtArgument.Register"/>.</summary>
    Register,

    /// <summary>
    /// In memory, at the address in <see cref="UsdtArgument.Register"/> plus <see cref="UsdtArgument.Value"/>, plus
    /// <see cref="UsdtArgument.IndexRegister"/> times <see cref="UsdtArgument.Scale"/> if there is one.
    /// </summary>
    Memory,
}

/// <summary>One argument of a USDT probe at one location, as the compiler described it there: <c>-4@-20(%rbp)</c>.</summary>
public sealed record UsdtArgument
{
    internal UsdtArgument(string text) => Text = text;

    /// <summary>Gets the description as it stands in the file, in the syntax of the machine's assembler.</summary>
    public string Text { get; }

    /// <summary>Gets where the value is.</summary>
    public UsdtArgumentKind Kind { get; internal init; }

    /// <summary>Gets the size of the value in bytes; 0 if the description cannot be understood so far.</summary>
    public int Size { get; internal init; }

    /// <summary>Gets whether the value is a signed number, which is then extended to 64 bits.</summary>
    public bool IsSigned { get; internal init; }

    /// <summary>Gets whether the value is a floating-point number: a BPF program gets its bits (<c>8f@-8(%rbp)</c>).</summary>
    public bool IsFloatingPoint { get; internal init; }

    /// <summary>Gets the value of a constant, or what is added to the address of a value in memory.</summary>
    public long Value { get; internal init; }

    /// <summary>Gets the name of the register that holds the value or its address, as the machine calls all of it: <c>rax</c>, not <c>eax</c>.</summary>
    public string? Register { get; internal init; }

    /// <summary>Gets the name of the register that holds an index which is added to the address; <c>null</c> for none.</summary>
    public string? IndexRegister { get; internal init; }

    /// <summary>Gets the factor of the index: 1, 2, 4 or 8.</summary>
    public int Scale => 1 << ScaleShift;

    /// <summary>Gets why no BPF program can read the value; <c>null</c> if one can.</summary>
    public string? Problem { get; internal init; }

    /// <summary>Where the register is in the kernel's <c>struct pt_regs</c>, in bytes.</summary>
    internal int RegisterOffset { get; init; }

    /// <summary>Where the index register is there.</summary>
    internal int IndexOffset { get; init; }

    /// <summary>The exponent of <see cref="Scale"/>.</summary>
    internal int ScaleShift { get; init; }

    /// <summary>Whether the address is computed from that of the probe, so that it depends on the location.</summary>
    internal bool IsRelativeToLocation { get; init; }

    /// <summary>Returns <see cref="Text"/>.</summary>
    public override string ToString() => Text;
}
