namespace Ebpf.Linux;

/// <summary>A descriptor that is closed when this is disposed: opened for the time of one operation.</summary>
/// <remarks>Without a handle, so that nothing is allocated. It must not be passed on.</remarks>
internal readonly ref struct PassingDescriptor(LinuxKernel kernel, int descriptor)
{
    /// <summary>The number.</summary>
    public int Descriptor => descriptor;

    /// <summary>Opens what is at a path, without access to what is in it.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="path">The path; symbolic links are followed.</param>
    /// <param name="mode">What it has to be.</param>
    /// <exception cref="BpfException">There is no such thing, or the kernel refused.</exception>
    public static PassingDescriptor OpenPath(LinuxKernel kernel, string path, OpenMode mode = OpenMode.ReadOnly)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        CallResult result = kernel.Open(path, mode | OpenMode.PathOnly);
        return result.Failed ? throw new BpfException($"Open {path}", result.Error) : new(kernel, result.Value);
    }

    /// <summary>Opens a process or a thread (pidfd_open(2), since Linux 5.3; a thread since 6.9).</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="id">The number of the process, or of the thread.</param>
    /// <exception cref="BpfException">There is none, or the kernel refused.</exception>
    public static PassingDescriptor OpenTask(LinuxKernel kernel, int id)
    {
        CallResult result = kernel.OpenTask(id, thread: false);

        // What is no process may be a thread: EINVAL says so, ENOENT since Linux 6.9.
        if (result.Error is Errno.EINVAL or Errno.ENOENT) result = kernel.OpenTask(id, thread: true);
        return result.Failed
            ? throw new BpfException($"Open task {id}", result.Error, Advice(result.Error))
            : new(kernel, result.Value);
    }

    public void Dispose() => kernel.Close(descriptor);

    private static string? Advice(Errno error) => error switch
    {
        Errno.ESRCH => "there is no such process or thread",
        Errno.EINVAL => "it is no process, and kernels before Linux 6.9 open no single threads",
        _ => null,
    };
}
