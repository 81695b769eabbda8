namespace Ebpf;

/// <summary>How a collection is loaded.</summary>
public sealed record CollectionOptions
{
    /// <summary>
    /// What the verifier writes into <see cref="BpfProgram.VerifierLog"/> of programs that it accepts. By default nothing,
    /// which is fastest; the log of a refused program is in the <see cref="VerifierException"/> in any case.
    /// </summary>
    public VerifierLogLevel LogLevel { get; init; }
}
