using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Programs;

/// <summary>What the kernel takes and gives in test runs, which differs by the type of the program.</summary>
/// <param name="MinimalData">How many bytes of packet there must be; 0 for programs that see none.</param>
/// <param name="GivesContext">Whether it gives the context back, in a buffer of its own.</param>
/// <param name="Repeats">Whether it runs the program more than once.</param>
/// <param name="ChoosesCpu">Whether it runs the program on a CPU that is asked for.</param>
internal readonly record struct TestRunRules(int MinimalData, bool GivesContext, bool Repeats, bool ChoosesCpu)
{
    private const int EthernetHeader = 14, Ipv4Header = 20;

    /// <summary>Whether it takes packets.</summary>
    public bool TakesData => MinimalData > 0;

    /// <summary>The rules for a type (the functions <c>bpf_prog_test_run_*</c> of Linux 6.18).</summary>
    public static TestRunRules Of(ProgramType type) => type switch
    {
        ProgramType.RawTracepoint or ProgramType.RawTracepointWritable => new(0, GivesContext: false, Repeats: false, ChoosesCpu: true),
        ProgramType.Tracing or ProgramType.Syscall or ProgramType.StructOps => new(0, GivesContext: false, Repeats: false, ChoosesCpu: false),
        ProgramType.SkLookup => new(0, GivesContext: true, Repeats: true, ChoosesCpu: false),
        ProgramType.Netfilter => new(Ipv4Header, GivesContext: false, Repeats: true, ChoosesCpu: false),
        _ => new(EthernetHeader, GivesContext: true, Repeats: true, ChoosesCpu: false),
    };

    /// <summary>Refuses what the kernel never does for programs of a type; before Linux 5.15 it says nothing of some of that.</summary>
    /// <exception cref="ArgumentException">An option is not for programs of this type.</exception>
    public void Check(ProgramType type, TestRunOptions options)
    {
        if (options.Repeat > 1 && !Repeats) throw RunsOnce(type, nameof(options));
        if (!ChoosesCpu && (options.Cpu is not null || options.Flags.HasFlag(TestRunFlags.RunOnCpu)))
        {
            throw new ArgumentException(
                $"Only raw tracepoint programs are run on a CPU that is chosen: {type} programs run on that of the calling thread.", nameof(options));
        }
    }

    /// <summary>Makes the error for a program that is to run more than once.</summary>
    public static ArgumentException RunsOnce(ProgramType type, string parameter) => new($"{type} programs are run only once in a test run.", parameter);

    /// <summary>Makes the error for a test run that failed.</summary>
    /// <param name="program">The program.</param>
    /// <param name="attr">What it was given.</param>
    /// <param name="room">How many bytes of packet there was room for afterwards.</param>
    /// <param name="error">What the kernel answered.</param>
    public static BpfException Explain(BpfProgram program, in ProgramTestRunAttr attr, int room, Errno error)
    {
        ProgramType type = program.Type;
        string? advice = error switch
        {
            Errno.ENOTSUPP or Errno.EOPNOTSUPP => $"{type} programs have no test runs on this kernel",
            Errno.EINTR => "interrupted by signals again and again",
            Errno.ENOSPC when attr.DataOutSize > room =>
                $"the packet has {attr.DataOutSize} bytes now, and there was room for {room}: set Headroom to {attr.DataOutSize - attr.DataInSize}, or give a longer span",
            Errno.E2BIG when IsLive(attr) && attr.BatchSize > 0 => "at most 256 packets are handled at once",
            Errno.E2BIG when attr.ContextInSize > 0 => "the context is longer than this kernel's struct, and not zero behind the end of that",
            Errno.ENXIO when Has(attr, TestRunFlags.RunOnCpu) => $"there is no CPU {attr.Cpu}, or it is off",
            Errno.EBADMSG when Has(attr, TestRunFlags.SkbChecksumComplete) => "the checksum of the packet is wrong after the run",
            Errno.ENOMEM when attr.DataInSize > program.Kernel.PageSize => TooLong(in attr),

            // XDP before Linux 5.18.
            Errno.EMSGSIZE => TooLong(in attr),
            Errno.EINVAL => WhatIsInvalid(program, in attr),
            _ => null,
        };
        return Refusal.Explain(program.Kernel, $"Test run of program \"{program.Name}\"", error, Privileges.Bpf, advice);
    }

    private static bool IsLive(in ProgramTestRunAttr attr) => Has(attr, TestRunFlags.XdpLiveFrames);

    private static bool Has(in ProgramTestRunAttr attr, TestRunFlags flag) => (attr.Flags & (uint)flag) != 0;

    private static string TooLong(in ProgramTestRunAttr attr) => $"a packet of {attr.DataInSize} bytes is too long for a test run of this program";

    /// <summary>The kernel has one answer for everything; what is looked at first here is what it looks at first.</summary>
    private static string? WhatIsInvalid(BpfProgram program, in ProgramTestRunAttr attr)
    {
        ProgramType type = program.Type;
        TestRunRules rules = Of(type);
        bool isXdp = type == ProgramType.Xdp, isRaw = type is ProgramType.RawTracepoint or ProgramType.RawTracepointWritable;
        bool isSkb = rules.TakesData && type is not (ProgramType.Xdp or ProgramType.Netfilter or ProgramType.FlowDissector);
        Version live = new(5, 18);

        // Beside the packet, a page holds headroom and the end of the socket buffer (struct skb_shared_info).
        const int beside = 640;
        return attr switch
        {
            _ when IsLive(attr) && isXdp && KernelFacts.Of(program.Kernel).Version < live => "live frames since Linux 5.18",
            _ when IsLive(attr) && !isXdp => "only XDP programs have live frames",
            _ when Has(attr, TestRunFlags.SkbChecksumComplete) && !isSkb => "only programs with a socket buffer have its checksum",
            _ when attr.BatchSize > 0 && !IsLive(attr) => "only live frames are handled in batches",
            _ when !rules.TakesData && attr.DataInSize > 0 => $"{type} programs take no packet, but a context",
            _ when attr.DataInSize < rules.MinimalData =>
                $"a packet for a {type} program has at least {rules.MinimalData} bytes, this one {attr.DataInSize}",
            _ when type == ProgramType.SkLookup && attr.ContextInSize == 0 => "a struct bpf_sk_lookup is needed as the context",
            _ when isRaw || type is ProgramType.Syscall => $"the program reads more of its context than the {attr.ContextInSize} bytes that it is given",
            _ when rules.TakesData && attr.DataInSize > program.Kernel.PageSize - beside => TooLong(in attr),
            _ when isXdp && attr.ContextInSize > 0 =>
                "of struct xdp_md, data is the size of the metadata before the packet (a multiple of 4), data_end that of both, data_meta 0, "
                + "and ingress_ifindex an interface of this network namespace with the queue rx_queue_index, or 0",
            _ when isSkb && attr.ContextInSize > 0 =>
                "of struct __sk_buff, a test run takes mark, priority, ingress_ifindex, ifindex, cb, tstamp, wire_len, gso_segs, gso_size and "
                + "hwtstamp, as far as the kernel has them; the rest must be zero, and the interfaces must be there",
            _ => null,
        };
    }
}
