namespace Ebpf;

/// <summary>What is being loaded.</summary>
public enum LoadStage
{
    /// <summary>Maps are made.</summary>
    Maps,

    /// <summary>Programs are relocated for this kernel.</summary>
    Preparation,

    /// <summary>Programs are verified.</summary>
    Programs,
}

/// <summary>One step of loading a collection is done (<see cref="CollectionOptions.Progress"/>).</summary>
public sealed record LoadProgress
{
    /// <summary>Gets what is being loaded.</summary>
    public LoadStage Stage { get; init; }

    /// <summary>Gets the name of the map or program that is done.</summary>
    public string Name { get; init; } = "";

    /// <summary>
    /// Gets how many of the stage are done, including this one. Several programs are loaded at once, in no certain order.
    /// </summary>
    public int Done { get; init; }

    /// <summary>Gets how many the stage has.</summary>
    public int Total { get; init; }

    /// <summary>Gets how long this one took.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>
    /// How many instructions the verifier went through for the program, on all paths; 0 for others, and before Linux 5.16.
    /// </summary>
    public uint VerifiedInstructions { get; init; }

    /// <summary>One line: <c>Programs 3/7: count_packets (1.2 ms)</c>.</summary>
    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{Stage} {Done}/{Total}: {Name} ({Elapsed.TotalMilliseconds:0.0} ms{(VerifiedInstructions == 0 ? "" : $", {VerifiedInstructions} instructions")})");
}
