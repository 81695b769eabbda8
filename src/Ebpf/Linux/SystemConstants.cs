namespace Ebpf.Linux;

/// <summary>The <c>O_</c> flags of open(2) that are the same on x86-64 and arm64, and those that are not.</summary>
[Flags]
internal enum OpenMode
{
    ReadOnly = 0,
    WriteOnly = 1,
    ReadWrite = 2,
    Truncate = 0x200,
    Append = 0x400,
    NonBlocking = 0x800,
    CloseOnExec = 0x80000,

    /// <summary>
    /// O_PATH: a descriptor that stands for the file itself; needs no right to read it, and does not open devices.
    /// </summary>
    PathOnly = 0x200000,

    /// <summary>Only a directory. The seam's own bit: O_DIRECTORY differs between architectures.</summary>
    Directory = 1 << 30,

    /// <summary>Not what a symbolic link points to. The seam's own bit: O_NOFOLLOW differs as well.</summary>
    NoFollow = 1 << 29,
}

/// <summary>The <c>PROT_</c> flags of mmap(2).</summary>
[Flags]
internal enum MemoryProtection
{
    None = 0,
    Read = 1,
    Write = 2,
}

/// <summary>The <c>MAP_</c> flags of mmap(2).</summary>
[Flags]
internal enum MemoryMapping
{
    Shared = 0x01,
    Private = 0x02,
    Fixed = 0x10,
    Anonymous = 0x20,
    NoReserve = 0x4000,
    FixedNoReplace = 0x100000,
}

/// <summary>The <c>SIG_</c> numbers of rt_sigprocmask(2).</summary>
internal enum SignalMaskChange
{
    Block = 0,
    Set = 2,
}

/// <summary><c>struct rlimit</c>.</summary>
internal struct ResourceLimit
{
    public const int LockedMemory = 8;

    public const ulong Infinity = ulong.MaxValue;

    public ulong Current;
    public ulong Maximum;
}
