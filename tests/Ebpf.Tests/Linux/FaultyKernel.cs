using System.Collections.Concurrent;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.ResourceLimits;

namespace Ebpf.Tests.Linux;

/// <summary>A kernel that passes calls on, counts them, makes chosen ones fail, and knows which descriptors are open.</summary>
internal sealed unsafe class FaultyKernel : LinuxKernel
{
    /// <summary>What uname(2) tells, among <see cref="Files"/>.</summary>
    public const string Release = "uname -r", Build = "uname -v";

    private readonly LinuxKernel _inner;
    private readonly HashSet<int> _open = [];

    /// <summary>Where something is mapped, and whether it is of a descriptor: not the zeros that were put in its place.</summary>
    private readonly Dictionary<nint, bool> _mapped = [];
    private readonly Lock _lock = new();

    /// <summary>A kernel that counts locked memory would refuse by chance, depending on what other tests hold.</summary>
    static FaultyKernel() => LockedMemoryLimit.TryRaise(RunningKernel.Instance);

    public FaultyKernel(LinuxKernel? inner = null) => _inner = inner ?? RunningKernel.Instance;

    /// <summary>How many calls that can fail were made.</summary>
    public int Calls { get; private set; }

    /// <summary>The number, from 1, of the call that fails; 0 for none.</summary>
    public int FailingCall { get; set; }

    /// <summary>With what the call of that number fails.</summary>
    public Errno FailingWith { get; set; } = Errno.EPERM;

    /// <summary>Answers bpf(2) in the place of the kernel, unless with null.</summary>
    public Func<BpfCommand, nint, Errno?>? OnBpf { get; set; }

    /// <summary>Answers bpf(2) with common attributes in the place of the kernel, unless with null.</summary>
    public Func<BpfCommand, nint, Errno?>? OnCommon { get; set; }

    /// <summary>Answers perf_event_open(2), by the type of the event, in the place of the kernel, unless with null.</summary>
    public Func<uint, Errno?>? OnPerfEvent { get; set; }

    /// <summary>Answers the duplicating of descriptors in the place of the kernel.</summary>
    public Func<int, CallResult>? OnDuplicate { get; set; }

    /// <summary>Is told of descriptors to close, in the place of the kernel.</summary>
    public Action<int>? OnClose { get; set; }

    /// <summary>The limits of a process that is not this one: tests must not change theirs.</summary>
    public ConcurrentDictionary<int, ResourceLimit> ResourceLimits { get; } = [];

    /// <summary>The contents of files that stand in the place of the machine's; null for a file that is not there.</summary>
    public Dictionary<string, string?> Files { get; } = [];

    /// <summary>What opening a file, or asking about it, is answered with: it and what is below it.</summary>
    public Dictionary<string, Errno> Closed { get; } = [];

    /// <summary>The kind of every file system, in the place of the machine's.</summary>
    public uint? Magic { get; set; }

    /// <summary>The contents of files that are no text.</summary>
    public Dictionary<string, byte[]> BinaryFiles { get; } = [];

    /// <summary>Files and directories that stand in the place of others, with what is in them.</summary>
    public Dictionary<string, string> Replacements { get; } = [];

    /// <summary>Answers mmap(2) in the place of the kernel, unless with null.</summary>
    public Func<Errno?>? OnMmap { get; set; }

    /// <summary>Is told what is sent, and answers in the place of the kernel, unless with null.</summary>
    public Func<byte[], CallResult?>? OnSend { get; set; }

    /// <summary>Answers receiving in the place of the kernel, unless with null.</summary>
    public Func<Errno?>? OnReceiving { get; set; }

    /// <summary>
    /// Gives what is received in the place of the kernel; null for nothing. It is told whether that stays to be received again.
    /// </summary>
    public Func<bool, (byte[] Data, byte[]? Address)?>? OnReceive { get; set; }

    /// <summary>Tells the time in the place of the machine's clock.</summary>
    public Func<ulong>? OnTime { get; set; }

    /// <summary>The commands of bpf(2) that were made, in order.</summary>
    public List<BpfCommand> Commands { get; } = [];

    /// <summary>How many descriptors that came from this kernel are open.</summary>
    public int OpenDescriptors
    {
        get
        {
            lock (_lock) return _open.Count;
        }
    }

    /// <summary>How many descriptors' memory is mapped.</summary>
    public int MappedDescriptors
    {
        get
        {
            lock (_lock) return _mapped.Values.Count(isOfDescriptor => isOfDescriptor);
        }
    }

    /// <summary>How many ranges of addresses were taken and not given back.</summary>
    public int MappedRanges
    {
        get
        {
            lock (_lock) return _mapped.Count;
        }
    }

    /// <summary>Closes what a test has left open on purpose.</summary>
    public void CloseAll()
    {
        int[] left;
        lock (_lock) left = [.. _open];
        foreach (int descriptor in left) Close(descriptor);
    }

    public override int PageSize => _inner.PageSize;

    public override CallResult OpenTask(int id, bool thread) =>
        Count() is { } error ? CallResult.Of(error) : Opened(_inner.OpenTask(id, thread));

    public override CallResult Ioctl(int descriptor, uint request, nint argument) =>
        Count() is { } error ? CallResult.Of(error) : _inner.Ioctl(descriptor, request, argument);

    public override CallResult Mmap(
        nint address, nuint length, MemoryProtection protection, MemoryMapping mapping, int descriptor, long offset) =>
        (Count() ?? OnMmap?.Invoke()) is { } error
            ? CallResult.Of(error)
            : Mapped(_inner.Mmap(address, length, protection, mapping, descriptor, offset), descriptor);

    public override CallResult Munmap(nint address, nuint length)
    {
        lock (_lock) _mapped.Remove(address);
        return _inner.Munmap(address, length);
    }

    public override CallResult Close(int descriptor)
    {
        lock (_lock) _open.Remove(descriptor);
        if (OnClose is null) return _inner.Close(descriptor);
        OnClose(descriptor);
        return CallResult.Success;
    }

    public override CallResult Duplicate(int descriptor) =>
        OnDuplicate is not null ? OnDuplicate(descriptor)
        : Count() is { } error ? CallResult.Of(error) : Opened(_inner.Duplicate(descriptor));

    public override CallResult ReadDirectory(int descriptor, Span<byte> entries) =>
        Count() is { } error ? CallResult.Of(error) : _inner.ReadDirectory(descriptor, entries);

    public override bool Exists(string path) =>
        Files.TryGetValue(path, out string? text) ? text is not null : _inner.Exists(Replaced(path));

    public override Errno Status(string path, out FileStatus status)
    {
        status = default;
        if (RefusalOf(path) is { } refusal) return refusal;
        if (Files.TryGetValue(path, out string? text)) return text is null ? Errno.ENOENT : Errno.None;
        return Count() ?? _inner.Status(Replaced(path), out status);
    }

    public override Errno GetName(out KernelName name)
    {
        Errno error = _inner.GetName(out KernelName own);
        name = new KernelName(
            (Files.TryGetValue(Release, out string? release) ? release : own.Release)?.Trim() ?? "",
            (Files.TryGetValue(Build, out string? build) ? build : own.Version) ?? "");
        return Files.ContainsKey(Release) && release is null ? Errno.EPERM : error;
    }

    public override CallResult FileSystemMagic(string path) =>
        Count() is { } error ? CallResult.Of(error)
        : Magic is { } magic ? new CallResult((nint)magic) : _inner.FileSystemMagic(path);

    public override CallResult FileSystemFlags(string path) =>
        (RefusalOf(path) ?? Count()) is { } error ? CallResult.Of(error) : _inner.FileSystemFlags(Replaced(path));

    public override CallResult Unlink(string path) => Count() is { } error ? CallResult.Of(error) : _inner.Unlink(path);

    public override CallResult MakeDirectory(string path, uint mode) =>
        Count() is { } error ? CallResult.Of(error) : _inner.MakeDirectory(path, mode);

    public override CallResult RemoveDirectory(string path) =>
        Count() is { } error ? CallResult.Of(error) : _inner.RemoveDirectory(path);

    public override CallResult Rename(string from, string to) =>
        Count() is { } error ? CallResult.Of(error) : _inner.Rename(from, to);

    public override CallResult Mount(string source, string target, string fileSystem) =>
        Count() is { } error ? CallResult.Of(error) : _inner.Mount(source, target, fileSystem);

    public override CallResult InterfaceIndex(string name) =>
        Count() is { } error ? CallResult.Of(error) : _inner.InterfaceIndex(name);

    public override CallResult Socket(int domain, int type, int protocol) =>
        Count() is { } error ? CallResult.Of(error) : Opened(_inner.Socket(domain, type, protocol));

    public override CallResult SetSocketOption(int socket, int level, int option, ReadOnlySpan<byte> value) =>
        Count() is { } error ? CallResult.Of(error) : _inner.SetSocketOption(socket, level, option, value);

    public override CallResult Bind(int socket, ReadOnlySpan<byte> address) =>
        Count() is { } error ? CallResult.Of(error) : _inner.Bind(socket, address);

    public override CallResult EnterNamespace(int descriptor, int kind) =>
        Count() is { } error ? CallResult.Of(error) : _inner.EnterNamespace(descriptor, kind);

    public override ulong TimeSinceBoot() => OnTime?.Invoke() ?? _inner.TimeSinceBoot();

    public override CallResult ChangeSignalMask(SignalMaskChange change, ulong signals, out ulong before) =>
        _inner.ChangeSignalMask(change, signals, out before);

    public override CallResult GetResourceLimit(int resource, out ResourceLimit limit)
    {
        limit = ResourceLimits.GetValueOrDefault(resource);
        return CallResult.Success;
    }

    public override CallResult SetResourceLimit(int resource, ResourceLimit limit)
    {
        if (Count() is { } error) return CallResult.Of(error);
        ResourceLimits[resource] = limit;
        return CallResult.Success;
    }

    public override Errno ReadFile(string path, out byte[] content, int limit = int.MaxValue)
    {
        if (BinaryFiles.TryGetValue(path, out content!)) return Errno.None;
        content = [];
        if (RefusalOf(path) is { } refusal) return refusal;
        if (!Files.TryGetValue(path, out string? text)) return base.ReadFile(path, out content, limit);
        if (text is null) return Errno.ENOENT;
        content = System.Text.Encoding.UTF8.GetBytes(text);
        return Errno.None;
    }

    protected override CallResult BpfOnce(BpfCommand command, void* attr, int size)
    {
        lock (_lock) Commands.Add(command);
        if (Count() is { } error) return CallResult.Of(error);
        if (OnBpf?.Invoke(command, (nint)attr) is { } answer) return CallResult.Of(answer);
        CallResult result = _inner.Bpf(command, attr, size);
        return ReturnsDescriptor(command) ? Opened(result) : result;
    }

    protected override CallResult BpfOnce(BpfCommand command, void* attr, int size, CommonAttr* common)
    {
        lock (_lock) Commands.Add(command);
        if (Count() is { } error) return CallResult.Of(error);
        if (OnCommon?.Invoke(command, (nint)common) is { } words) return CallResult.Of(words);
        if (OnBpf?.Invoke(command, (nint)attr) is { } answer) return CallResult.Of(answer);
        CallResult result = _inner.Bpf(command, attr, size, common);
        return ReturnsDescriptor(command) ? Opened(result) : result;
    }

    protected override CallResult PerfEventOpenOnce(PerfEventAttr* attr, int process, int cpu, int group, uint flags) =>
        (Count() ?? OnPerfEvent?.Invoke(attr->Type)) is { } error
            ? CallResult.Of(error)
            : Opened(_inner.PerfEventOpen(ref *attr, process, cpu, group, flags));

    protected override CallResult OpenOnce(string path, OpenMode mode) =>
        (RefusalOf(path) ?? Count()) is { } error ? CallResult.Of(error) : Opened(_inner.Open(Replaced(path), mode));

    protected override CallResult OpenInRootOnce(int root, string path, OpenMode mode) =>
        Count() is { } error ? CallResult.Of(error) : Opened(_inner.OpenInRoot(root, path, mode));

    protected override CallResult ReadOnce(int descriptor, Span<byte> buffer) =>
        Count() is { } error ? CallResult.Of(error) : _inner.Read(descriptor, buffer);

    protected override CallResult ReadAtOnce(int descriptor, Span<byte> buffer, long offset) =>
        Count() is { } error ? CallResult.Of(error) : _inner.ReadAt(descriptor, buffer, offset);

    protected override CallResult WriteOnce(int descriptor, ReadOnlySpan<byte> data) =>
        Count() is { } error ? CallResult.Of(error) : _inner.Write(descriptor, data) is { Failed: true } failed ? failed : new CallResult(data.Length);

    protected override CallResult SendOnce(int socket, ReadOnlySpan<byte> data, int flags) =>
        Count() is { } error ? CallResult.Of(error)
        : OnSend?.Invoke(data.ToArray()) is { } answer ? answer : _inner.Send(socket, data, flags);

    protected override CallResult ReceiveOnce(int socket, Span<byte> buffer, int flags) =>
        (Count() ?? OnReceiving?.Invoke()) is { } error ? CallResult.Of(error)
        : OnReceive is null ? _inner.Receive(socket, buffer, flags) : Deliver(buffer, flags, default);

    protected override CallResult ReceiveFromOnce(int socket, Span<byte> buffer, int flags, Span<byte> address) =>
        Count() is { } error ? CallResult.Of(error)
        : OnReceive is null ? _inner.ReceiveFrom(socket, buffer, flags, address) : Deliver(buffer, flags, address);

    private CallResult Deliver(Span<byte> buffer, int flags, Span<byte> address)
    {
        const int peek = 2;
        if (OnReceive!((flags & peek) != 0) is not { } datagram) return CallResult.Of(Errno.EAGAIN);
        datagram.Data.AsSpan(0, Math.Min(datagram.Data.Length, buffer.Length)).CopyTo(buffer);
        if (!address.IsEmpty) datagram.Address?.CopyTo(address);
        return new CallResult(datagram.Data.Length);
    }

    private static bool ReturnsDescriptor(BpfCommand command) => command is
        BpfCommand.MapCreate or BpfCommand.ProgramLoad or BpfCommand.ObjectGet or BpfCommand.ProgramGetById
        or BpfCommand.MapGetById or BpfCommand.RawTracepointOpen or BpfCommand.BtfLoad or BpfCommand.BtfGetById
        or BpfCommand.LinkCreate or BpfCommand.LinkGetById or BpfCommand.EnableStats or BpfCommand.IteratorCreate
        or BpfCommand.TokenCreate;

    private Errno? RefusalOf(string path)
    {
        if (Files.TryGetValue(path, out string? text) && text is null) return Errno.ENOENT;
        foreach ((string closed, Errno error) in Closed)
        {
            if (path == closed || path.StartsWith(closed + "/", StringComparison.Ordinal)) return error;
        }

        return null;
    }

    private string Replaced(string path)
    {
        foreach ((string from, string to) in Replacements)
        {
            if (path == from || path.StartsWith(from + "/", StringComparison.Ordinal)) return to + path[from.Length..];
        }

        return path;
    }

    private Errno? Count()
    {
        lock (_lock) return ++Calls == FailingCall ? FailingWith : null;
    }

    private CallResult Mapped(CallResult result, int descriptor)
    {
        if (result.Failed) return result;
        lock (_lock) _mapped[result.Address] = descriptor >= 0;
        return result;
    }

    private CallResult Opened(CallResult result)
    {
        if (result.Failed) return result;
        lock (_lock) _open.Add(result.Value);
        return result;
    }
}
