using System.Net.Sockets;
using System.Runtime.InteropServices;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.Sockets;

/// <summary>Sets programs on sockets by setsockopt(2), which is all that the kernel has for it: one place for each, without an owner.</summary>
internal static class SocketHook
{
    // <asm-generic/socket.h>; the numbers are the same on x86-64 and arm64.
    private const int SocketLevel = 1, DetachFilterOption = 27, AttachBpf = 50, AttachReuseportBpf = 52, DetachReuseportBpf = 68;

    public static void AttachFilter(BpfProgram program, Socket socket)
    {
        string what = $"program \"{program.Name}\" to a socket";
        AttachRules.RequireType(program, what, "SEC(\"socket\")", ProgramType.SocketFilter);
        Errno error = Set(program, socket, AttachBpf);
        if (error != Errno.None)
        {
            throw Refusal.Explain(
                program.Kernel,
                $"Attach {what}",
                error,
                Privileges.None,
                error == Errno.EPERM ? "the filter of the socket is locked (SO_LOCK_FILTER)" : null);
        }
    }

    public static bool DetachFilter(LinuxKernel kernel, Socket socket)
    {
        Errno error = Set(kernel, socket, DetachFilterOption, 0);
        return error switch
        {
            Errno.None => true,
            Errno.ENOENT => false,
            _ => throw Refusal.Explain(
                kernel,
                "Remove the filter of a socket",
                error,
                Privileges.None,
                error == Errno.EPERM ? "it is locked (SO_LOCK_FILTER)" : null),
        };
    }

    public static void AttachReuseport(BpfProgram program, Socket socket)
    {
        string what = $"program \"{program.Name}\" to a group of sockets";
        AttachRules.RequireType(
            program, what, "SEC(\"sk_reuseport\"), SEC(\"sk_reuseport/migrate\") and SEC(\"socket\")", ProgramType.SkReuseport, ProgramType.SocketFilter);
        Errno error = Set(program, socket, AttachReuseportBpf);
        string? advice = error switch
        {
            Errno.EINVAL => "the socket shares no port: set SO_REUSEPORT on it before it is bound",
            Errno.ENOTSUPP or Errno.EOPNOTSUPP => "only TCP and UDP sockets of IPv4 and IPv6 share ports",
            _ => null,
        };
        if (error != Errno.None)
            throw Refusal.Explain(program.Kernel, $"Attach {what}", error, Privileges.Bpf | Privileges.NetAdmin, advice);
    }

    public static bool DetachReuseport(LinuxKernel kernel, Socket socket)
    {
        const string operation = "Remove the program of a group of sockets";
        Errno error = Set(kernel, socket, DetachReuseportBpf, 0);
        return error switch
        {
            Errno.None => true,
            Errno.ENOENT => false,
            Errno.ENOPROTOOPT => throw new FeatureNotSupportedException(operation, "SO_DETACH_REUSEPORT_BPF", new Version(5, 3), error),
            _ => throw Refusal.Explain(kernel, operation, error, Privileges.None),
        };
    }

    private static Errno Set(BpfProgram program, Socket socket, int option)
    {
        using BorrowedDescriptor borrowed = program.Handle.Borrow();
        return Set(program.Kernel, socket, option, borrowed.Descriptor);
    }

    private static Errno Set(LinuxKernel kernel, Socket socket, int option, int value)
    {
        using BorrowedDescriptor borrowed = ((SafeHandle)socket.SafeHandle).Borrow();
        return kernel.SetSocketOption(borrowed.Descriptor, SocketLevel, option, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in value))).Error;
    }
}
