using Ebpf.Errors;
using Ebpf.Executables;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.Uprobes;

/// <summary>A program or library that is opened once: what is found out about it and what is probed is the same file, whatever becomes of the path.</summary>
internal sealed class ProbedFile : IDisposable
{
    private const int RegularFile = 0x8000, TypeMask = 0xf000;

    private readonly Lazy<ElfExecutable?> _elf;
    private readonly Lazy<ExecutableSymbols?> _symbols;
    private readonly List<BpfHandle> _others = [];

    private ProbedFile(BpfHandle handle, string path, FileStatus status, (ulong Start, ulong Size)? part)
    {
        Handle = handle;
        Path = path;
        Status = status;
        Whole = new FileSource(handle, status.Size, path);
        Start = part?.Start ?? 0;
        Source = part is { } stored ? new SourceSlice(Whole, stored.Start, stored.Size) : Whole;
        _elf = new(() => ElfExecutable.IsElf(Source) ? new ElfExecutable(Source) : null, LazyThreadSafetyMode.None);
        _symbols = new(
            () => Elf is { } elf ? new ExecutableSymbols(elf, executable => DebugFiles.Open(kernel: Kernel, executable, Root, Path, _others)) : null,
            LazyThreadSafetyMode.None);
    }

    /// <summary>The descriptor.</summary>
    public BpfHandle Handle { get; }

    /// <summary>What the file is called in messages: the path at which it was found, which may mean another file by now.</summary>
    public string Path { get; }

    /// <summary>What the kernel told of the file when it was opened.</summary>
    public FileStatus Status { get; }

    /// <summary>Where the program or library begins in the file: not 0 for one that is stored in an archive.</summary>
    public ulong Start { get; }

    /// <summary>The program or library.</summary>
    public ByteSource Source { get; }

    /// <summary>The program or library; <c>null</c> if it is no ELF file.</summary>
    /// <exception cref="ObjectFormatException">It is a damaged one.</exception>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public ElfExecutable? Elf => _elf.Value;

    /// <summary>Its functions; <c>null</c> if it is no ELF file.</summary>
    /// <inheritdoc cref="Elf" path="/exception"/>
    public ExecutableSymbols? Symbols => _symbols.Value;

    /// <summary>The root directory in which it and its debug file are found: empty for that of this process.</summary>
    public string Root { get; init; } = "";

    private ByteSource Whole { get; }

    private LinuxKernel Kernel => Handle.Kernel;

    /// <summary>Opens a file.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="path">The path.</param>
    /// <param name="root">The root directory in which it is looked up, which symbolic links do not leave; empty for that of this process.</param>
    /// <param name="error">Why not: EBADF if it is no regular file.</param>
    public static ProbedFile? Open(LinuxKernel kernel, string path, string root, out Errno error)
    {
        if (OpenHandle(kernel, path, root, out error) is { } handle) return Take(handle, path, root, part: null, out error);

        // A library in an archive, as the dynamic linker of Android names it.
        int mark = path.IndexOf("!/", StringComparison.Ordinal);
        if (mark <= 0 || error is not (Errno.ENOENT or Errno.ENOTDIR)) return null;
        handle = OpenHandle(kernel, path[..mark], root, out error);
        return handle is null ? null : Take(handle, path, root, path[(mark + 2)..], out error);
    }

    /// <summary>Takes a descriptor.</summary>
    public static ProbedFile? Take(BpfHandle handle, string path, string root, string? part, out Errno error)
    {
        try
        {
            error = StatusOf(handle, out FileStatus status);
            if (error == Errno.None && (status.Mode & TypeMask) != RegularFile) error = Errno.EBADF;
            if (error == Errno.None)
            {
                (ulong, ulong)? place = part is null ? null : StoredFile.Find(new FileSource(handle, status.Size, path), System.Text.Encoding.UTF8.GetBytes(part));
                return new ProbedFile(handle, path, status, place) { Root = root };
            }
        }
        catch
        {
            handle.Dispose();
            throw;
        }

        handle.Dispose();
        return null;
    }

    /// <summary>Whether two are the same file.</summary>
    public bool IsSameAs(ProbedFile other) => (Status.Device, Status.Inode, Start) == (other.Status.Device, other.Status.Inode, other.Start);

    public void Dispose()
    {
        Handle.Dispose();
        foreach (BpfHandle other in _others) other.Dispose();
    }

    /// <summary>Opens a file for reading.</summary>
    public static BpfHandle? OpenHandle(LinuxKernel kernel, string path, string root, out Errno error)
    {
        if (root.Length == 0) return BpfHandle.Take(kernel, kernel.Open(path, OpenMode.ReadOnly), out error);
        using BpfHandle? directory = BpfHandle.Take(kernel, kernel.Open(root, OpenMode.PathOnly | OpenMode.Directory), out error);
        if (directory is null) return null;
        using BorrowedDescriptor borrowed = directory.Borrow();
        CallResult opened = kernel.OpenInRoot(borrowed.Descriptor, path.TrimStart('/'), OpenMode.ReadOnly);

        // Before Linux 5.6 symbolic links that begin with a slash lead out of there.
        if (opened.Error == Errno.ENOSYS) opened = kernel.Open($"{root}/{path.TrimStart('/')}", OpenMode.ReadOnly);
        return BpfHandle.Take(kernel, opened, out error);
    }

    /// <summary>What the kernel tells of an open file.</summary>
    public static Errno StatusOf(BpfHandle handle, out FileStatus status)
    {
        using BorrowedDescriptor borrowed = handle.Borrow();
        return handle.Kernel.Status(KernelPaths.OpenFile(borrowed.Descriptor), out status);
    }
}
