namespace Ebpf;

/// <summary>Options for attaching everything in a collection (<see cref="BpfCollection.AttachAll"/>).</summary>
public sealed record AttachAllOptions
{
    /// <summary>
    /// Gets the targets of programs, by the names that they have in the collection. A target here takes the place of what the section's name
    /// says.
    /// </summary>
    public IDictionary<string, AttachPoint> Targets { get; init; } = new Dictionary<string, AttachPoint>(StringComparer.Ordinal);

    /// <summary>
    /// Gets what finds the target of a program that is not in <see cref="Targets"/> and whose section's name does not say where:
    /// <c>program =&gt; program.Type == ProgramType.Xdp ? AttachPoint.Interface("eth0") : null</c>. For <c>null</c> the program stays
    /// unattached. The default finds none.
    /// </summary>
    public Func<BpfProgram, AttachPoint?>? FindTarget { get; init; }

    /// <summary>Gets the names of programs and struct_ops maps that are left out: called by tail calls, or attached by the caller.</summary>
    public ICollection<string> Exclude { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>
    /// Gets whether what is attached stays when something else cannot be; the outcome tells of each failure then. The default is
    /// <c>false</c>: the first failure detaches everything again.
    /// </summary>
    public bool KeepGoing { get; init; }
}
