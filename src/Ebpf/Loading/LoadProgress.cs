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

/// <summary>One step of loading a collection is done.</summary>
/// <param name="Stage">What is being loaded.</param>
/// <param name="Name">The map or program that is done.</param>
/// <param name="Done">How many of the stage are done, with this one. Programs are loaded several at once, in no certain order.</param>
/// <param name="Total">How many the stage has.</param>
public sealed record LoadProgress(LoadStage Stage, string Name, int Done, int Total)
{
    /// <summary>How long this one took.</summary>
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
