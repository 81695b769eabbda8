using System.Globalization;
using Ebpf.Asm;

namespace Ebpf;

/// <summary>Represents what the verifier knew of registers and stack before the instruction that it refused.</summary>
public sealed class VerifierState
{
    internal VerifierState(int frame, IReadOnlyList<VerifierValue> registers, IReadOnlyList<VerifierValue> stack)
    {
        Frame = frame;
        Registers = registers;
        Stack = stack;
    }

    /// <summary>Gets the number of function calls that have not returned yet: 0 in the program itself.</summary>
    public int Frame { get; }

    /// <summary>Gets the registers that have a value, in order.</summary>
    public IReadOnlyList<VerifierValue> Registers { get; }

    /// <summary>Gets the parts of the function's stack that have been written, from the top (<c>fp-8</c>) downwards.</summary>
    public IReadOnlyList<VerifierValue> Stack { get; }

    /// <summary>Gets the value of a register; <c>null</c> if it has none, or if it is unknown.</summary>
    /// <param name="register">The register.</param>
    public VerifierValue? this[Register register] => Find(Registers, $"R{(int)register}");

    /// <summary>Returns the value of eight bytes of the stack; <c>null</c> if unknown.</summary>
    /// <param name="offset">The offset from the frame pointer, in bytes: -8, -16 and so on.</param>
    public VerifierValue? StackAt(int offset) => Find(Stack, string.Create(CultureInfo.InvariantCulture, $"fp{offset}"));

    /// <summary>Returns the state on one line, as in the log.</summary>
    public override string ToString() =>
        (Frame == 0 ? "" : $"frame{Frame}: ") + string.Join(' ', Registers.Concat(Stack));

    private static VerifierValue? Find(IReadOnlyList<VerifierValue> values, string name)
    {
        foreach (VerifierValue value in values)
        {
            if (value.Name == name) return value;
        }

        return null;
    }
}

/// <summary>Represents what the verifier knows of the contents of a register or of eight bytes of the stack.</summary>
/// <param name="Name">The name of the register or of the place in the stack: <c>R1</c>, <c>fp-8</c>.</param>
/// <param name="Text">The contents, in the verifier's words: <c>map_value_or_null(id=2,map=counts,ks=4,vs=8)</c>.</param>
public sealed record VerifierValue(string Name, string Text)
{
    /// <summary>
    /// Gets the kind of value: <c>map_value_or_null</c>, <c>ctx</c>, <c>fp</c>; <c>scalar</c> for numbers, which kernels before
    /// 5.18 call <c>inv</c>.
    /// </summary>
    public string Kind
    {
        get
        {
            ReadOnlySpan<char> text = Text;

            // Values whose exact bounds matter are marked: P5, Pscalar().
            if (text.Length > 1 && text[0] == 'P' && (IsNumber(text[1..]) || text[1..].StartsWith("scalar"))) text = text[1..];
            if (IsNumber(text) || text.StartsWith("inv")) return "scalar";
            if (text.StartsWith("fp") && IsNumber(text[2..])) return "fp";
            int end = text.IndexOf('(');
            return (end < 0 ? text : text[..end]).ToString();
        }
    }

    /// <summary>Returns name and contents, as in the log: <c>R1=ctx()</c>.</summary>
    public override string ToString() => $"{Name}={Text}";

    private static bool IsNumber(ReadOnlySpan<char> text) =>
        text.Length > 0 && (char.IsAsciiDigit(text[0]) || (text.Length > 1 && text[0] == '-' && char.IsAsciiDigit(text[1])));
}
