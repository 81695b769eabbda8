namespace Ebpf.CoRe;

/// <summary>What one candidate makes of a question.</summary>
/// <param name="Value">The value; 0 if there is none.</param>
/// <param name="Access">How the field can be read, when its offset was asked for.</param>
/// <param name="Problem">Why there is no value; <c>null</c> if there is one.</param>
internal readonly record struct Answer(ulong Value, AccessShape Access, string? Problem)
{
    public bool IsFound => Problem is null;

    /// <summary>Whether an instruction would be the same after this answer as after the other.</summary>
    public bool Agrees(in Answer other) =>
        IsFound == other.IsFound && Value == other.Value && Access == other.Access;

    public static Answer Missing(string problem) => new(0, default, problem);
}
