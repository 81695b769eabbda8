namespace Ebpf.Asm;

/// <summary>Defines what is printed beside the instructions.</summary>
public sealed record InstructionFormatOptions
{
    /// <summary>
    /// Gets whether each line of source is printed as a comment before its first instruction. The default is <c>true</c>.
    /// </summary>
    public bool SourceLines { get; init; } = true;

    /// <summary>
    /// Gets whether the number of its slot, which messages of the verifier name, is printed before each instruction. The default
    /// is <c>true</c>.
    /// </summary>
    public bool SlotNumbers { get; init; } = true;
}
