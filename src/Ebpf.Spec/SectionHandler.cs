namespace Ebpf;

/// <summary>What programs in a section of the user's own naming are.</summary>
/// <remarks>
/// Handlers are tried before the names that this library knows, in their order; one without a section last of all.
/// </remarks>
/// <param name="Section">
/// The section: <c>x</c> is exactly this name; <c>x+</c> also <c>x/…</c>, whose tail becomes
/// <see cref="ProgramSpec.AttachTo"/>; <c>x/</c> every name that begins so; <c>null</c> whatever no other rule knows.
/// </param>
/// <param name="Type">The kind of program.</param>
public sealed record SectionHandler(string? Section, ProgramType Type)
{
    /// <summary>Where the programs are to be attached.</summary>
    public AttachType AttachType { get; init; }

    /// <summary>The flags with which they are loaded.</summary>
    public ProgramFlags Flags { get; init; }
}
