using System.Runtime.InteropServices;

namespace Ebpf;

/// <summary>Defines options for a test run (<see cref="BpfProgram.TestRun(TestRunOptions, CancellationToken)"/>).</summary>
public sealed record TestRunOptions
{
    /// <summary>
    /// Gets the packet, for programs that see one: at least the 14 bytes of an Ethernet header, for netfilter programs the 20 bytes of
    /// one of IPv4.
    /// </summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>
    /// Gets the context, for programs that take one: <c>struct __sk_buff</c>, <c>struct xdp_md</c>, <c>struct bpf_sk_lookup</c>,
    /// <c>struct bpf_flow_keys</c> (of which only the flags count), the arguments of a raw tracepoint or of a struct_ops function (8
    /// bytes each), a syscall program's own. For one that is a struct, see
    /// <see cref="BpfProgram.TestRun{TContext}(ref TContext, ReadOnlySpan{byte})"/>.
    /// </summary>
    public ReadOnlyMemory<byte> Context { get; init; }

    /// <summary>
    /// Gets the number of bytes by which the packet may grow; a packet that grows more fails with <c>ENOSPC</c>. At least 0; the
    /// default is 256.
    /// </summary>
    public int Headroom { get; init; } = 256;

    /// <summary>
    /// Gets the number of runs, each on the packet that the previous one left. At least 1, which is the default; raw tracepoint,
    /// tracing, syscall and struct_ops programs run only once.
    /// </summary>
    public int Repeat { get; init; } = 1;

    /// <summary>Gets the flags. The default is <see cref="TestRunFlags.None"/>.</summary>
    public TestRunFlags Flags { get; init; }

    /// <summary>
    /// Gets the CPU on which a raw tracepoint program runs; <c>null</c>, which is the default, for that of the calling thread.
    /// Programs of other types always run on that.
    /// </summary>
    public int? Cpu { get; init; }

    /// <summary>
    /// Gets the number of packets that are handled at once with <see cref="TestRunFlags.XdpLiveFrames"/>: at most 256; 0, which
    /// is the default, for 64.
    /// </summary>
    public int BatchSize { get; init; }

    /// <summary>
    /// Creates options with which an XDP program gets packets as if an interface had received them, and its verdicts are carried out: a
    /// traffic generator. Since Linux 5.18; needs CAP_NET_ADMIN or CAP_SYS_ADMIN.
    /// </summary>
    /// <param name="packet">The packet. The program may change it: it gets copies, which are reused.</param>
    /// <param name="interfaceIndex">
    /// The index of the interface from which they seem to come, in this thread's network namespace; at least 1.
    /// </param>
    /// <param name="count">The number of packets; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is too small.</exception>
    /// <remarks>
    /// The only result is the average time for one packet; <see cref="TestRunResult.ReturnValue"/> is 0, and
    /// <see cref="TestRunResult.Data"/> and <see cref="TestRunResult.Context"/> are empty.
    /// </remarks>
    public static TestRunOptions LiveFrames(ReadOnlyMemory<byte> packet, int interfaceIndex, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(interfaceIndex);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);

        // struct xdp_md: data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex.
        ReadOnlySpan<uint> context = [0, (uint)packet.Length, 0, (uint)interfaceIndex, 0, 0];
        return new TestRunOptions
        {
            Data = packet,
            Context = MemoryMarshal.AsBytes(context).ToArray(),
            Repeat = count,
            Flags = TestRunFlags.XdpLiveFrames,
        };
    }

    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Repeat, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(Headroom);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Headroom, Array.MaxLength - Data.Length, nameof(Headroom));
        ArgumentOutOfRangeException.ThrowIfNegative(BatchSize);
        if (Cpu is { } cpu) ArgumentOutOfRangeException.ThrowIfNegative(cpu, nameof(Cpu));
    }
}

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
