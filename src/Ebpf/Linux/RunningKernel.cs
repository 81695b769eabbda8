using System.Runtime.InteropServices;
using System.Text;

namespace Ebpf.Linux;

/// <summary>The kernel on which this process runs.</summary>
internal sealed unsafe class RunningKernel : LinuxKernel
{
    private readonly nint _bpf, _perfEventOpen, _readDirectory, _rename;
    private readonly int _directoryFlag, _noFollowFlag;

    private RunningKernel()
    {
        // Numbers: arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h.
        (_bpf, _perfEventOpen, _readDirectory, _rename, _directoryFlag, _noFollowFlag) = RuntimeInformation.ProcessArchitecture switch
        {
            _ when !OperatingSystem.IsLinux() =>
                throw new PlatformNotSupportedException("Loading and using eBPF objects needs Linux."),
            Architecture.X64 => (321, 298, 217, 316, 0x10000, 0x20000),
            Architecture.Arm64 => (280, 241, 61, 276, 0x4000, 0x8000),
            Architecture other => throw new PlatformNotSupportedException(
                $"Loading and using eBPF objects needs an x64 or Arm64 process; this one is {other}."),
        };
    }

    /// <summary>The only one.</summary>
    /// <exception cref="PlatformNotSupportedException">This is not Linux on x64 or Arm64.</exception>
    // Not a static initialiser, whose exception would come wrapped; and one object even when two threads ask first at once, since what
    // is known about a kernel is kept by its object.
    public static RunningKernel Instance => field ?? Interlocked.CompareExchange(ref field, new RunningKernel(), null) ?? field;

    public override int PageSize => Environment.SystemPageSize;

    public override CallResult OpenTask(int id, bool thread)
    {
        // The number is the same on all architectures. PIDFD_THREAD is O_EXCL.
        const int pidfdOpen = 434, threadFlag = 0x80;
        return Result(NativeMethods.SystemCall(pidfdOpen, id, thread ? threadFlag : 0, 0));
    }

    public override CallResult Ioctl(int descriptor, uint request, nint argument) =>
        Result(NativeMethods.Ioctl(descriptor, request, argument));

    public override CallResult Mmap(
        nint address, nuint length, MemoryProtection protection, MemoryMapping mapping, int descriptor, long offset) =>
        Result(NativeMethods.Mmap(address, length, (int)protection, (int)mapping, descriptor, offset));

    public override CallResult Munmap(nint address, nuint length) => Result(NativeMethods.Munmap(address, length));

    public override CallResult Close(int descriptor) => Result(NativeMethods.Close(descriptor));

    public override CallResult Duplicate(int descriptor)
    {
        const int duplicateCloseOnExec = 1030, lowest = 1;
        return Result(NativeMethods.Fcntl(descriptor, duplicateCloseOnExec, lowest));
    }

    public override CallResult ReadDirectory(int descriptor, Span<byte> entries)
    {
        fixed (byte* pointer = entries)
            return Result(NativeMethods.SystemCall(_readDirectory, descriptor, (nint)pointer, entries.Length));
    }

    public override Errno Status(string path, out FileStatus status)
    {
        // struct statx is 256 bytes long; stx_mode is at 28, stx_ino at 32, stx_size at 40, stx_dev_major and stx_dev_minor at 136 and 140.
        const int currentDirectory = -100, type = 1, mode = 2, inode = 0x100, size = 0x200, words = 32;
        int number = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 332 : 291;
        ulong* result = stackalloc ulong[words];
        fixed (byte* name = PathText.Encode(path))
        {
            CallResult call =
                Result(NativeMethods.SystemCall(number, currentDirectory, (nint)name, 0, type | mode | inode | size, (nint)result));
            status = call.Failed
                ? default
                : new FileStatus(result[4], result[5])
                {
                    Device = ((ulong)((uint*)result)[34] << 32) | ((uint*)result)[35],
                    Mode = ((ushort*)result)[14],
                };
            return call.Error;
        }
    }

    public override Errno GetName(out KernelName name)
    {
        // struct utsname: six names of 65 bytes each, of which the third is the release and the fourth the version.
        const int size = 65, names = 6;
        byte* result = stackalloc byte[size * names];
        CallResult call = Result(NativeMethods.SystemName(result));
        name = call.Failed ? new KernelName("", "") : new KernelName(Name(2), Name(3));
        return call.Error;

        string Name(int index)
        {
            ReadOnlySpan<byte> text = new(result + (index * size), size);
            return Encoding.UTF8.GetString(text[..text.IndexOf((byte)0)]);
        }
    }

    public override CallResult FileSystemFlags(string path)
    {
        // f_flags of struct statfs is at 80 on every 64-bit Linux.
        const int words = 32;
        long* result = stackalloc long[words];
        return NativeMethods.StatFileSystem(path, result) == 0 ? new CallResult((nint)result[10]) : Result(-1);
    }

    public override bool Exists(string path) => NativeMethods.Access(path, 0) == 0;

    public override CallResult FileSystemMagic(string path)
    {
        // struct statfs begins with the magic number on every 64-bit Linux; it is 120 bytes long.
        const int words = 32;
        long* result = stackalloc long[words];
        return NativeMethods.StatFileSystem(path, result) == 0 ? new CallResult((nint)(*result & uint.MaxValue)) : Result(-1);
    }

    public override CallResult Unlink(string path) => Result(NativeMethods.Unlink(path));

    public override CallResult MakeDirectory(string path, uint mode) => Result(NativeMethods.MakeDirectory(path, mode));

    public override CallResult RemoveDirectory(string path) => Result(NativeMethods.RemoveDirectory(path));

    public override CallResult Rename(string from, string to)
    {
        const int currentDirectory = -100, noReplace = 1;
        fixed (byte* old = PathText.Encode(from), fresh = PathText.Encode(to))
        {
            return Result(NativeMethods.SystemCall(
                _rename, currentDirectory, (nint)old, currentDirectory, (nint)fresh, noReplace));
        }
    }

    public override CallResult Mount(string source, string target, string fileSystem) =>
        Result(NativeMethods.Mount(source, target, fileSystem, 0, null));

    public override CallResult InterfaceIndex(string name)
    {
        uint index = NativeMethods.InterfaceIndex(name);
        return Result(index == 0 ? -1 : (nint)index);
    }

    public override CallResult Socket(int domain, int type, int protocol)
    {
        const int closeOnExec = 0x80000;
        return Result(NativeMethods.Socket(domain, type | closeOnExec, protocol));
    }

    public override CallResult SetSocketOption(int socket, int level, int option, ReadOnlySpan<byte> value)
    {
        fixed (byte* pointer = value)
            return Result(NativeMethods.SetSocketOption(socket, level, option, pointer, (uint)value.Length));
    }

    public override CallResult Bind(int socket, ReadOnlySpan<byte> address)
    {
        fixed (byte* pointer = address) return Result(NativeMethods.Bind(socket, pointer, (uint)address.Length));
    }

    public override CallResult EnterNamespace(int descriptor, int kind) => Result(NativeMethods.EnterNamespace(descriptor, kind));

    public override CallResult ChangeSignalMask(SignalMaskChange change, ulong signals, out ulong before)
    {
        // The kernel's own set has 8 bytes. The C library's function would leave some of its own signals out of the set.
        int number = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 14 : 135;
        ulong old = 0;
        CallResult result =
            Result(NativeMethods.SystemCall(number, (nint)change, (nint)(&signals), (nint)(&old), sizeof(ulong), 0));
        before = old;
        return result;
    }

    public override CallResult GetResourceLimit(int resource, out ResourceLimit limit) =>
        Result(NativeMethods.GetResourceLimit(resource, out limit));

    public override CallResult SetResourceLimit(int resource, ResourceLimit limit) =>
        Result(NativeMethods.SetResourceLimit(resource, in limit));

    public override ulong TimeSinceBoot()
    {
        const int bootTime = 7;
        const ulong nanosecondsPerSecond = 1_000_000_000;
        long* time = stackalloc long[2];
        return NativeMethods.ClockGetTime(bootTime, time) == 0 ? ((ulong)time[0] * nanosecondsPerSecond) + (ulong)time[1] : 0;
    }

    protected override CallResult BpfOnce(BpfCommand command, void* attr, int size)
    {
        nint returned = NativeMethods.SystemCallKeepingError(_bpf, (nint)command, (nint)attr, size);
        return returned == -1 ? CallResult.Of((Errno)Marshal.GetLastSystemError()) : new CallResult(returned);
    }

    protected override CallResult BpfOnce(BpfCommand command, void* attr, int size, CommonAttr* common)
    {
        // BPF_COMMON_ATTRS: a kernel without them does not know the command.
        const int hasCommon = 1 << 16;
        return Result(NativeMethods.SystemCall(
            _bpf, (nint)command | hasCommon, (nint)attr, size, (nint)common, sizeof(CommonAttr)));
    }

    protected override CallResult PerfEventOpenOnce(PerfEventAttr* attr, int process, int cpu, int group, uint flags) =>
        Result(NativeMethods.SystemCall(_perfEventOpen, (nint)attr, process, cpu, group, (nint)flags));

    protected override CallResult OpenOnce(string path, OpenMode mode)
    {
        OpenMode flags = (mode & ~(OpenMode.Directory | OpenMode.NoFollow)) | OpenMode.CloseOnExec;
        int directory = (mode & OpenMode.Directory) != 0 ? _directoryFlag : 0;
        int noFollow = (mode & OpenMode.NoFollow) != 0 ? _noFollowFlag : 0;
        return Result(NativeMethods.Open(path, (int)flags | directory | noFollow, 0));
    }

    protected override CallResult OpenInRootOnce(int root, string path, OpenMode mode)
    {
        // The number is the same on all architectures. struct open_how: flags, mode, how to resolve (RESOLVE_IN_ROOT).
        const int openat2 = 437;
        ulong* how = stackalloc ulong[3] { (ulong)(mode | OpenMode.CloseOnExec), 0, 0x10 };
        fixed (byte* name = PathText.Encode(path))
            return Result(NativeMethods.SystemCall(openat2, root, (nint)name, (nint)how, 3 * sizeof(ulong), 0));
    }

    protected override CallResult ReadOnce(int descriptor, Span<byte> buffer)
    {
        fixed (byte* pointer = buffer) return Result(NativeMethods.Read(descriptor, pointer, (nuint)buffer.Length));
    }

    protected override CallResult ReadAtOnce(int descriptor, Span<byte> buffer, long offset)
    {
        fixed (byte* pointer = buffer)
            return Result(NativeMethods.ReadAt(descriptor, pointer, (nuint)buffer.Length, offset));
    }

    protected override CallResult WriteOnce(int descriptor, ReadOnlySpan<byte> data)
    {
        fixed (byte* pointer = data) return Result(NativeMethods.Write(descriptor, pointer, (nuint)data.Length));
    }

    protected override CallResult SendOnce(int socket, ReadOnlySpan<byte> data, int flags)
    {
        fixed (byte* pointer = data) return Result(NativeMethods.Send(socket, pointer, (nuint)data.Length, flags));
    }

    protected override CallResult ReceiveOnce(int socket, Span<byte> buffer, int flags)
    {
        fixed (byte* pointer = buffer) return Result(NativeMethods.Receive(socket, pointer, (nuint)buffer.Length, flags));
    }

    protected override CallResult ReceiveFromOnce(int socket, Span<byte> buffer, int flags, Span<byte> address)
    {
        uint length = (uint)address.Length;
        fixed (byte* pointer = buffer, from = address)
            return Result(NativeMethods.ReceiveFrom(socket, pointer, (nuint)buffer.Length, flags, from, ref length));
    }

    /// <summary>Turns the C library's -1 and errno into the kernel's own answer.</summary>
    private static CallResult Result(nint returned) =>
        returned == -1 ? CallResult.Of((Errno)Marshal.GetLastPInvokeError()) : new CallResult(returned);
}
