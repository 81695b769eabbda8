namespace Ebpf;

/// <summary>
/// What a program returns that decides about a socket's data or chooses a socket: <see cref="ProgramType.SkSkb"/> (verdicts),
/// <see cref="ProgramType.SkMsg"/>, <see cref="ProgramType.SkReuseport"/> and <see cref="ProgramType.SkLookup"/>
/// (<c>enum sk_action</c>).
/// </summary>
public enum SkAction : uint
{
    /// <summary>The packet, message or connection is dropped (<c>SK_DROP</c>).</summary>
    Drop = 0,

    /// <summary>
    /// It passes: to the socket that the program chose, or else to where it would have gone without the program
    /// (<c>SK_PASS</c>).
    /// </summary>
    Pass = 1,
}
