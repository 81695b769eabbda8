using System.Diagnostics.CodeAnalysis;

namespace Ebpf;

/// <summary>Specifies the reason for a <see cref="MapException"/>.</summary>
public enum MapProblem
{
    /// <summary>Another reason: see <see cref="BpfException.Errno"/>.</summary>
    Other,

    /// <summary>The map holds its maximum number of elements.</summary>
    Full,

    /// <summary>
    /// A walk over the elements was given up, because other threads, processes or programs removed elements faster than it could
    /// advance. Elements may be missing.
    /// </summary>
    WalkInterrupted,

    /// <summary>
    /// An existing map, pinned or given in options, is not compatible with the spec: see <see cref="MapException.Differences"/>.
    /// </summary>
    Incompatible,
}

/// <summary>
/// The exception that is thrown when an operation on a map fails for a reason that a caller may want to handle.
/// </summary>
public sealed class MapException : BpfException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="problem">The reason.</param>
    /// <param name="operation">What was being done and to what.</param>
    /// <param name="error">The error number that the kernel returned.</param>
    /// <param name="advice">What the user can do about it; <c>null</c> if unknown.</param>
    /// <param name="inner">The exception that caused this one; <c>null</c> for none.</param>
    public MapException(MapProblem problem, string operation, Errno error, string? advice = null, Exception? inner = null)
        : base(operation, error, advice, inner) => Problem = problem;

    /// <summary>Gets the reason.</summary>
    public MapProblem Problem { get; }

    /// <summary>
    /// Gets the number of elements that a batch wrote before it failed; the elements up to there are in the map. 0 for operations
    /// on single elements.
    /// </summary>
    public int Completed { get; init; }

    /// <summary>
    /// Gets the differences between the map and the spec, if <see cref="Problem"/> is <see cref="MapProblem.Incompatible"/>;
    /// otherwise an empty list.
    /// </summary>
    public IReadOnlyList<SpecDifference> Differences { get; init; } = [];

    /// <summary>Makes the error for a map that is not like its spec.</summary>
    internal static MapException Incompatible(string operation, IReadOnlyList<SpecDifference> differences) =>
        new(MapProblem.Incompatible, operation, Errno.None, string.Join("; ", differences)) { Differences = differences };

    [DoesNotReturn]
    internal static void ThrowInterrupted(BpfMap map) => throw new MapException(
        MapProblem.WalkInterrupted,
        $"Walk over the elements in map \"{map.Name}\"",
        Errno.None,
        "it was given up, since elements were deleted all the time and it did not come to the end");
}
