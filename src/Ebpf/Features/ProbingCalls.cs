using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.ResourceLimits;
using Ebpf.Tokens;

namespace Ebpf.Features;

/// <summary>Loads what is only to find out whether it can be: with the token that is found, as whatever is loaded for good.</summary>
internal static class ProbingCalls
{
    public static BpfHandle? ProbeMap(this LinuxKernel kernel, ref MapCreateAttr attr, out Errno error)
    {
        using BorrowedDescriptor token = Token(kernel).Borrow();

        // A token that is no token is a question, too.
        if (attr.Token == 0) attr.Use(in token);
        BpfHandle? map = kernel.CreateMap(ref attr, out error);
        return error == Errno.EPERM && LockedMemoryLimit.TryRaise(kernel) ? kernel.CreateMap(ref attr, out error) : map;
    }

    public static BpfHandle? ProbeProgram(this LinuxKernel kernel, ref ProgramLoadAttr attr, out Errno error)
    {
        using BorrowedDescriptor token = Token(kernel).Borrow();
        attr.Use(in token);
        BpfHandle? program = kernel.LoadProgram(ref attr, out error);
        return error == Errno.EPERM && LockedMemoryLimit.TryRaise(kernel) ? kernel.LoadProgram(ref attr, out error) : program;
    }

    public static BpfHandle? ProbeBtf(this LinuxKernel kernel, ReadOnlySpan<byte> types, out Errno error) =>
        kernel.LoadBtf(types, out error, Token(kernel));

    private static BpfHandle? Token(LinuxKernel kernel) => TokenSearch.Of(kernel).Find()?.Handle;
}
