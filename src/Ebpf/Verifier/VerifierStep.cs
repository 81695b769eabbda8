using System.Globalization;
using Ebpf.Btf;

namespace Ebpf;

/// <summary>One instruction that the verifier looked at, and where it comes from.</summary>
public sealed record VerifierStep
{
    internal VerifierStep(int instruction, string text, string? function, LineInfo? source, int? jumpedFrom)
    {
        Instruction = instruction;
        Text = text;
        Function = function;
        Source = source;
        JumpedFrom = jumpedFrom;
    }

    /// <summary>Gets the instruction's number in the program, in slots of 8 bytes, as the log counts.</summary>
    public int Instruction { get; }

    /// <summary>The instruction: <c>r0 = *(u64 *)(r0 + 0)</c>; empty if the program has none of this number.</summary>
    public string Text { get; }

    /// <summary>The function in which it stands; <c>null</c> when that is not known.</summary>
    public string? Function { get; }

    /// <summary>The line of the source; <c>null</c> when that is not known.</summary>
    public LineInfo? Source { get; internal init; }

    /// <summary>
    /// The instruction that jumped or called here, or returned; <c>null</c> when the way came from the instruction before.
    /// </summary>
    public int? JumpedFrom { get; }

    /// <summary>The number and the instruction: <c>12: r0 = *(u64 *)(r0 + 0)</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Instruction}: {Text}");
}
