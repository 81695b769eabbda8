using System.Globalization;
using Ebpf.Btf;

namespace Ebpf;

/// <summary>Represents one instruction that the verifier processed, and where it comes from.</summary>
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

    /// <summary>Gets the number of the instruction in the program, in slots of 8 bytes as in the log.</summary>
    public int Instruction { get; }

    /// <summary>Gets the instruction: <c>r0 = *(u64 *)(r0 + 0)</c>; empty if the program has none of this number.</summary>
    public string Text { get; }

    /// <summary>Gets the function with the instruction; <c>null</c> if unknown.</summary>
    public string? Function { get; }

    /// <summary>Gets the line of the source; <c>null</c> if unknown.</summary>
    public LineInfo? Source { get; internal init; }

    /// <summary>
    /// Gets the instruction that jumped, called or returned here; <c>null</c> if the path came from the previous instruction.
    /// </summary>
    public int? JumpedFrom { get; }

    /// <summary>Returns the number and the instruction: <c>12: r0 = *(u64 *)(r0 + 0)</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Instruction}: {Text}");
}
