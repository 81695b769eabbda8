namespace Ebpf;

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
