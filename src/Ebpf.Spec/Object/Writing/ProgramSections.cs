using Ebpf.Sections;

namespace Ebpf.Object.Writing;

/// <summary>Finds the name of a section that says of a program what its spec says.</summary>
internal static class ProgramSections
{
    /// <summary>The section in which a program is written: its own, changed as far as the spec was changed.</summary>
    /// <exception cref="BpfException">No name says it.</exception>
    public static string NameOf(string name, ProgramSpec program)
    {
        string mark = program.AutoLoad ? "" : "?";
        string own = mark + program.SectionName.TrimStart('?');
        if (program.SectionName.Length > 0 && Says(own, program)) return own;

        // A section of the user's own naming means what the reader is told; all that can change of it is the target.
        if (program.Rule is { } rule && IsOwn(rule) && Fits(rule, program, loose: false))
        {
            string target = program.AttachTo is null ? "" : "/" + program.AttachTo;
            return rule.TakesTarget ? mark + rule.Name + target : own;
        }

        foreach (bool loose in (ReadOnlySpan<bool>)[false, true])
        {
            foreach (SectionRule known in Candidates(program))
            {
                if (!Fits(known, program, loose) || (program.AttachTo is not null && !known.TakesTarget)) continue;
                return program.AttachTo is null ? mark + known.Name : $"{mark}{known.Name}/{program.AttachTo}";
            }
        }

        throw Inexpressible.Program(
            name,
            $"no name of a section says that it is of type {program.Type}"
            + (program.AttachType is { } attach ? $", for {attach}" : "")
            + (program.AttachTo is { } to ? $" of \"{to}\"" : "")
            + (program.Flags != ProgramFlags.None ? $", with the flags {program.Flags}" : ""));
    }

    /// <summary>The rule that the program had first, then all.</summary>
    private static IEnumerable<SectionRule> Candidates(ProgramSpec program) =>
        program.Rule is { } rule && !IsOwn(rule) ? SectionTable.Rules.Prepend(rule) : SectionTable.Rules;

    private static bool IsOwn(SectionRule rule) => !SectionTable.Rules.Contains(rule);

    private static bool Says(string section, ProgramSpec program)
    {
        SectionMeaning meaning = SectionResolver.Default.Resolve(section);
        return program.Type == (meaning.Rule?.ProgramType ?? ProgramType.Unspecified)
            && program.AttachType == meaning.Rule?.AttachType
            && program.Flags == (meaning.Rule?.ProgramFlags ?? ProgramFlags.None)
            && program.AttachTo == meaning.Target
            && program.AutoLoad == meaning.AutoLoad;
    }

    /// <param name="rule">The kind of section.</param>
    /// <param name="program">The program.</param>
    /// <param name="loose">Whether a program that names no attach type can have that of the section, which need not be given.</param>
    private static bool Fits(SectionRule rule, ProgramSpec program, bool loose) =>
        rule.ProgramType == program.Type
        && rule.ProgramFlags == program.Flags
        && (rule.AttachType == program.AttachType
            || (loose && program.AttachType is null && rule.Flags.HasFlag(SectionFlags.ExpectedAttachOptional)));
}
