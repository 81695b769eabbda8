using Ebpf.Asm;
using Ebpf.Links;
using Ebpf.Linux;

namespace Ebpf.Tests.Links.Core;

/// <summary>Links of many kinds, made by the plain system calls: whatever the attach methods of the families do.</summary>
internal sealed class KindsOfLinks(LinuxKernel? kernel = null) : IDisposable
{
    private readonly LinuxKernel _kernel = kernel ?? RunningKernel.Instance;
    private readonly List<IDisposable> _owned = [];

    public void Dispose()
    {
        for (int i = _owned.Count - 1; i >= 0; i--) _owned[i].Dispose();
    }

    /// <summary>A program that does nothing but return a number.</summary>
    public BpfProgram Program(ProgramType type, AttachType attachType = default, int returns = 0, string? attachTo = null)
    {
        CollectionSpec spec = new();
        spec.Programs.Add("nothing", new ProgramSpec
        {
            Name = "nothing",
            Type = type,
            AttachType = attachType,
            AttachTo = attachTo,
            License = "GPL",
            Instructions = [Instruction.Mov(Register.R0, returns), Instruction.Exit()],
        });
        BpfCollection collection = Own(BpfCollection.Load(spec, new CollectionOptions { Kernel = _kernel }));
        return collection.Programs["nothing"];
    }

    /// <summary>Links a program by bpf(2).</summary>
    public BpfLink Link(BpfProgram program, LinkType type, LinkCreateAttr attr)
    {
        using BorrowedDescriptor borrowed = program.Handle.Borrow();
        attr.Program = borrowed.Descriptor;
        BpfHandle? link = _kernel.CreateLink(ref attr, out Errno error);
        Assert.Equal(Errno.None, error);
        return Own(new BpfLink(new LinkAttachment(link!), type, $"{type} link"));
    }

    public BpfLink Xdp(int interfaceIndex, int returns = 2) => Link(
        Program(ProgramType.Xdp, AttachType.Xdp, returns),
        LinkType.Xdp,
        new LinkCreateAttr { Target = interfaceIndex, AttachType = AttachType.Xdp, Flags = 2 });

    public BpfLink Tcx(int interfaceIndex, LinkAnchor? anchor = null, BpfProgram? program = null)
    {
        using EncodedAnchor place = LinkAnchor.Encode(anchor);
        return Link(
            program ?? Program(ProgramType.SchedCls, AttachType.TcxIngress, -1),
            LinkType.Tcx,
            new LinkCreateAttr { Target = interfaceIndex, AttachType = AttachType.TcxIngress, Flags = place.Flags, Ordered = place.ForLink });
    }

    public BpfLink Cgroup(string path, AttachType attachType = AttachType.CgroupInetEgress)
    {
        using BpfHandle cgroup = CgroupFixture.Open(path);
        using BorrowedDescriptor borrowed = cgroup.Borrow();
        return Link(
            Program(ProgramType.CgroupSkb, attachType, 1),
            LinkType.Cgroup,
            new LinkCreateAttr { Target = borrowed.Descriptor, AttachType = attachType });
    }

    public BpfLink Netns(BpfProgram? program = null)
    {
        CallResult file = _kernel.Open(KernelPaths.ThreadNetworkNamespace, OpenMode.ReadOnly);
        using PassingDescriptor opened = new(_kernel, file.Value);
        return Link(
            program ?? Program(ProgramType.SkLookup, AttachType.SkLookup, 1),
            LinkType.Netns,
            new LinkCreateAttr { Target = opened.Descriptor, AttachType = AttachType.SkLookup });
    }

    public BpfLink Netfilter(int priority) => Link(
        Program(ProgramType.Netfilter, AttachType.Netfilter, 1),
        LinkType.Netfilter,
        new LinkCreateAttr
        {
            AttachType = AttachType.Netfilter,
            Netfilter = new NetfilterLinkAttr { ProtocolFamily = 2, Hook = 1, Priority = priority },
        });

    public unsafe BpfLink Iterator(string target, params ReadOnlySpan<uint> parameters)
    {
        BpfProgram program = Program(ProgramType.Tracing, AttachType.TraceIter, 0, target);
        fixed (uint* pointer = parameters)
        {
            return Link(program, LinkType.Iter, new LinkCreateAttr
            {
                AttachType = AttachType.TraceIter,
                Iterator = new IteratorLinkAttr { Info = pointer, InfoSize = (uint)parameters.Length * sizeof(uint) },
            });
        }
    }

    private T Own<T>(T owned)
        where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }
}
