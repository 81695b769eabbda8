namespace Ebpf.Links.Uprobes;

/// <summary>Attaches uprobe programs to what the names of their sections say.</summary>
internal static class UprobeSections
{
    /// <summary>Attaches a program: <c>uprobe/libc.so.6:malloc</c>, <c>uretprobe.multi/libc.so.6:mem*</c>.</summary>
    /// <param name="program">The program, whose section's name says a file and functions.</param>
    /// <param name="scope">In which processes it counts.</param>
    public static BpfLink Attach(BpfProgram program, ProcessScope scope)
    {
        switch (program.SectionTarget)
        {
            case UprobeTarget target:
                // The name may be an address, which Function would take for a name.
                CodeLocation location = CodeLocation.Parse(target.Function);
                if (target.Offset != 0) location = CodeLocation.Function(target.Function, target.Offset);
                return UprobeAttach.Attach(program, target.Path, location, program.IsAtReturn, new UprobeOptions { Scope = scope });
            case UprobePatternTarget target:
                return UprobeAttach.AttachPattern(program, target.Path, target.Pattern, program.IsAtReturn, new UprobeMultiOptions { Scope = scope });
            default:
                throw new InvalidOperationException(
                    $"Attach program \"{program.Name}\" in {scope}: its section's name says no file and function: use {nameof(BpfProgram.AttachUprobe)}.");
        }
    }
}
