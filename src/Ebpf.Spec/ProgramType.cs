namespace Ebpf;

/// <summary>Placeholder until generated.</summary>
public enum ProgramType
{
    /// <summary>None.</summary>
    Unspecified = 0,
    /// <summary>SocketFilter=1.</summary>
    SocketFilter = 1,
    /// <summary>Kprobe=2.</summary>
    Kprobe = 2,
    /// <summary>SchedCls=3.</summary>
    SchedCls = 3,
    /// <summary>SchedAct=4.</summary>
    SchedAct = 4,
    /// <summary>Tracepoint=5.</summary>
    Tracepoint = 5,
    /// <summary>Xdp=6.</summary>
    Xdp = 6,
}
