using System.Globalization;
using Ebpf.Linux;

namespace Ebpf.Kernel;

/// <summary>
/// The capabilities with which the kernel guards eBPF; each value is the bit of the capability's number.
/// </summary>
[Flags]
internal enum Privileges : ulong
{
    None = 0,

    /// <summary>CAP_NET_ADMIN: networking programs, socket and device maps.</summary>
    NetAdmin = 1UL << 12,

    /// <summary>
    /// CAP_SYS_ADMIN: ids of objects, tokens; and everything, in the place of CAP_BPF and CAP_PERFMON.
    /// </summary>
    SysAdmin = 1UL << 21,

    /// <summary>CAP_PERFMON: tracing programs, perf events (Linux 5.8).</summary>
    PerfMon = 1UL << 38,

    /// <summary>CAP_BPF: whatever bpf(2) does (Linux 5.8).</summary>
    Bpf = 1UL << 39,
}

/// <summary>Which privileges an operation needs, and which this process has.</summary>
internal static class PrivilegeRules
{
    private static readonly Version CapabilitiesSplit = new(5, 8);

    /// <summary>What loading a program of a type needs (kernel/bpf/syscall.c, bpf_prog_load).</summary>
    public static Privileges NeededFor(ProgramType type)
    {
        switch (type)
        {
            case ProgramType.SchedCls:
            case ProgramType.SchedAct:
            case ProgramType.Xdp:
            case ProgramType.LwtIn:
            case ProgramType.LwtOut:
            case ProgramType.LwtXmit:
            case ProgramType.LwtSeg6Local:
            case ProgramType.SkSkb:
            case ProgramType.SkMsg:
            case ProgramType.FlowDissector:
            case ProgramType.CgroupDevice:
            case ProgramType.CgroupSock:
            case ProgramType.CgroupSockAddr:
            case ProgramType.CgroupSockopt:
            case ProgramType.CgroupSysctl:
            case ProgramType.SockOps:
            case ProgramType.Netfilter:
                return Privileges.Bpf | Privileges.NetAdmin;
            case ProgramType.Kprobe:
            case ProgramType.Tracepoint:
            case ProgramType.PerfEvent:
            case ProgramType.RawTracepoint:
            case ProgramType.RawTracepointWritable:
            case ProgramType.Tracing:
            case ProgramType.Lsm:
            case ProgramType.StructOps:
                return Privileges.Bpf | Privileges.PerfMon;
            case ProgramType.Ext:
                return Privileges.Bpf | Privileges.PerfMon | Privileges.NetAdmin;
            default:
                return Privileges.Bpf;
        }
    }

    /// <summary>What making a map of a type needs (kernel/bpf/syscall.c, map_create).</summary>
    public static Privileges NeededFor(MapType type) => type switch
    {
        MapType.SockMap or MapType.SockHash or MapType.DevMap or MapType.DevMapHash or MapType.XskMap =>
            Privileges.Bpf | Privileges.NetAdmin,
        _ => Privileges.Bpf,
    };

    /// <summary>
    /// Which of the needed privileges this process lacks; <c>null</c> if that cannot be told. CAP_SYS_ADMIN stands for
    /// all.
    /// </summary>
    public static Privileges? Missing(LinuxKernel kernel, Privileges needed)
    {
        if (Effective(kernel) is not { } has) return null;
        if (has.HasFlag(Privileges.SysAdmin)) return Privileges.None;
        return needed & ~has;
    }

    /// <summary>What these privileges are called on this kernel.</summary>
    public static List<string> Names(LinuxKernel kernel, Privileges privileges)
    {
        List<string> names = [];
        if (KernelFacts.Of(kernel).Version < CapabilitiesSplit) privileges = Privileges.SysAdmin | (privileges & Privileges.NetAdmin);
        if (privileges.HasFlag(Privileges.Bpf)) names.Add("CAP_BPF");
        if (privileges.HasFlag(Privileges.PerfMon)) names.Add("CAP_PERFMON");
        if (privileges.HasFlag(Privileges.NetAdmin)) names.Add("CAP_NET_ADMIN");
        if (privileges.HasFlag(Privileges.SysAdmin)) names.Add("CAP_SYS_ADMIN");
        return names;
    }

    /// <summary>
    /// Whether the root of this thread's user namespace is the machine's: only there do capabilities count for eBPF.
    /// </summary>
    public static bool IsInInitialUserNamespace(LinuxKernel kernel)
    {
        // Without user namespaces there is no such file. PROC_USER_INIT_INO, include/linux/proc_ns.h.
        const ulong initial = 0xEFFF_FFFD;
        return kernel.Status(KernelPaths.UserNamespace, out FileStatus status) != Errno.None || status.Inode == initial;
    }

    /// <summary>Whether a seccomp filter checks the system calls of this process, as container runtimes install it.</summary>
    public static bool HasSystemCallFilter(LinuxKernel kernel) => StatusFile.Field(kernel, KernelPaths.ThreadStatus, "Seccomp") == "2";

    private static Privileges? Effective(LinuxKernel kernel) =>
        StatusFile.Field(kernel, KernelPaths.ThreadStatus, "CapEff") is { } text
        && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong bits)
            ? (Privileges)bits
            : null;
}
