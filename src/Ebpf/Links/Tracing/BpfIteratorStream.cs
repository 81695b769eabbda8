using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf;

/// <summary>
/// What an iterator writes, as a stream that is read once from its beginning to its end. See <see cref="BpfLink.OpenIterator"/>.
/// </summary>
/// <remarks>
/// <para>
/// The kernel walks while it is read, and calls the program in the thread that reads: it is a walk over what is there at each moment, no
/// snapshot. It is read to its end with the program that was attached when it was opened.
/// </para>
/// <para>
/// Reading never waits for anything, so the asynchronous methods read at once, in the calling thread. As with other streams, one thread
/// reads at a time.
/// </para>
/// </remarks>
public sealed class BpfIteratorStream : Stream
{
    /// <summary>
    /// How often in a row the kernel may ask to try again before it is an error. It does so after each million of objects of which nothing
    /// was written, and whenever the program asks for the same object again, which it may do for ever.
    /// </summary>
    private const int MaxAttempts = 1_000_000;

    private readonly BpfHandle _handle;
    private readonly string _description;

    internal BpfIteratorStream(BpfHandle handle, string description)
    {
        _handle = handle;
        _description = description;
        handle.Owner = description;
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <summary>Gets <c>false</c>: the walk goes one way. Open the iterator again to begin anew.</summary>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>
    /// Opens an iterator that is pinned, as any program opens a file: it takes the right to read the file, and no capability. Since Linux
    /// 5.8.
    /// </summary>
    /// <param name="path">The path of the pin in a BPF file system.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">There is no such file, it is no pinned iterator, or this process may not read it.</exception>
    public static BpfIteratorStream OpenPinned(string path, BpfKernel? kernel = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        LinuxKernel system = LinuxKernel.Of(kernel);
        string operation = $"Open iterator at {path}";
        BpfHandle? handle = BpfHandle.Take(system, system.Open(path, OpenMode.ReadOnly), out Errno error);
        if (handle is not null) return new BpfIteratorStream(handle, $"the iterator at {path}");
        string? advice = error switch
        {
            Errno.ENOENT => "nothing is pinned there",
            Errno.EIO or Errno.EPERM or Errno.ENXIO => "what is pinned there is no iterator",
            Errno.EACCES => "this process may not read the file",
            _ => null,
        };
        throw Refusal.Explain(system, operation, error, Privileges.None, advice);
    }

    /// <summary>Reads what comes next.</summary>
    /// <param name="buffer">Where it goes.</param>
    /// <returns>How many bytes were read: fewer than there is room for where an object ends; 0 at the end.</returns>
    /// <exception cref="ObjectDisposedException">The stream is disposed.</exception>
    /// <exception cref="BpfException">
    /// The program wrote more for one object than the kernel's buffer holds (E2BIG: 32 KiB), which cannot be skipped; or the kernel refused.
    /// </exception>
    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty) return 0;
        using BorrowedDescriptor borrowed = _handle.Borrow();
        CallResult result;
        int attempt = 0;
        do result = _handle.Kernel.Read(borrowed.Descriptor, buffer);
        while (result.Error == Errno.EAGAIN && ++attempt < MaxAttempts);
        if (result.Failed) ThrowFailed(result.Error);
        return result.Value;
    }

    /// <inheritdoc cref="Read(Span{byte})"/>
    /// <param name="buffer">Where it goes.</param>
    /// <param name="offset">From which place in it.</param>
    /// <param name="count">How many bytes at most.</param>
    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    /// <inheritdoc cref="Read(Span{byte})"/>
    /// <param name="buffer">Where it goes.</param>
    /// <param name="cancellationToken">Ends it before it begins.</param>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<int>(cancellationToken);
        try
        {
            return ValueTask.FromResult(Read(buffer.Span));
        }
        catch (Exception error) when (error is BpfException or ObjectDisposedException)
        {
            return ValueTask.FromException<int>(error);
        }
    }

    /// <inheritdoc cref="Read(byte[], int, int)"/>
    /// <param name="buffer">Where it goes.</param>
    /// <param name="offset">From which place in it.</param>
    /// <param name="count">How many bytes at most.</param>
    /// <param name="cancellationToken">Ends it before it begins.</param>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <summary>
    /// Reads the rest as records, one by one while they are enumerated, for programs that write values of one type with
    /// <c>bpf_seq_write</c>. The stream stays open.
    /// </summary>
    /// <typeparam name="T">The type of the records, with the layout that the BPF program uses.</typeparam>
    /// <returns>The records; to be enumerated once.</returns>
    public BpfIteratorRecords<T> ReadRecords<T>()
        where T : unmanaged => new(this);

    /// <summary>Does nothing: there is nothing to write.</summary>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Reads until the buffer is full or there is no more.</summary>
    /// <returns>How many bytes were read.</returns>
    internal int Fill(Span<byte> buffer)
    {
        int length = 0;
        while (length < buffer.Length && Read(buffer[length..]) is > 0 and int read) length += read;
        return length;
    }

    /// <summary>The error for an end in the middle of a record.</summary>
    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void ThrowPartial(int left, int size, Type type) => throw new InvalidDataException(
        $"Read {_description}: {left} bytes are left at its end, and a {type} has {size}: the program writes something else.");

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _handle.Dispose();
        base.Dispose(disposing);
    }

    [DoesNotReturn]
    private void ThrowFailed(Errno error)
    {
        string? advice = error switch
        {
            Errno.E2BIG => "the program wrote more for one object than the kernel's buffer holds (32 KiB); the object cannot be skipped",
            Errno.EAGAIN => "the program asks for the same object again and again (it returns 1)",
            Errno.EINVAL => "it is no iterator",
            _ => null,
        };
        throw Refusal.Explain(_handle.Kernel, $"Read {_description}", error, Privileges.None, advice);
    }
}
