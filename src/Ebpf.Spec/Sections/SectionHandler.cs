namespace Ebpf;

/// <summary>Defines what the programs in a section of the user's own naming are.</summary>
/// <remarks>
/// Handlers are tried before the names that this library knows, in their order; one without a section last of all.
/// </remarks>
/// <param name="Section">
/// The section: <c>x</c> is exactly this name; <c>x+</c> also <c>x/…</c>, whose tail becomes
/// <c>ProgramSpec.AttachTo</c>; <c>x/</c> every name that begins so; <c>null</c> every name that no other rule knows.
/// </param>
/// <param name="Type">The type of the programs.</param>
public sealed record SectionHandler(string? Section, ProgramType Type)
{
    /// <summary>Gets where the programs are to be attached; <c>null</c> for types of program that have no attach type.</summary>
    public AttachType? AttachType { get; init; }

    /// <summary>Gets the flags with which the programs are loaded.</summary>
    public ProgramFlags Flags { get; init; }
}
