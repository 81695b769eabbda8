using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links;

/// <summary>Attaches programs to what they named when they were loaded: tp_btf, fentry, fexit, fmod_ret, LSM.</summary>
internal static class TracingAttachment
{
    public static KernelLink Attach(BpfProgram program, string target, ulong cookie)
    {
        LinuxKernel kernel = program.Handle.Kernel;
        string what = $"program \"{program.Name}\" to {target}";
        BpfHandle? link;
        Errno error;

        // Cookies need a link of the newer kind (Linux 5.19); without one the older call does the same on every kernel.
        if (cookie == 0)
        {
            link = kernel.OpenRawTracepoint(program.Handle, name: null, cookie: 0, out error);
        }
        else
        {
            using BorrowedDescriptor borrowed = program.Handle.Borrow();
            LinkCreateAttr attr = new()
            {
                Program = borrowed.Descriptor,
                AttachType = program.AttachType ?? default,
                Tracing = new TracingLinkAttr { Cookie = cookie },
            };
            link = kernel.CreateLink(ref attr, out error);
        }

        return link is not null
            ? new KernelLink(link, program.AttachType == AttachType.TraceRawTp ? LinkType.RawTracepoint : LinkType.Tracing, what)
            : throw Refusal.Explain(kernel, $"Attach {what}", error, Privileges.Bpf | Privileges.PerfMon);
    }
}
