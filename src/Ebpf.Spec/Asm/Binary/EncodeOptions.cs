namespace Ebpf.Asm;

/// <summary>Defines what the encoder may do to the instructions that it is given.</summary>
public sealed record EncodeOptions
{
    /// <summary>
    /// Gets whether a <c>goto</c> to a label that 16 bits cannot reach is encoded as a <c>gotol</c>, which needs Linux 6.6 (ISA
    /// v4). Otherwise, and for conditional jumps always, such a distance is an error. The default is <c>false</c>.
    /// </summary>
    public bool AllowLongJumps { get; init; }
}
