using System.Runtime.InteropServices;

namespace Ebpf.Linux;

/// <summary>The functions of the C library. Those that it does not wrap are made through its <c>syscall</c>.</summary>
/// <remarks>
/// <c>syscall</c> is variadic in C; on 64-bit Linux its arguments travel in registers as those of any function do.
/// No SuppressGCTransition: bpf(2) takes locks, blocks, and runs for seconds, during which the garbage collector must
/// be able to work.
/// </remarks>
internal static unsafe partial class NativeMethods
{
    private const string C = "libc";

    /// <summary>
    /// A system call whose error is read by <see cref="Marshal.GetLastSystemError"/>, at once and only after -1. With SetLastError
    /// the marshaller would clear, read and keep errno around every call, which takes longer than all else that it does; returning
    /// from native code leaves errno as it is in either case.
    /// </summary>
    [LibraryImport(C, EntryPoint = "syscall")]
    public static partial nint SystemCallKeepingError(nint number, nint a, nint b, nint c);

    [LibraryImport(C, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint SystemCall(nint number, nint a, nint b, nint c);

    [LibraryImport(C, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint SystemCall(nint number, nint a, nint b, nint c, nint d, nint e);

    [LibraryImport(C, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Ioctl(int descriptor, nuint request, nint argument);

    [LibraryImport(C, EntryPoint = "mmap", SetLastError = true)]
    public static partial nint Mmap(nint address, nuint length, int protection, int flags, int descriptor, long offset);

    [LibraryImport(C, EntryPoint = "munmap", SetLastError = true)]
    public static partial int Munmap(nint address, nuint length);

    [LibraryImport(C, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport(C, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Fcntl(int descriptor, int command, nint argument);

    [LibraryImport(C, EntryPoint = "open", SetLastError = true, StringMarshallingCustomType = typeof(PathText))]
    public static partial int Open(string path, int flags, uint mode);

    [LibraryImport(C, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, void* buffer, nuint length);

    [LibraryImport(C, EntryPoint = "pread", SetLastError = true)]
    public static partial nint ReadAt(int descriptor, void* buffer, nuint length, long offset);

    [LibraryImport(C, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, void* data, nuint length);

    [LibraryImport(C, EntryPoint = "access", SetLastError = true, StringMarshallingCustomType = typeof(PathText))]
    public static partial int Access(string path, int mode);

    [LibraryImport(C, EntryPoint = "statfs", SetLastError = true, StringMarshallingCustomType = typeof(PathText))]
    public static partial int StatFileSystem(string path, void* result);

    [LibraryImport(C, EntryPoint = "unlink", SetLastError = true, StringMarshallingCustomType = typeof(PathText))]
    public static partial int Unlink(string path);

    [LibraryImport(C, EntryPoint = "mkdir", SetLastError = true, StringMarshallingCustomType = typeof(PathText))]
    public static partial int MakeDirectory(string path, uint mode);

    [LibraryImport(C, EntryPoint = "rmdir", SetLastError = true, StringMarshallingCustomType = typeof(PathText))]
    public static partial int RemoveDirectory(string path);

    [LibraryImport(C, EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Mount(string source, string target, string fileSystem, nuint flags, void* data);

    [LibraryImport(C, EntryPoint = "if_nametoindex", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial uint InterfaceIndex(string name);

    [LibraryImport(C, EntryPoint = "socket", SetLastError = true)]
    public static partial int Socket(int domain, int type, int protocol);

    [LibraryImport(C, EntryPoint = "setsockopt", SetLastError = true)]
    public static partial int SetSocketOption(int socket, int level, int option, void* value, uint length);

    [LibraryImport(C, EntryPoint = "bind", SetLastError = true)]
    public static partial int Bind(int socket, void* address, uint length);

    [LibraryImport(C, EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(int socket, void* data, nuint length, int flags);

    [LibraryImport(C, EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(int socket, void* buffer, nuint length, int flags);

    [LibraryImport(C, EntryPoint = "recvfrom", SetLastError = true)]
    public static partial nint ReceiveFrom(int socket, void* buffer, nuint length, int flags, void* address, ref uint addressLength);

    [LibraryImport(C, EntryPoint = "setns", SetLastError = true)]
    public static partial int EnterNamespace(int descriptor, int kind);

    [LibraryImport(C, EntryPoint = "uname", SetLastError = true)]
    public static partial int SystemName(byte* result);

    [LibraryImport(C, EntryPoint = "clock_gettime", SetLastError = true)]
    public static partial int ClockGetTime(int clock, long* time);

    [LibraryImport(C, EntryPoint = "getrlimit", SetLastError = true)]
    public static partial int GetResourceLimit(int resource, out ResourceLimit limit);

    [LibraryImport(C, EntryPoint = "setrlimit", SetLastError = true)]
    public static partial int SetResourceLimit(int resource, in ResourceLimit limit);
}
