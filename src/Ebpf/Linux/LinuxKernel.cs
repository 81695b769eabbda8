namespace Ebpf.Linux;

/// <summary>
/// The one seam to Linux: the system calls that this library makes, and nothing else. The rest of the library never
/// calls the operating system past it.
/// </summary>
/// <remarks>
/// An implementation makes each call once. What every caller would have to do (calls that a signal interrupts are made
/// again) is done here, above the implementations, so that a test can interrupt them.
/// </remarks>
internal abstract unsafe partial class LinuxKernel : BpfKernel
{
    /// <summary>As often as libbpf: a call that is interrupted each time must not hang its caller.</summary>
    private const int MaxAttempts = 5;

    /// <summary>The size of a page of memory, in bytes.</summary>
    public abstract int PageSize { get; }

    /// <summary>The seam behind the public type.</summary>
    /// <param name="kernel">The kernel; <c>null</c> for the running one.</param>
    /// <exception cref="PlatformNotSupportedException">The kernel is the running one, and this is not Linux on x64 or Arm64.</exception>
    public static LinuxKernel Of(BpfKernel? kernel) => (LinuxKernel?)kernel ?? RunningKernel.Instance;

    /// <summary>bpf(2).</summary>
    /// <param name="command">What to do.</param>
    /// <param name="attr">The structure of this command; the kernel may write its answer into it.</param>
    /// <param name="size">
    /// Its size. A kernel that knows a shorter one accepts it as long as the bytes that it does not know are zero.
    /// </param>
    public CallResult Bpf(BpfCommand command, void* attr, int size)
    {
        CallResult result = BpfOnce(command, attr, size);
        return result.Failed ? Retry(result, command, attr, size) : result;
    }

    /// <summary>bpf(2), with the structure of the command.</summary>
    public CallResult Bpf<T>(BpfCommand command, ref T attr)
        where T : unmanaged
    {
        fixed (T* pointer = &attr) return Bpf(command, pointer, sizeof(T));
    }

    /// <summary>
    /// bpf(2), for commands that can take seconds and give up when a signal is pending. Signals wait until the call is over; what cannot
    /// wait (SIGSTOP, the runtime's own signals) makes the call begin again, but not for ever.
    /// </summary>
    /// <param name="command">What to do.</param>
    /// <param name="attr">The structure of this command.</param>
    /// <param name="cancellation">Ends it between two attempts.</param>
    /// <exception cref="OperationCanceledException">It was cancelled while signals interrupted the call.</exception>
    public CallResult BpfAtLength<T>(BpfCommand command, ref T attr, CancellationToken cancellation = default)
        where T : unmanaged
    {
        using BlockedSignals blocked = new(this);
        fixed (T* pointer = &attr)
        {
            for (int attempt = 1; ; attempt++)
            {
                CallResult result = BpfOnce(command, pointer, sizeof(T));

                // EAGAIN is the verifier's word for it (Linux commit c3494801cd17), EINTR that of test runs.
                bool isInterrupted = result.Error == Errno.EINTR || (result.Error == Errno.EAGAIN && command == BpfCommand.ProgramLoad);
                if (!isInterrupted || attempt == MaxAttempts) return result;
                cancellation.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>bpf(2), asked to say in words what is wrong (Linux 7.1; an older kernel answers EINVAL).</summary>
    public CallResult Bpf(BpfCommand command, void* attr, int size, CommonAttr* common) =>
        BpfOnce(command, attr, size, common);

    /// <summary>perf_event_open(2); the descriptor is close-on-exec.</summary>
    public CallResult PerfEventOpen(ref PerfEventAttr attr, int process, int cpu, int group, uint flags)
    {
        const uint closeOnExec = 8;
        attr.Size = (uint)sizeof(PerfEventAttr);
        fixed (PerfEventAttr* pointer = &attr)
            return PerfEventOpenOnce(pointer, process, cpu, group, flags | closeOnExec);
    }

    /// <summary>pidfd_open(2), since Linux 5.3; the descriptor is close-on-exec.</summary>
    /// <param name="id">The number of a process, or of a thread.</param>
    /// <param name="thread">Whether it may be a thread that is not the first of its process; since Linux 6.9.</param>
    public abstract CallResult OpenTask(int id, bool thread);

    /// <summary>ioctl(2).</summary>
    public abstract CallResult Ioctl(int descriptor, uint request, nint argument);

    /// <summary>mmap(2).</summary>
    public abstract CallResult Mmap(
        nint address, nuint length, MemoryProtection protection, MemoryMapping mapping, int descriptor, long offset);

    /// <summary>munmap(2).</summary>
    public abstract CallResult Munmap(nint address, nuint length);

    /// <summary>
    /// close(2). Never repeated: Linux has freed the descriptor even when a signal interrupts the call.
    /// </summary>
    public abstract CallResult Close(int descriptor);

    /// <summary>A copy of a descriptor that is close-on-exec and at least 1 (F_DUPFD_CLOEXEC).</summary>
    public abstract CallResult Duplicate(int descriptor);

    /// <summary>open(2); the descriptor is close-on-exec.</summary>
    public CallResult Open(string path, OpenMode mode)
    {
        CallResult result;
        do result = OpenOnce(path, mode);
        while (result.Error == Errno.EINTR);
        return result;
    }

    /// <summary>Opens a file below a directory as if that were the root directory: no link leads out of it (openat2(2), since Linux 5.6).</summary>
    /// <param name="root">The directory.</param>
    /// <param name="path">The path below it.</param>
    /// <param name="mode">How to open it; none of the seam's own bits.</param>
    public CallResult OpenInRoot(int root, string path, OpenMode mode)
    {
        CallResult result;
        int attempt = 0;

        // EAGAIN: something was renamed meanwhile, so that it could not be told whether the path stays inside.
        do result = OpenInRootOnce(root, path, mode);
        while (result.Error == Errno.EINTR || (result.Error == Errno.EAGAIN && ++attempt < MaxAttempts));
        return result;
    }

    /// <summary>read(2).</summary>
    public CallResult Read(int descriptor, Span<byte> buffer)
    {
        CallResult result;
        do result = ReadOnce(descriptor, buffer);
        while (result.Error == Errno.EINTR);
        return result;
    }

    /// <summary>write(2): all of it, or an error.</summary>
    public CallResult Write(int descriptor, ReadOnlySpan<byte> data)
    {
        do
        {
            CallResult result = WriteOnce(descriptor, data);
            if (result.Error == Errno.EINTR) continue;
            if (result.Failed) return result;
            if (result.Value == 0) return CallResult.Of(Errno.EIO);
            data = data[result.Value..];
        }
        while (data.Length > 0);
        return CallResult.Success;
    }

    /// <summary>getdents64(2).</summary>
    public abstract CallResult ReadDirectory(int descriptor, Span<byte> entries);

    /// <summary>Whether something is at a path (access(2)).</summary>
    public abstract bool Exists(string path);

    /// <summary>The magic number of the file system that holds a path (statfs(2)), or an error.</summary>
    public abstract CallResult FileSystemMagic(string path);

    /// <summary>The flags with which the file system is mounted that holds a path (<c>ST_NOEXEC</c> and its like, statfs(2)), or an error.</summary>
    public abstract CallResult FileSystemFlags(string path);

    /// <summary>unlink(2).</summary>
    public abstract CallResult Unlink(string path);

    /// <summary>mkdir(2).</summary>
    /// <param name="path">The directory to make.</param>
    /// <param name="mode">Its permission bits.</param>
    public abstract CallResult MakeDirectory(string path, uint mode);

    /// <summary>rmdir(2).</summary>
    public abstract CallResult RemoveDirectory(string path);

    /// <summary>Moves a file to a name that is free (renameat2(2), RENAME_NOREPLACE).</summary>
    public abstract CallResult Rename(string from, string to);

    /// <summary>mount(2), without flags and data.</summary>
    public abstract CallResult Mount(string source, string target, string fileSystem);

    /// <summary>The number of a network interface (if_nametoindex(3)).</summary>
    public abstract CallResult InterfaceIndex(string name);

    /// <summary>socket(2); the descriptor is close-on-exec.</summary>
    public abstract CallResult Socket(int domain, int type, int protocol);

    /// <summary>setsockopt(2).</summary>
    public abstract CallResult SetSocketOption(int socket, int level, int option, ReadOnlySpan<byte> value);

    /// <summary>bind(2).</summary>
    public abstract CallResult Bind(int socket, ReadOnlySpan<byte> address);

    /// <summary>send(2).</summary>
    public CallResult Send(int socket, ReadOnlySpan<byte> data, int flags = 0)
    {
        CallResult result;
        do result = SendOnce(socket, data, flags);
        while (result.Error == Errno.EINTR);
        return result;
    }

    /// <summary>recv(2).</summary>
    public CallResult Receive(int socket, Span<byte> buffer, int flags = 0)
    {
        CallResult result;
        do result = ReceiveOnce(socket, buffer, flags);
        while (result.Error == Errno.EINTR);
        return result;
    }

    /// <summary>recvfrom(2).</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="buffer">Where to put what is received.</param>
    /// <param name="flags">MSG_*.</param>
    /// <param name="address">Where to put the address of who sent it, as much of it as there is room for.</param>
    public CallResult ReceiveFrom(int socket, Span<byte> buffer, int flags, Span<byte> address)
    {
        CallResult result;
        do result = ReceiveFromOnce(socket, buffer, flags, address);
        while (result.Error == Errno.EINTR);
        return result;
    }

    /// <summary>Moves the calling thread into another namespace (setns(2)).</summary>
    /// <param name="descriptor">What stands for the namespace.</param>
    /// <param name="kind">Which kind of namespace it must be: CLONE_NEW*.</param>
    public abstract CallResult EnterNamespace(int descriptor, int kind);

    /// <summary>Changes which signals wait for the calling thread (rt_sigprocmask(2)).</summary>
    /// <param name="change">How.</param>
    /// <param name="signals">A bit set of signals; bit 0 is signal 1.</param>
    /// <param name="before">Those that waited before.</param>
    public abstract CallResult ChangeSignalMask(SignalMaskChange change, ulong signals, out ulong before);

    /// <summary>uname(2): what the kernel calls itself. It works without /proc.</summary>
    /// <param name="name">What it says; empty after an error.</param>
    public abstract Errno GetName(out KernelName name);

    /// <summary>getrlimit(2).</summary>
    public abstract CallResult GetResourceLimit(int resource, out ResourceLimit limit);

    /// <summary>setrlimit(2).</summary>
    public abstract CallResult SetResourceLimit(int resource, ResourceLimit limit);

    /// <summary>How long ago the machine started, in nanoseconds, sleep included (CLOCK_BOOTTIME); 0 if it does not tell.</summary>
    public abstract ulong TimeSinceBoot();

    protected abstract CallResult BpfOnce(BpfCommand command, void* attr, int size);

    protected abstract CallResult BpfOnce(BpfCommand command, void* attr, int size, CommonAttr* common);

    protected abstract CallResult PerfEventOpenOnce(PerfEventAttr* attr, int process, int cpu, int group, uint flags);

    protected abstract CallResult OpenOnce(string path, OpenMode mode);

    protected abstract CallResult OpenInRootOnce(int root, string path, OpenMode mode);

    protected abstract CallResult ReadOnce(int descriptor, Span<byte> buffer);

    protected abstract CallResult WriteOnce(int descriptor, ReadOnlySpan<byte> data);

    protected abstract CallResult SendOnce(int socket, ReadOnlySpan<byte> data, int flags);

    protected abstract CallResult ReceiveOnce(int socket, Span<byte> buffer, int flags);

    protected abstract CallResult ReceiveFromOnce(int socket, Span<byte> buffer, int flags, Span<byte> address);

    private CallResult Retry(CallResult result, BpfCommand command, void* attr, int size)
    {
        // A batch call that answers EINTR has done a part of its work and written how much: only its caller can go on.
        bool isBatch = command is >= BpfCommand.MapLookupBatch and <= BpfCommand.MapDeleteBatch;
        while (result.Error == Errno.EINTR && !isBatch) result = BpfOnce(command, attr, size);
        return result;
    }
}
