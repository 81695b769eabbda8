using System.Runtime.InteropServices;

namespace Ebpf;

/// <summary>How a program is run for trial (<see cref="BpfProgram.TestRun(TestRunOptions)"/>).</summary>
public sealed record TestRunOptions
{
    /// <summary>
    /// The packet, for programs that see one: at least the 14 bytes of an Ethernet header, for netfilter programs the 20 bytes of
    /// one of IPv4.
    /// </summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>
    /// The context, for programs that take one: <c>struct __sk_buff</c>, <c>struct xdp_md</c>, <c>struct bpf_sk_lookup</c>,
    /// <c>struct bpf_flow_keys</c> (of which only the flags count), the arguments of a raw tracepoint or a function of struct_ops (8
    /// bytes each), a syscall program's own.
    /// </summary>
    public ReadOnlyMemory<byte> Context { get; init; }

    /// <summary>
    /// How many bytes the packet may have grown by after the run; what does not fit fails with <c>ENOSPC</c>. Default: 256.
    /// </summary>
    public int Headroom { get; init; } = 256;

    /// <summary>
    /// How often the program is run, each time on what the last run left of the packet. 1 for raw tracepoint, tracing, syscall and
    /// struct_ops programs.
    /// </summary>
    public int Repeat { get; init; } = 1;

    /// <summary>How the kernel does it.</summary>
    public TestRunFlags Flags { get; init; }

    /// <summary>
    /// The CPU on which a raw tracepoint program runs; <c>null</c> for the one on which the caller happens to be.
    /// </summary>
    public int? Cpu { get; init; }

    /// <summary>
    /// With <see cref="TestRunFlags.XdpLiveFrames"/>, how many packets are handled at once: at most 256; 0 for 64.
    /// </summary>
    public int BatchSize { get; init; }

    /// <summary>
    /// Options with which an XDP program gets packets as if an interface had received them, and does with them what it decides: a
    /// generator of traffic. Since Linux 5.18; needs CAP_NET_ADMIN or CAP_SYS_ADMIN.
    /// </summary>
    /// <param name="packet">The packet, which the program may change: it gets copies, and gets them again.</param>
    /// <param name="interfaceIndex">The number of the interface from which they seem to come, in this thread's network namespace.</param>
    /// <param name="count">How many are sent.</param>
    /// <remarks>
    /// There is no result but the average time for one packet; <see cref="TestRunResult.ReturnValue"/>, <see cref="TestRunResult.Data"/>
    /// and <see cref="TestRunResult.Context"/> are empty.
    /// </remarks>
    public static TestRunOptions LiveFrames(ReadOnlyMemory<byte> packet, int interfaceIndex, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(interfaceIndex);

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
}
