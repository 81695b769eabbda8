namespace Ebpf.Asm;

/// <summary>What the encoder may do to the instructions it is given.</summary>
public sealed record EncodeOptions
{
    /// <summary>
    /// Gets or sets whether a <c>goto</c> to a label that 16 bits cannot reach becomes a <c>gotol</c>, which needs Linux 6.6 (ISA
    /// v4). Otherwise, and for conditional jumps always, that is an error. Default: <c>false</c>.
    /// </summary>
    public bool AllowLongJumps { get; init; }
}
