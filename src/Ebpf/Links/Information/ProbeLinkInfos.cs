namespace Ebpf;

/// <summary>
/// What the kernel knows about a link on a perf event of a kind that has no record of its own; below 6.6 the kernel does not tell the kind.
/// </summary>
/// <remarks>One of <see cref="KprobeLinkInfo"/>, <see cref="UprobeLinkInfo"/>, <see cref="TracepointLinkInfo"/> where the kernel tells.</remarks>
public record PerfLinkInfo : LinkInfo
{
    /// <summary>Creates information about a link on a perf event.</summary>
    public PerfLinkInfo() => Type = LinkType.PerfEvent;

    /// <summary>Gets the cookie; 0 for none. Since Linux 6.9.</summary>
    public ulong? Cookie { get; init; }
}

/// <summary>What the kernel knows about a link of a kprobe.</summary>
public sealed record KprobeLinkInfo : PerfLinkInfo
{
    /// <summary>Gets whether it is a probe on the return of the function.</summary>
    public bool IsReturn { get; init; }

    /// <summary>Gets the name of the function; <c>null</c> if the probe was given an address.</summary>
    public string? Function { get; init; }

    /// <summary>Gets the offset in the function, in bytes; the kernel tells the lower 32 bits of it.</summary>
    public ulong? Offset { get; init; }

    /// <summary>Gets the address of the probe; <c>null</c> if the kernel hides it from this process.</summary>
    public ulong? Address { get; init; }

    /// <summary>Gets how often the program did not run although the function did, because of recursion and the like. Since Linux 6.7.</summary>
    public ulong? Missed { get; init; }
}

/// <summary>What the kernel knows about a link of a uprobe.</summary>
public sealed record UprobeLinkInfo : PerfLinkInfo
{
    /// <summary>Gets whether it is a probe on the return of the function.</summary>
    public bool IsReturn { get; init; }

    /// <summary>Gets the path of the file exactly as it was given, which may be relative, or lead through a descriptor of a process.</summary>
    public string? Path { get; init; }

    /// <summary>Gets the offset in the file, in bytes; the kernel tells the lower 32 bits of it.</summary>
    public ulong? Offset { get; init; }

    /// <summary>Gets the offset in the file of the semaphore that the kernel counts up; 0 for none. Since Linux 6.16.</summary>
    public ulong? ReferenceCounterOffset { get; init; }
}

/// <summary>What the kernel knows about a link of a tracepoint.</summary>
public sealed record TracepointLinkInfo : PerfLinkInfo
{
    /// <summary>Gets the name of the tracepoint, without its category.</summary>
    public string? Name { get; init; }
}

/// <summary>What the kernel knows about a link of a program on a counter or a clock.</summary>
public sealed record PerfEventLinkInfo : PerfLinkInfo
{
    /// <summary>Gets the type of the event (<c>perf_event_attr.type</c>): 0 for hardware, 1 for software.</summary>
    public uint? EventType { get; init; }

    /// <summary>Gets the event within the type (<c>perf_event_attr.config</c>).</summary>
    public ulong? EventConfig { get; init; }
}

/// <summary>What the kernel knows about a link of a program on many kernel functions. Details since Linux 6.6.</summary>
public sealed record KprobeMultiLinkInfo : LinkInfo
{
    /// <summary>Creates information about a link of many kprobes.</summary>
    public KprobeMultiLinkInfo() => Type = LinkType.KprobeMulti;

    /// <summary>Gets whether the program runs on the return of the functions.</summary>
    public bool? IsReturn { get; init; }

    /// <summary>Gets how often the program did not run although a function did, because of recursion and the like. Since Linux 6.7.</summary>
    public ulong? Missed { get; init; }

    /// <summary>Gets the functions, in the order of their addresses, which need not be that in which they were given.</summary>
    public IReadOnlyList<KprobeMultiFunction>? Functions { get; init; }
}

/// <summary>A function of a <see cref="KprobeMultiLinkInfo"/>.</summary>
public sealed record KprobeMultiFunction
{
    /// <summary>Gets its address; <c>null</c> if the kernel hides it from this process.</summary>
    public ulong? Address { get; init; }

    /// <summary>Gets its cookie; 0 for none. Since Linux 6.9.</summary>
    public ulong? Cookie { get; init; }
}

/// <summary>What the kernel knows about a link of a program at many places of a file. Details since Linux 6.8.</summary>
public sealed record UprobeMultiLinkInfo : LinkInfo
{
    /// <summary>Creates information about a link of many uprobes.</summary>
    public UprobeMultiLinkInfo() => Type = LinkType.UprobeMulti;

    /// <summary>Gets whether the program runs on the return of the functions.</summary>
    public bool? IsReturn { get; init; }

    /// <summary>Gets the path of the file, as this process sees it.</summary>
    public string? Path { get; init; }

    /// <summary>Gets the process whose runs alone count, by its id in this process's namespace; 0 if all do.</summary>
    public int? ProcessId { get; init; }

    /// <summary>Gets the places.</summary>
    public IReadOnlyList<UprobeMultiPlace>? Places { get; init; }
}

/// <summary>A place of a <see cref="UprobeMultiLinkInfo"/>.</summary>
public sealed record UprobeMultiPlace
{
    /// <summary>Gets the offset in the file, in bytes.</summary>
    public ulong Offset { get; init; }

    /// <summary>Gets the offset in the file of the semaphore that the kernel counts up; 0 for none.</summary>
    public ulong ReferenceCounterOffset { get; init; }

    /// <summary>Gets the cookie; 0 for none.</summary>
    public ulong Cookie { get; init; }
}
