namespace Ebpf;

/// <summary>Specifies flags of a test run (<c>BPF_F_TEST_*</c>).</summary>
[Flags]
public enum TestRunFlags : uint
{
    /// <summary>No flags.</summary>
    None = 0,

    /// <summary>
    /// Runs a raw tracepoint program on the CPU <see cref="TestRunOptions.Cpu"/>, which sets this flag itself
    /// (<c>BPF_F_TEST_RUN_ON_CPU</c>, since Linux 5.10).
    /// </summary>
    RunOnCpu = 1 << 0,

    /// <summary>
    /// Carries out the verdicts of an XDP program: packets are really sent, redirected, or given to the network stack as if they
    /// had come from an interface (<c>BPF_F_TEST_XDP_LIVE_FRAMES</c>, since Linux 5.18). See
    /// <see cref="TestRunOptions.LiveFrames"/>.
    /// </summary>
    XdpLiveFrames = 1 << 1,

    /// <summary>
    /// Gives the packet a checksum as if computed by hardware, and lets the kernel check that it is right after the run
    /// (<c>BPF_F_TEST_SKB_CHECKSUM_COMPLETE</c>, since Linux 6.17).
    /// </summary>
    SkbChecksumComplete = 1 << 2,
}
