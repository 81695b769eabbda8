using System.Globalization;

namespace Ebpf;

/// <summary>Specifies a stage of loading a collection.</summary>
public enum LoadStage
{
    /// <summary>Maps are created or opened.</summary>
    Maps,

    /// <summary>Programs are relocated for this kernel.</summary>
    Preparation,

    /// <summary>Programs are verified and loaded.</summary>
    Programs,
}

/// <summary>Describes a completed step of loading a collection.</summary>
public sealed record LoadProgress
{
    /// <summary>Gets the stage.</summary>
    public LoadStage Stage { get; init; }

    /// <summary>Gets the name of the map or program.</summary>
    public string Name { get; init; } = "";

    /// <summary>
    /// Gets the number of maps or programs of the stage that are done, including this one. Programs are loaded in no certain
    /// order.
    /// </summary>
    public int Done { get; init; }

    /// <summary>Gets the number of maps or programs of the stage.</summary>
    public int Total { get; init; }

    /// <summary>Gets the time that this step took.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>
    /// Gets the number of instructions that the verifier processed for the program, on all paths; 0 in other stages, and before
    /// Linux 5.16.
    /// </summary>
    public uint VerifiedInstructions { get; init; }

    /// <summary>Returns the step on one line: <c>Programs 3/7: count_packets (1.2 ms)</c>.</summary>
    public override string ToString()
    {
        string verified = VerifiedInstructions == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {VerifiedInstructions} instructions");
        return string.Create(
            CultureInfo.InvariantCulture, $"{Stage} {Done}/{Total}: {Name} ({Elapsed.TotalMilliseconds:0.0} ms{verified})");
    }
}
