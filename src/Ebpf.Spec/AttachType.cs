namespace Ebpf;

/// <summary>Placeholder until generated.</summary>
public enum AttachType
{
    /// <summary>CgroupInetIngress=0.</summary>
    CgroupInetIngress = 0,
    /// <summary>Xdp=37.</summary>
    Xdp = 37,
}
