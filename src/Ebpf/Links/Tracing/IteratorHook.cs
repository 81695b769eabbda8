using System.Runtime.InteropServices;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.Tracing;

/// <summary>Creates the link of an iterator.</summary>
/// <param name="info">What it walks over.</param>
/// <param name="size">How many bytes of it are meant; the others are zero.</param>
/// <param name="error">The error of the call that failed.</param>
internal delegate BpfHandle? IteratorAttach(in IteratorParameters info, int size, out Errno error);

/// <summary>Attaches iterators.</summary>
internal static unsafe class IteratorHook
{
    private static readonly Version Since = new(5, 8);

    private static readonly Ladder<Request> Ways = new(new Rung<Request>("link", Link, Judge));

    public static BpfLink Attach(BpfProgram program, IteratorScope? scope)
    {
        string? kind = (program.SectionTarget as IteratorTarget)?.Kind;
        string what = $"program \"{program.Name}\" as iterator{(kind is null ? "" : $" over {kind}")}{(scope is null ? "" : $" of {scope}")}";
        const string sections = "SEC(\"iter/…\") and SEC(\"iter.s/…\")";
        AttachRules.RequireType(program, what, sections, ProgramType.Tracing);
        AttachRules.RequireAttachType(program, what, sections, type => type is AttachType.TraceIter);

        // Of these the kernel knows no default, and answers EINVAL or EBADF.
        if (scope is null && kind == "cgroup") scope = IteratorScope.AllCgroups();
        if (scope is null && kind is "bpf_map_elem" or "bpf_sk_storage_map" or "sockmap")
        {
            throw new InvalidOperationException(
                $"Attach {what}: it does not say over which map: give {nameof(IteratorScope)}.{nameof(IteratorScope.Elements)}.");
        }

        Request request = new(program, scope, $"Attach {what}");
        return new BpfLink(Ways.Climb(program.Kernel, request, what, Privileges.Bpf | Privileges.PerfMon), LinkType.Iter, what);
    }

    private static LinkAttachment? Link(Request request, out Errno error)
    {
        BpfHandle? link = request.Scope is null
            ? Create(request.Program, null, 0, out error)
            : request.Scope.Use(
                request.Program.Kernel,
                request.Operation,
                (in IteratorParameters info, int size, out Errno result) =>
                {
                    fixed (IteratorParameters* pointer = &info) return Create(request.Program, pointer, size, out result);
                },
                out error);
        return link is null ? null : new LinkAttachment(link);
    }

    private static BpfHandle? Create(BpfProgram program, IteratorParameters* info, int size, out Errno error)
    {
        using BorrowedDescriptor borrowed = program.Handle.Borrow();
        LinkCreateAttr attr = new()
        {
            Program = borrowed.Descriptor,
            AttachType = AttachType.TraceIter,
            Iterator = new IteratorLinkAttr { Info = info, InfoSize = (uint)size },
        };
        return program.Kernel.CreateLink(ref attr, out error);
    }

    private static Verdict Judge(Request request, Errno error)
    {
        LinuxKernel kernel = request.Program.Kernel;
        if (error == Errno.EINVAL && KernelFacts.Of(kernel).Version < Since) return Verdict.Lacks("iterators", Since);
        if (request.Scope is { } scope) return scope.Judge(kernel, error);
        return error switch
        {
            Errno.EBADF => Verdict.Explain($"it walks over a map, and does not say over which: give {nameof(IteratorScope)}.{nameof(IteratorScope.Elements)}"),
            Errno.EINVAL => Verdict.Explain($"it is no iterator, or has to be told over what it walks: give an {nameof(IteratorScope)}"),
            Errno.ENOENT => Verdict.Explain("the module over whose objects it walks is not there any more"),
            _ => Verdict.Stop,
        };
    }

    private sealed record Request(BpfProgram Program, IteratorScope? Scope, string Operation);
}

/// <summary><c>union bpf_iter_link_info</c>: what an iterator walks over.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct IteratorParameters
{
    [FieldOffset(0)]
    public int Map;

    [FieldOffset(0)]
    public uint CgroupOrder;

    [FieldOffset(4)]
    public int Cgroup;

    [FieldOffset(8)]
    public ulong CgroupId;

    [FieldOffset(0)]
    public uint Thread;

    [FieldOffset(4)]
    public uint Process;

    [FieldOffset(8)]
    public int ProcessDescriptor;
}
