using Ebpf.Linux;

namespace Ebpf.Links.Cgroups;

/// <summary>The programs that are attached to one cgroup itself, for one attach type.</summary>
/// <param name="Flags">How they get on with others: <c>BPF_F_ALLOW_OVERRIDE</c> (1), <c>BPF_F_ALLOW_MULTI</c> (2), or neither.</param>
/// <param name="Programs">Their ids.</param>
internal readonly record struct CgroupSlot(uint Flags, uint[] Programs)
{
    /// <summary>As many as the kernel lets be attached to one cgroup (BPF_CGROUP_MAX_PROGS).</summary>
    private const int MaxPrograms = 64;

    /// <summary>Whether any number of programs can be attached there.</summary>
    public bool IsShared => (Flags & 2) != 0;

    /// <summary>Whether cgroups below can have a program in the place of this one's.</summary>
    public bool CanBeOverridden => (Flags & 1) != 0;

    /// <summary>Asks the kernel.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="cgroup">A descriptor of the directory.</param>
    /// <param name="type">The attach type.</param>
    /// <param name="slot">What is attached; nothing after an error.</param>
    public static unsafe Errno Read(LinuxKernel kernel, int cgroup, AttachType type, out CgroupSlot slot)
    {
        uint* ids = stackalloc uint[MaxPrograms], flags = stackalloc uint[MaxPrograms];
        ProgramQueryAttr attr = new()
        {
            Target = cgroup,
            AttachType = type,
            ProgramIds = ids,
            Count = MaxPrograms,

            // Only LSM programs, of which each hook has its own list, have to be asked for with it; older kernels do not know it.
            ProgramAttachFlags = type == AttachType.LsmCgroup ? flags : null,
        };
        Errno error = kernel.QueryPrograms(ref attr);
        slot = error == Errno.None
            ? new CgroupSlot(attr.AttachFlags, new ReadOnlySpan<uint>(ids, (int)Math.Min(attr.Count, MaxPrograms)).ToArray())
            : new CgroupSlot(0, []);
        return error;
    }
}
