using System.Text;

namespace Ebpf.Linux;

/// <content>Links.</content>
internal static unsafe partial class BpfCalls
{
    public static BpfHandle? CreateLink(this LinuxKernel kernel, ref LinkCreateAttr attr, out Errno error) =>
        TakeLink(kernel, kernel.Bpf(BpfCommand.LinkCreate, ref attr), out error);

    /// <summary>Attaches to a raw tracepoint, or without a name to what the program was loaded for.</summary>
    public static BpfHandle? OpenRawTracepoint(
        this LinuxKernel kernel, BpfHandle program, string? name, ulong cookie, out Errno error)
    {
        using BorrowedDescriptor borrowed = program.Borrow();
        fixed (byte* pointer = name is null ? null : Encoding.UTF8.GetBytes(name + '\0'))
        {
            RawTracepointAttr attr = new() { Name = pointer, Program = borrowed.Descriptor, Cookie = cookie };
            return TakeLink(kernel, kernel.Bpf(BpfCommand.RawTracepointOpen, ref attr), out error);
        }
    }

    /// <summary>Replaces the program of a link.</summary>
    public static Errno UpdateLink(
        this LinuxKernel kernel, BpfHandle link, BpfHandle program, BpfHandle? expected = null, uint flags = 0)
    {
        const uint replace = 4;
        using BorrowedDescriptor borrowedLink = link.Borrow();
        using BorrowedDescriptor borrowedNew = program.Borrow();
        using BorrowedDescriptor borrowedOld = expected.Borrow();
        LinkUpdateAttr attr = new()
        {
            Link = borrowedLink.Descriptor,
            New = borrowedNew.Descriptor,
            Flags = expected is null ? flags : flags | replace,
            Old = borrowedOld.Descriptor,
        };
        return kernel.Bpf(BpfCommand.LinkUpdate, ref attr).Error;
    }

    /// <summary>Detaches a link, whoever else holds it.</summary>
    public static Errno DetachLink(this LinuxKernel kernel, BpfHandle link)
    {
        using BorrowedDescriptor borrowed = link.Borrow();
        LinkDetachAttr attr = new() { Link = borrowed.Descriptor };
        return kernel.Bpf(BpfCommand.LinkDetach, ref attr).Error;
    }

    /// <summary>Opens an iterator for reading.</summary>
    public static BpfHandle? CreateIterator(this LinuxKernel kernel, BpfHandle link, out Errno error)
    {
        using BorrowedDescriptor borrowed = link.Borrow();
        IteratorCreateAttr attr = new() { Link = borrowed.Descriptor };
        return BpfHandle.Take(kernel, kernel.Bpf(BpfCommand.IteratorCreate, ref attr), out error);
    }

    /// <summary>Asks what a descriptor of a process attaches; the answer is in <paramref name="attr"/>.</summary>
    public static Errno QueryTaskDescriptor(this LinuxKernel kernel, ref TaskDescriptorQueryAttr attr) =>
        kernel.Bpf(BpfCommand.TaskDescriptorQuery, ref attr).Error;

    private static BpfHandle? TakeLink(LinuxKernel kernel, CallResult result, out Errno error)
    {
        BpfHandle? link = BpfHandle.Take(kernel, result, out error);
        link?.CloseOnlyOnDispose();
        return link;
    }
}
