namespace Ebpf.Tests.Assigning;

/// <summary>A bit of everything of whole.bpf.c.</summary>
internal sealed class Everything : IDisposable
{
    public BpfMap? FlowStats { get; set; }

    public BpfMap? Shared { get; set; }

    [BpfObject("per_cpu")]
    public BpfPerCpuMap<uint, ulong>? Numbers { get; private set; }

    public BpfQueue<uint>? Waiting;

    public BpfProgram? Left { get; init; }

    public BpfProgramArray? Turns { get; set; }

    public BpfVariable? Total { get; set; }

    [BpfObject("CONFIG_HZ")]
    public BpfVariable? Hz { get; set; }

    public VariableSpec? Limit { get; set; }

    public int Other { get; set; } = 5;

    public BpfMap? Computed => FlowStats;

    public void Dispose()
    {
        FlowStats?.Dispose();
        Shared?.Dispose();
        Numbers?.Map.Dispose();
        Waiting?.Map.Dispose();
        Left?.Dispose();
        Turns?.Map.Dispose();
    }
}

internal sealed class OneMap
{
    [BpfObject("unused")]
    public BpfMap? Map { get; set; }
}

internal sealed class OneProgram
{
    public BpfProgram? Right { get; set; }
}

internal sealed class OneOptional
{
    public BpfProgram? Optional { get; set; }
}

internal sealed class OneVariable
{
    public BpfVariable? Total { get; set; }
}

internal sealed class TurnWithout
{
    public BpfProgram? Turn { get; set; }
}

internal sealed class TurnWith
{
    public BpfProgram? Turn { get; set; }

    public BpfMap? Turns { get; set; }
}

internal sealed class Outer
{
    [BpfGroup(typeof(InnerGroup))]
    public InnerGroup? Made { get; set; }

    [BpfGroup(typeof(StructGroup))]
    public StructGroup Struct;

    [BpfGroup(typeof(GivenGroup))]
    public GivenGroup Given { get; } = new();
}

internal sealed class InnerGroup
{
    public BpfMap? FlowStats { get; set; }

    [BpfGroup(typeof(DeepGroup))]
    public DeepGroup? Deep { get; set; }
}

internal sealed class DeepGroup
{
    public BpfMap? Unused { get; set; }
}

internal struct StructGroup
{
    public BpfMap? PerCpu { get; set; }
}

internal sealed class GivenGroup
{
    public BpfProgram? Left { get; set; }
}

/// <summary>The second setter throws, as often as it is told to.</summary>
internal sealed class Throwing
{
    public BpfMap? FlowStats { get; set; }

    public int Throws { get; set; } = 1;

    public BpfMap? Unused
    {
        get;
        set
        {
            field = value;
            if (Throws-- > 0) throw new InvalidTimeZoneException("not now");
        }
    }
}

internal struct Holder
{
    public BpfMap? Unused { get; set; }
}

internal sealed class Specs
{
    public MapSpec? FlowStats { get; set; }

    public ProgramSpec? Optional { get; set; }

    public VariableSpec? Limit { get; set; }
}

internal sealed class OneTable
{
    public BpfStructOps? Linked { get; set; }
}
