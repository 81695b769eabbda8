using System.Runtime.InteropServices;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.Sockets;

/// <summary>Attaches programs to infrared receivers.</summary>
internal static class LircHook
{
    private static readonly Ladder<(BpfProgram Program, SafeHandle Device)> Ways = new(new Rung<(BpfProgram Program, SafeHandle Device)>("BPF_PROG_ATTACH", AttachDirectly, Judge));

    public static BpfLink Attach(BpfProgram program, string path)
    {
        string what = $"program \"{program.Name}\" to infrared receiver {path}";
        RequireType(program, what);
        LinuxKernel kernel = program.Kernel;

        // Read-only and without waiting: opening a receiver changes nothing about it.
        using BpfHandle device = BpfHandle.Take(kernel, kernel.Open(path, OpenMode.NonBlocking), out Errno error)
            ?? throw Refusal.Explain(
                kernel, $"Attach {what}", error, Privileges.None, error is Errno.ENOENT or Errno.ENXIO or Errno.ENODEV ? "there is no such device" : null);
        return Attach(program, device, what);
    }

    public static BpfLink Attach(BpfProgram program, SafeHandle device)
    {
        string what = $"program \"{program.Name}\" to an infrared receiver";
        RequireType(program, what);
        return Attach(program, device, what);
    }

    private static void RequireType(BpfProgram program, string what) =>
        AttachRules.RequireType(program, what, "SEC(\"lirc_mode2\")", ProgramType.LircMode2);

    private static BpfLink Attach(BpfProgram program, SafeHandle device, string what) =>
        new(Ways.Climb(program.Kernel, (program, device), what, Privileges.Bpf | Privileges.NetAdmin), LinkType.Unspecified, what);

    private static ProgramAttachment? AttachDirectly((BpfProgram Program, SafeHandle Device) request, out Errno error)
    {
        using BorrowedDescriptor device = request.Device.Borrow();
        return ProgramAttachment.Attach(
            request.Program, device.Descriptor, AttachType.LircMode2, flags: 0, replaced: null, ProgramSlot.List, out error);
    }

    private static Verdict Judge((BpfProgram Program, SafeHandle Device) request, Errno error) => error switch
    {
        Errno.EINVAL => Verdict.Explain(
            "it is no infrared receiver of raw signals, or the kernel is built without programs for it (CONFIG_BPF_LIRC_MODE2)"),
        Errno.EEXIST => Verdict.Explain("the program is attached there already"),
        Errno.E2BIG => Verdict.Explain("64 programs are attached there, which is all that the kernel takes"),
        Errno.ENODEV => Verdict.Explain("the receiver was unplugged"),
        _ => Verdict.Stop,
    };
}
