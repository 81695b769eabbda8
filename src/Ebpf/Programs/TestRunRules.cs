namespace Ebpf.Programs;

/// <summary>What the kernel takes and gives when it runs programs for trial, which differs by their type.</summary>
/// <param name="MinimalData">How many bytes of packet there must be; 0 for programs that see none.</param>
/// <param name="GivesContext">Whether it gives the context back, in a buffer of its own.</param>
/// <param name="Repeats">Whether it runs the program more than once.</param>
internal readonly record struct TestRunRules(int MinimalData, bool GivesContext, bool Repeats)
{
    private const int EthernetHeader = 14, Ipv4Header = 20;

    /// <summary>Whether it takes packets.</summary>
    public bool TakesData => MinimalData > 0;

    /// <summary>The rules for a type (the functions <c>bpf_prog_test_run_*</c> of Linux 6.18).</summary>
    public static TestRunRules Of(ProgramType type) => type switch
    {
        ProgramType.RawTracepoint or ProgramType.RawTracepointWritable or ProgramType.Tracing or ProgramType.Syscall
            or ProgramType.StructOps => new(0, GivesContext: false, Repeats: false),
        ProgramType.SkLookup => new(0, GivesContext: true, Repeats: true),
        ProgramType.Netfilter => new(Ipv4Header, GivesContext: false, Repeats: true),
        _ => new(EthernetHeader, GivesContext: true, Repeats: true),
    };
}
