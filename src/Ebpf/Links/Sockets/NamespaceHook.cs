using System.Runtime.InteropServices;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.Sockets;

/// <summary>Attaches programs to network namespaces: those that look sockets up, and those that take packets apart.</summary>
internal static class NamespaceHook
{
    private const Privileges Needed = Privileges.Bpf | Privileges.NetAdmin;

    private static readonly Version LinksSince = new(5, 7);

    private static readonly Ladder<Request> Ways = new(new Rung<Request>("link", Link, Judge));

    /// <summary>Attaches to a namespace that is named; to that of this thread if none is.</summary>
    public static BpfLink Attach(BpfProgram program, AttachType type, NetworkNamespace? networkNamespace)
    {
        string what = $"program \"{program.Name}\" to {networkNamespace?.ToString() ?? "the network namespace of this thread"}";
        RequireType(program, type, what);
        return NetworkNamespace.Run(networkNamespace, program.Kernel, $"Attach {what}", () => AttachToOwn(program, type, what));
    }

    /// <summary>Attaches to a namespace that is open.</summary>
    public static BpfLink Attach(BpfProgram program, AttachType type, SafeHandle networkNamespace)
    {
        string what = $"program \"{program.Name}\" to a network namespace";
        RequireType(program, type, what);
        return Climb(program, networkNamespace, type, what);
    }

    private static void RequireType(BpfProgram program, AttachType type, string what)
    {
        if (type == AttachType.SkLookup) AttachRules.RequireType(program, what, "SEC(\"sk_lookup\")", ProgramType.SkLookup);
        else AttachRules.RequireType(program, what, "SEC(\"flow_dissector\")", ProgramType.FlowDissector);
    }

    private static BpfLink AttachToOwn(BpfProgram program, AttachType attachType, string what)
    {
        LinuxKernel kernel = program.Kernel;
        using BpfHandle own = BpfHandle.Take(kernel, kernel.Open(KernelPaths.ThreadNetworkNamespace, OpenMode.ReadOnly), out Errno error)
            ?? throw Refusal.Explain(kernel, $"Attach {what}", error, Privileges.None, error == Errno.ENOENT ? "is /proc mounted?" : null);
        return Climb(program, own, attachType, what);
    }

    private static BpfLink Climb(BpfProgram program, SafeHandle networkNamespace, AttachType attachType, string what) =>
        new(Ways.Climb(program.Kernel, new Request(program, networkNamespace, attachType), what, Needed), LinkType.Netns, what);

    private static LinkAttachment? Link(Request request, out Errno error)
    {
        using BorrowedDescriptor program = request.Program.Handle.Borrow(), place = request.Namespace.Borrow();
        LinkCreateAttr attr = new() { Program = program.Descriptor, Target = place.Descriptor, AttachType = request.Type };
        return request.Program.Kernel.CreateLink(ref attr, out error) is { } link ? new LinkAttachment(link) : null;
    }

    private static Verdict Judge(Request request, Errno error) => error switch
    {
        Errno.EINVAL when KernelFacts.Of(request.Program.Kernel).Version < LinksSince => Verdict.Lacks("links to network namespaces", LinksSince),
        Errno.EINVAL or Errno.EBADF => Verdict.Explain("the descriptor is of no network namespace"),
        Errno.E2BIG when request.Type == AttachType.FlowDissector => Verdict.Explain($"the namespace has a flow dissector{Holder(request)}, and takes one"),
        Errno.E2BIG => Verdict.Explain("the namespace has 64 programs that look sockets up, which is all that the kernel takes"),
        Errno.EEXIST => Verdict.Explain(
            $"the namespace has a flow dissector that is attached without a link{Holder(request)}; or another namespace has one: while the "
            + "initial namespace has one no other can have, and the other way round"),
        Errno.ENOENT or Errno.ENOLINK => Verdict.Explain("the namespace is going"),
        _ => Verdict.Stop,
    };

    /// <summary>The program that the namespace has, as far as the kernel tells: the end of a phrase.</summary>
    private static unsafe string Holder(Request request)
    {
        uint id = 0;
        using BorrowedDescriptor place = request.Namespace.Borrow();
        ProgramQueryAttr attr = new() { Target = place.Descriptor, AttachType = request.Type, ProgramIds = &id, Count = 1 };
        return request.Program.Kernel.QueryPrograms(ref attr) == Errno.None && id != 0
            ? $" ({ProgramNames.Describe(request.Program.Kernel, id)})"
            : "";
    }

    /// <summary>What is to be attached to which namespace.</summary>
    private sealed record Request(BpfProgram Program, SafeHandle Namespace, AttachType Type);
}
