namespace Ebpf;

/// <summary>How a program is run once more for trial (<see cref="BpfProgram.TestRun(TestRunOptions)"/>).</summary>
public sealed record TestRunOptions
{
    /// <summary>The packet, for programs that see one; the kernel wants at least 14 bytes of an Ethernet header.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>The context, for programs that take one (<c>struct __sk_buff</c>, <c>struct xdp_md</c>, a syscall program's own).</summary>
    public ReadOnlyMemory<byte> Context { get; init; }

    /// <summary>
    /// How many bytes the packet may have grown by after the run; what does not fit fails with <c>ENOSPC</c>.
    /// </summary>
    public int Headroom { get; init; } = 256;

    /// <summary>How often the program is run.</summary>
    public int Repeat { get; init; } = 1;

    /// <summary>The flags of the kernel (<c>BPF_F_TEST_*</c>).</summary>
    public uint Flags { get; init; }

    /// <summary>The CPU on which a raw tracepoint program runs; needs <c>BPF_F_TEST_RUN_ON_CPU</c> in <see cref="Flags"/>.</summary>
    public int Cpu { get; init; }
}
