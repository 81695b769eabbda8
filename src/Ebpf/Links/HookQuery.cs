using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links;

/// <summary>Asks the kernel for the programs at a hook (BPF_PROG_QUERY): for how many there are, and again with room for them.</summary>
/// <param name="kernel">The kernel.</param>
/// <param name="hook">The hook in words.</param>
/// <param name="attachType">The hook.</param>
internal sealed unsafe class HookQuery(LinuxKernel kernel, string hook, AttachType attachType)
{
    private const uint Effective = 1; // BPF_F_QUERY_EFFECTIVE

    /// <summary>What is attached meanwhile makes the room too small; somebody who attaches without end must not hold this up.</summary>
    private const int MaxAttempts = 16;

    private readonly string _operation = $"List programs of {hook}";

    public HookPrograms OfInterface(int index)
    {
        bool isMprog = attachType is AttachType.TcxIngress or AttachType.TcxEgress or AttachType.NetkitPrimary or AttachType.NetkitPeer;
        if (!isMprog) throw new ArgumentException($"{_operation}: only tcx and netkit have lists of programs at interfaces.");
        return Read(index, flags: 0, new Form(HasLinks: true, HasProgramFlags: false, IsCgroup: false));
    }

    public HookPrograms OfCgroup(string path, bool effective)
    {
        // The kernel refuses the flags of single programs for what is in effect (__cgroup_bpf_query), and before Linux 6.0 does not know them.
        CallResult directory = kernel.Open(path, OpenMode.ReadOnly | OpenMode.Directory);
        if (directory.Failed) throw new BpfException(_operation, directory.Error, OpenAdvice(directory.Error));
        using PassingDescriptor opened = new(kernel, directory.Value);
        return Read(opened.Descriptor, effective ? Effective : 0, new Form(HasLinks: false, HasProgramFlags: !effective, IsCgroup: true));
    }

    public HookPrograms OfFile(string path, OpenMode mode)
    {
        CallResult file = kernel.Open(path, mode);
        if (file.Failed) throw new BpfException(_operation, file.Error, OpenAdvice(file.Error));
        using PassingDescriptor opened = new(kernel, file.Value);
        return Read(opened.Descriptor, flags: 0, default);
    }

    public HookPrograms OfDescriptor(BpfHandle handle)
    {
        using BorrowedDescriptor borrowed = handle.Borrow();
        return Read(borrowed.Descriptor, flags: 0, default);
    }

    private HookPrograms Read(int target, uint flags, Form form)
    {
        ProgramQueryAttr asked = new() { Target = target, AttachType = attachType, QueryFlags = flags };
        Errno error = kernel.QueryPrograms(ref asked);
        uint[] programs = [], links = [], programFlags = [];
        uint count = asked.Count;
        for (int attempt = 0; error is Errno.None or Errno.ENOSPC && count > 0; attempt++)
        {
            // Some more than there are, so that a list that grows is not always ahead.
            uint room = count + (uint)attempt * 4;
            programs = new uint[room];
            links = form.HasLinks ? new uint[room] : [];
            programFlags = form.HasProgramFlags ? new uint[room] : [];
            fixed (uint* programRoom = programs, linkRoom = links, flagRoom = programFlags)
            {
                asked = new()
                {
                    Target = target,
                    AttachType = attachType,
                    QueryFlags = flags,
                    Count = room,
                    ProgramIds = programRoom,
                    LinkIds = linkRoom,
                    ProgramAttachFlags = flagRoom,
                };
                error = kernel.QueryPrograms(ref asked);
            }

            if (error == Errno.EINVAL && form.HasProgramFlags)
            {
                (form, error) = (form with { HasProgramFlags = false }, Errno.None);
                continue;
            }

            count = asked.Count;
            if (error != Errno.ENOSPC || attempt == MaxAttempts) break;
        }

        if (error != Errno.None) throw Failed(error, form);
        List<HookProgram> found = [];
        for (int i = 0; i < Math.Min(count, programs.Length); i++)
        {
            found.Add(new HookProgram
            {
                ProgramId = programs[i],
                LinkId = form.HasLinks ? links[i] : null,
                Flags = form.HasProgramFlags ? programFlags[i] : null,
            });
        }

        return new HookPrograms(hook, attachType)
        {
            Programs = found,
            Revision = asked.Revision == 0 ? null : asked.Revision,
            Flags = form.IsCgroup && flags == 0 ? asked.AttachFlags : null,
        };
    }

    private BpfException Failed(Errno error, Form form)
    {
        if (error == Errno.EINVAL && form.HasLinks)
        {
            bool isNetkit = attachType is AttachType.NetkitPrimary or AttachType.NetkitPeer;
            Version since = isNetkit ? new(6, 7) : new(6, 6);
            if (KernelFacts.Of(kernel).Version < since)
                return new FeatureNotSupportedException(_operation, isNetkit ? "programs of netkit devices" : "tcx", since, error);
        }

        string? advice = error switch
        {
            Errno.ENODEV => "there is no such interface in this network namespace",
            Errno.ENXIO => "it is no netkit device",
            Errno.EACCES when form.HasLinks => "it is the peer of a netkit pair: its programs are listed at the primary device",
            Errno.EBADF when form.IsCgroup => "it is no directory of a cgroup2 file system (see: mount -t cgroup2)",
            Errno.EINVAL => "this kernel does not know the hook, or it is none of such a thing",
            Errno.ENOSPC => "programs are attached there faster than they can be listed",
            _ => null,
        };
        return Refusal.Explain(kernel, _operation, error, Privileges.NetAdmin, advice);
    }

    private static string? OpenAdvice(Errno error) => error switch
    {
        Errno.ENOENT => "there is nothing at this path",
        Errno.ENOTDIR => "it is no directory",
        Errno.EACCES => "the permissions of the path do not allow it",
        _ => null,
    };

    /// <summary>What the kernel tells about each program at a kind of hook.</summary>
    private readonly record struct Form(bool HasLinks, bool HasProgramFlags, bool IsCgroup);
}
