namespace Ebpf.Linux;

/// <content>Large files, of which the kernel tells the size, and parts of them.</content>
internal abstract unsafe partial class LinuxKernel
{
    /// <summary>statx(2), following symbolic links.</summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="status">What the kernel tells; zeros after an error.</param>
    public abstract Errno Status(string path, out FileStatus status);

    /// <summary>pread(2): reads at a place in a file.</summary>
    /// <returns>How many bytes were read; fewer than asked for at the end of the file.</returns>
    public CallResult ReadAt(int descriptor, Span<byte> buffer, long offset)
    {
        int done = 0;
        while (done < buffer.Length)
        {
            CallResult read = ReadAtOnce(descriptor, buffer[done..], offset + done);
            if (read.Error == Errno.EINTR) continue;
            if (read.Failed) return read;
            if (read.Value == 0) break;
            done += read.Value;
        }

        return new CallResult(done);
    }

    /// <summary>Reads a file whose size is known, into memory of that size.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="size">Its size, in bytes; if it is another one now, the file as it is now is read.</param>
    /// <param name="content">Its bytes; empty after an error.</param>
    public Errno ReadFile(string path, int size, out byte[] content)
    {
        content = [];
        CallResult file = Open(path, OpenMode.ReadOnly);
        if (file.Failed) return file.Error;
        byte[] buffer = GC.AllocateUninitializedArray<byte>(size);
        CallResult read = ReadAt(file.Value, buffer, 0);
        Span<byte> more = stackalloc byte[1];
        CallResult end = read.Failed ? read : ReadAt(file.Value, more, size);
        Close(file.Value);
        if (end.Failed) return end.Error;
        if (read.Value != size || end.Value != 0) return ReadFile(path, out content);
        content = buffer;
        return Errno.None;
    }

    protected abstract CallResult ReadAtOnce(int descriptor, Span<byte> buffer, long offset);
}
