namespace Ebpf.Asm;

/// <summary>What is printed beside the instructions.</summary>
public sealed record InstructionFormatOptions
{
    /// <summary>
    /// Gets or sets whether each line of source stands as a comment before its first instruction. Default: <c>true</c>.
    /// </summary>
    public bool SourceLines { get; init; } = true;

    /// <summary>
    /// Gets or sets whether the number of its slot, which messages of the verifier name, stands before each instruction.
    /// Default: <c>true</c>.
    /// </summary>
    public bool SlotNumbers { get; init; } = true;
}
