namespace Ebpf.CoRe;

/// <summary>The value of a query for one candidate.</summary>
/// <param name="Value">The value; 0 if there is none.</param>
/// <param name="Access">How the field can be read, when its offset was asked for.</param>
/// <param name="Problem">Why there is no value; <c>null</c> if there is one.</param>
internal readonly record struct CoReValue(ulong Value, AccessShape Access, string? Problem)
{
    public bool IsFound => Problem is null;

    /// <summary>Whether an instruction would be the same with this value as with the other.</summary>
    public bool Agrees(in CoReValue other) =>
        IsFound == other.IsFound && Value == other.Value && Access == other.Access;

    public static CoReValue Missing(string problem) => new(0, default, problem);
}
