namespace Ebpf;

/// <summary>Flags with which a program is loaded (<c>prog_flags</c> of <c>BPF_PROG_LOAD</c>).</summary>
[Flags]
public enum ProgramFlags : uint
{
    /// <summary>No flags.</summary>
    None = 0,

    /// <summary>
    /// The verifier demands aligned accesses even where the CPU does not need them (<c>BPF_F_STRICT_ALIGNMENT</c>,
    /// since Linux 4.12).
    /// </summary>
    StrictAlignment = 1u << 0,

    /// <summary>
    /// The verifier allows unaligned accesses even where the CPU cannot make them (<c>BPF_F_ANY_ALIGNMENT</c>, since
    /// Linux 5.0).
    /// </summary>
    AnyAlignment = 1u << 1,

    /// <summary>
    /// The verifier fills upper halves that nobody should read with random bits; for tests only
    /// (<c>BPF_F_TEST_RND_HI32</c>, since Linux 5.3).
    /// </summary>
    TestRandomizeHigh32 = 1u << 2,

    /// <summary>
    /// The verifier makes checkpoints at every instruction; for tests only (<c>BPF_F_TEST_STATE_FREQ</c>, since Linux
    /// 5.4).
    /// </summary>
    TestStateFrequency = 1u << 3,

    /// <summary>
    /// The program may sleep: page faults, helpers that block (<c>BPF_F_SLEEPABLE</c>, since Linux 5.10).
    /// </summary>
    Sleepable = 1u << 4,

    /// <summary>
    /// The XDP program handles packets in several buffers (<c>BPF_F_XDP_HAS_FRAGS</c>, since Linux 5.18).
    /// </summary>
    XdpHasFragments = 1u << 5,

    /// <summary>
    /// The XDP program is bound to one device, and may read its metadata, but is not offloaded to it
    /// (<c>BPF_F_XDP_DEV_BOUND_ONLY</c>, since Linux 6.3).
    /// </summary>
    XdpDeviceBoundOnly = 1u << 6,

    /// <summary>
    /// The verifier rejects a program when it finds its own register bounds inconsistent; for tests only
    /// (<c>BPF_F_TEST_REG_INVARIANTS</c>, since Linux 6.8).
    /// </summary>
    TestRegisterInvariants = 1u << 7,

    /// <summary>A BPF token is passed as a descriptor (<c>BPF_F_TOKEN_FD</c>, since Linux 6.9).</summary>
    TokenFd = 1u << 16,
}
