using System.Runtime.InteropServices;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.ResourceLimits;

namespace Ebpf.Links.Cgroups;

/// <summary>Attaches programs to cgroups.</summary>
internal static class CgroupHook
{
    // BPF_F_*, <linux/bpf.h>.
    private const uint AllowOverride = 1, AllowMulti = 2, ReplaceProgram = 4, PreOrder = 64;

    private const Privileges Needed = Privileges.Bpf | Privileges.NetAdmin;

    private static readonly Version LinksSince = new(5, 7), ReplacingSince = new(5, 5), PreOrderSince = new(6, 15), OrderSince = new(6, 17);

    /// <summary>
    /// Beside other programs. Below the second way are only those that put out what is attached already, without saying so: they are taken
    /// only if the caller asks for them.
    /// </summary>
    private static readonly Ladder<CgroupRequest> Beside = new(
        new("link", Link, JudgeLink),
        new("BPF_F_ALLOW_MULTI", static (CgroupRequest request, out Errno error) => AttachDirectly(request, AllowMulti, out error), JudgeDirect));

    /// <summary>In the place of a program that was attached without a link.</summary>
    private static readonly Ladder<CgroupRequest> InPlace = new(
        new Rung<CgroupRequest>("BPF_F_REPLACE", static (CgroupRequest request, out Errno error) => AttachDirectly(request, AllowMulti, out error), JudgeReplacing));

    /// <summary>Alone.</summary>
    private static readonly Ladder<CgroupRequest> Alone = new(new Rung<CgroupRequest>("single program", AttachAlone, JudgeDirect));

    public static BpfLink Attach(BpfProgram program, string path, CgroupOptions options)
    {
        string what = $"program \"{program.Name}\" to cgroup {path}";
        AttachType type = CgroupRules.Check(program, options, what);
        LinuxKernel kernel = program.Kernel;
        BpfHandle? cgroup = BpfHandle.Take(kernel, kernel.Open(path, OpenMode.Directory | OpenMode.PathOnly), out Errno error);
        if (cgroup is null)
        {
            string? advice = error is Errno.ENOENT or Errno.ENOTDIR ? $"there is no such directory{CgroupChain.WhereTheyAre(kernel)}" : null;
            throw Refusal.Explain(kernel, $"Attach {what}", error, Privileges.None, advice);
        }

        using (cgroup) return Attach(new CgroupRequest(program, cgroup, path, type, options), what);
    }

    public static BpfLink Attach(BpfProgram program, SafeHandle cgroup, CgroupOptions options)
    {
        string what = $"program \"{program.Name}\" to a cgroup";
        return Attach(new CgroupRequest(program, cgroup, null, CgroupRules.Check(program, options, what), options), what);
    }

    private static BpfLink Attach(CgroupRequest request, string what)
    {
        Ladder<CgroupRequest> ladder = request.Options switch
        {
            { Sharing: not CgroupSharing.Multi } => Alone,
            { Replace: not null } => InPlace,
            _ => Beside,
        };
        if (request.Type == AttachType.LsmCgroup) SecurityModules.RequireBpf(request.Kernel, $"Attach {what}");
        return new BpfLink(ladder.Climb(request.Kernel, request, what, Needed), LinkType.Cgroup, what);
    }

    private static LinkAttachment? Link(CgroupRequest request, out Errno error)
    {
        using BorrowedDescriptor program = request.Program.Handle.Borrow();
        using BorrowedDescriptor cgroup = request.Cgroup.Borrow();
        using EncodedAnchor anchor = LinkAnchor.Encode(request.Options.Anchor);
        LinkCreateAttr attr = new()
        {
            Program = program.Descriptor,
            Target = cgroup.Descriptor,
            AttachType = request.Type,
            Flags = anchor.Flags | (request.Options.PreOrder ? PreOrder : 0),
            Ordered = anchor.ForLink,
        };
        BpfHandle? link = request.Kernel.CreateLink(ref attr, out error);

        // Before Linux 5.11 the storage that the program has in each cgroup counts against the limit, which is why a map or program that
        // was loaded can still be refused here.
        if (error is Errno.EPERM or Errno.ENOMEM && LockedMemoryLimit.TryRaise(request.Kernel))
            link = request.Kernel.CreateLink(ref attr, out error);
        return link is null ? null : new LinkAttachment(link);
    }

    private static ProgramAttachment? AttachAlone(CgroupRequest request, out Errno error)
    {
        // The kernel lets the program of such a place be put out by the next one, whoever attached it.
        uint flags = request.Options.Sharing == CgroupSharing.Override ? AllowOverride : 0;
        using (BorrowedDescriptor cgroup = request.Cgroup.Borrow())
        {
            error = CgroupSlot.Read(request.Kernel, cgroup.Descriptor, request.Type, out CgroupSlot slot);
            if (error != Errno.None) return null;
            if (slot.Programs is [uint holder] && slot.Flags == flags && holder != request.Options.Replace?.Id)
            {
                request.Holder = holder;
                error = Errno.EEXIST;
                return null;
            }
        }

        return AttachDirectly(request, flags, out error);
    }

    private static ProgramAttachment? AttachDirectly(CgroupRequest request, uint flags, out Errno error)
    {
        using BorrowedDescriptor cgroup = request.Cgroup.Borrow();
        bool replaces = request.Options.Replace is not null && (flags & AllowMulti) != 0;
        return ProgramAttachment.Attach(
            request.Program,
            cgroup.Descriptor,
            request.Type,
            flags,
            replaces ? request.Options.Replace : null,
            (flags & AllowMulti) != 0 ? ProgramSlot.Shared : ProgramSlot.Single,
            out error);
    }

    /// <summary>EINVAL is the answer of a kernel without the command as well.</summary>
    private static bool KnowsLinks(LinuxKernel kernel) =>
        KernelFeatures.For(kernel).Of(GeneralFeature.Links).Support != FeatureSupport.Missing;

    private static Verdict JudgeLink(CgroupRequest request, Errno error)
    {
        CgroupOptions options = request.Options;
        bool isOrdered = options.Anchor is not null || options.PreOrder;
        Version version = KernelFacts.Of(request.Kernel).Version;
        return error switch
        {
            Errno.EINVAL or Errno.E2BIG when options.Anchor is not null && version < OrderSince =>
                Verdict.Lacks("an order of the programs of a cgroup", OrderSince),
            Errno.EINVAL or Errno.E2BIG when options.PreOrder && version < PreOrderSince =>
                Verdict.Lacks("programs of a cgroup that run from the root down", PreOrderSince),
            Errno.EINVAL when !KnowsLinks(request.Kernel) => isOrdered ? Verdict.Lacks("links to cgroups", LinksSince) : Verdict.Next,
            Errno.EINVAL when options.Anchor?.IsBesideProgram is not null => Verdict.Explain(
                $"a link can stand only beside a link that is, as it, {nameof(CgroupOptions.PreOrder)} or not: {options.Anchor} is none"),
            Errno.ENOENT when options.Anchor?.IsBesideProgram is not null =>
                Verdict.Explain($"what it is to stand beside is not attached there: {options.Anchor}"),
            Errno.ESTALE => Verdict.Explain($"the programs of the cgroup have changed: they are not of revision {options.Anchor?.ExpectedRevision} any more"),
            _ => JudgeDirect(request, error),
        };
    }

    private static Verdict JudgeReplacing(CgroupRequest request, Errno error) => error switch
    {
        Errno.EINVAL when KernelFacts.Of(request.Kernel).Version < ReplacingSince =>
            Verdict.Lacks("replacing a program of a cgroup", ReplacingSince),
        Errno.ENOENT => Verdict.Explain(
            $"program \"{request.Options.Replace?.Name}\" is not attached there, or by a link, whose program {nameof(BpfLink)}.{nameof(BpfLink.Update)} replaces"),
        Errno.EINVAL => Verdict.Explain(
            $"program \"{request.Options.Replace?.Name}\" is not attached there, or uses another cgroup storage map than this one"),
        _ => JudgeDirect(request, error),
    };

    /// <summary>What errors of every way mean.</summary>
    private static Verdict JudgeDirect(CgroupRequest request, Errno error) => error switch
    {
        Errno.EBADF => Verdict.Explain($"it is no cgroup of version 2{CgroupChain.WhereTheyAre(request.Kernel)}"),
        Errno.ENOENT or Errno.ENODEV => Verdict.Explain("the cgroup was removed"),
        Errno.EEXIST when request.Holder is { } holder => Verdict.Explain(
            $"{ProgramNames.Describe(request.Kernel, holder)} is attached there alone, and would be put out: "
            + $"name it as {nameof(CgroupOptions)}.{nameof(CgroupOptions.Replace)} if it is to be"),
        Errno.EPERM => Verdict.Explain(CgroupChain.ExplainRefusal(request)),
        Errno.E2BIG => Verdict.Explain("64 programs are attached there, which is all that the kernel takes"),
        Errno.EINVAL when PrivilegeRules.Missing(request.Kernel, Privileges.NetAdmin) is Privileges.NetAdmin =>
            Verdict.Explain(Refusal.AdviceFor(request.Kernel, Errno.EPERM, Privileges.NetAdmin)),
        Errno.EINVAL => Verdict.Explain(
            "the program is attached there already, was loaded for another attach type, or the kernel is too old for it"),
        Errno.EBUSY when request.Type == AttachType.LsmCgroup =>
            Verdict.Explain("the hook's function has a program already that excludes others"),
        Errno.ENOTSUPP => Verdict.Explain("this kernel has no BPF trampoline, without which LSM programs cannot run (arm64: Linux 6.4)"),
        _ => Verdict.Stop,
    };
}

/// <summary>What is to be attached to which cgroup.</summary>
/// <param name="Program">The program.</param>
/// <param name="Cgroup">A descriptor of the directory.</param>
/// <param name="Path">The path of the directory; <c>null</c> if only the descriptor is known.</param>
/// <param name="Type">Where in the cgroup.</param>
/// <param name="Options">The options.</param>
internal sealed record CgroupRequest(BpfProgram Program, SafeHandle Cgroup, string? Path, AttachType Type, CgroupOptions Options)
{
    public LinuxKernel Kernel => Program.Kernel;

    /// <summary>The id of the program that holds the place; <c>null</c> if there is none.</summary>
    public uint? Holder { get; set; }
}
