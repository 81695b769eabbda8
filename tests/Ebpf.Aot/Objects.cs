using Ebpf;

/// <summary>What is loaded of whole.bpf.c. Its views and structs are used nowhere else, so that nothing else keeps them.</summary>
internal sealed class Objects
{
    public BpfMap<Flow, Traffic>? FlowStats { get; private set; }

    public BpfPerCpuMap<uint, ulong>? PerCpu { get; init; }

    [BpfObject("waiting")]
    public BpfQueue<uint>? Queue;

    [BpfGroup(typeof(Counters))]
    public Counters? Counters { get; set; }

    [BpfGroup(typeof(Inners))]
    public Inners Inners { get; set; }

    public BpfProgram? Add { get; set; }

    public BpfProgram? Left { get; set; }

    [BpfObject("turns")]
    public BpfProgramArray? Turns { get; set; }

    public MapSpec? Shared { get; set; }
}

/// <summary>A group that is made.</summary>
internal sealed class Counters
{
    public BpfVariable? Total { get; set; }

    [BpfObject(".data")]
    public BpfMap<uint, Step>? Data { get; set; }
}

/// <summary>A group that is a struct.</summary>
internal struct Inners
{
    [BpfObject("inners")]
    public BpfMapOfMaps<uint>? Outer { get; set; }

    [BpfObject("first_inner")]
    public BpfMap<uint, long>? First { get; set; }
}

/// <summary>A record that is made by its constructor, with a group that is one too, and what it requires.</summary>
internal sealed record Made(
    [BpfObject("flow_stats")] BpfMap<Flow, Counted> Flows, BpfProgram Left, [BpfGroup(typeof(MadeGroup))] MadeGroup Group, int Other = 7)
{
    [BpfObject("waiting")]
    public required BpfQueue<uint> Queue { get; init; }
}

/// <summary>A group that is made by its constructor.</summary>
internal readonly record struct MadeGroup(BpfPerCpuMap<uint, ulong> PerCpu);

/// <summary>Views of every kind of map that needs no types of the object.</summary>
internal sealed class Views
{
    public BpfMap<Wide, Wide>? Hash { get; set; }

    public BpfPerCpuMap<Wide, ulong>? PerCpuHash { get; set; }

    public BpfLpmTrie<Wide>? LpmTrie { get; set; }

    public BpfQueue<Wide>? Queue { get; set; }

    public BpfStack<Wide>? Stack { get; set; }

    public BpfProgramArray? ProgramArray { get; set; }

    public BpfMapOfMaps<Wide>? HashOfMaps { get; set; }

    public BpfPerfEventArray? PerfEventArray { get; set; }

    public BpfCgroupArray? CgroupArray { get; set; }

    public BpfSockMap<Wide>? SockHash { get; set; }

    public BpfReuseportSockArray? ReuseportSockArray { get; set; }

    public BpfDevMap? DevMap { get; set; }

    public BpfCpuMap? CpuMap { get; set; }

    public BpfStackTraces<ulong>? StackTrace { get; set; }
}

/// <summary>A class whose views do not fit: the layout of the types is known here, too.</summary>
internal sealed class Wrong
{
    public BpfMap<Flow, Crossed>? FlowStats { get; set; }
}

/// <summary><c>struct flow</c>.</summary>
internal record struct Flow(uint Address, ushort Port, ushort Protocol);

/// <summary><c>struct traffic</c>.</summary>
internal record struct Traffic(ulong Packets, ulong Bytes);

/// <summary>As large as <c>struct traffic</c>, with its fields elsewhere.</summary>
internal record struct Crossed(uint Packets, uint More, ulong Bytes);

/// <summary><c>struct traffic</c>, of another name.</summary>
internal record struct Counted(ulong Packets, ulong Bytes);

/// <summary>The section of variables.</summary>
internal record struct Step(uint Value);

/// <summary>A key or value of sixteen bytes.</summary>
internal record struct Wide(ulong First, ulong Second);
