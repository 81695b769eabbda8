using Ebpf.Linux;

namespace Ebpf.Links;

/// <summary>Checks before the kernel is asked that a program is of a kind that can be attached so.</summary>
/// <remarks>
/// The kernel's own answer to a program of another type is EINVAL, as to everything else that it does not like. The attach type of a
/// program that was opened is not known: then the kernel decides.
/// </remarks>
internal static class AttachRules
{
    /// <summary>Throws unless a program is of one of the types that an attach method takes.</summary>
    /// <param name="program">The program.</param>
    /// <param name="what">What is attached to what, for the message.</param>
    /// <param name="sections">Sections whose programs can be attached so: <c>SEC("xdp")</c>.</param>
    /// <param name="types">The types.</param>
    /// <exception cref="InvalidOperationException">It is of another type.</exception>
    public static void RequireType(BpfProgram program, string what, string sections, params ReadOnlySpan<ProgramType> types)
    {
        if (!types.Contains(program.Type)) throw Wrong(program, what, $"it is a {program.Type} program", sections);
    }

    /// <summary>Throws if a program was loaded for another place than those that an attach method knows.</summary>
    /// <param name="program">The program.</param>
    /// <param name="what">What is attached to what, for the message.</param>
    /// <param name="sections">Sections whose programs can be attached so.</param>
    /// <param name="fits">Whether an attach type fits.</param>
    /// <exception cref="InvalidOperationException">It does not fit.</exception>
    public static void RequireAttachType(BpfProgram program, string what, string sections, Func<AttachType, bool> fits)
    {
        if (program.AttachType is { } type && !fits(type)) throw Wrong(program, what, $"it was loaded with attach type {type}", sections);
    }

    private static InvalidOperationException Wrong(BpfProgram program, string what, string problem, string sections)
    {
        string section = program.SectionName.Length > 0 ? $" (section \"{program.SectionName}\")" : "";
        return new($"Attach {what}: {problem}{section}; this method attaches programs of {sections}.");
    }
}
