using System.Buffers;
using System.Collections;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ebpf;

/// <summary>
/// What an iterator writes, as records of one type, which are read while they are enumerated: <see cref="BpfLink.ReadRecords"/> and
/// <see cref="BpfIteratorStream.ReadRecords"/>.
/// </summary>
/// <remarks>
/// <c>foreach</c> over it allocates a buffer of the pool and nothing else; each record is seen in place. Enumerating as
/// <see cref="IEnumerable{T}"/> copies them. Of a link every enumeration is a new walk; of a stream there is one.
/// </remarks>
/// <typeparam name="T">The type of the records, with the layout that the BPF program uses.</typeparam>
public readonly struct BpfIteratorRecords<T> : IEnumerable<T>
    where T : unmanaged
{
    private readonly BpfLink? _link;
    private readonly BpfIteratorStream? _stream;

    internal BpfIteratorRecords(BpfLink link) => _link = link;

    internal BpfIteratorRecords(BpfIteratorStream stream) => _stream = stream;

    /// <summary>Begins to read.</summary>
    /// <exception cref="BpfException">The iterator cannot be opened.</exception>
    public Enumerator GetEnumerator() => new(_stream ?? Open(), ownsStream: _stream is null);

    IEnumerator<T> IEnumerable<T>.GetEnumerator()
    {
        BpfIteratorStream stream = _stream ?? Open();
        return Enumerate(stream, ownsStream: _stream is null);
    }

    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable<T>)this).GetEnumerator();

    private static IEnumerator<T> Enumerate(BpfIteratorStream stream, bool ownsStream)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (ReadSome(stream, buffer) is > 0 and int count)
            {
                for (int i = 0; i < count; i++) yield return MemoryMarshal.Read<T>(buffer.AsSpan(i * Unsafe.SizeOf<T>()));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            if (ownsStream) stream.Dispose();
        }
    }

    /// <summary>As much as the kernel gives at once, and at least one record.</summary>
    private static int BufferSize => Math.Max(32 * 1024, Unsafe.SizeOf<T>());

    /// <summary>Reads as many whole records as the kernel gives at once; what is left of the last one is read to its end.</summary>
    /// <returns>How many; 0 at the end.</returns>
    private static int ReadSome(BpfIteratorStream stream, byte[] buffer)
    {
        int size = Unsafe.SizeOf<T>();
        int length = stream.Read(buffer.AsSpan(0, buffer.Length / size * size));
        int rest = length % size;
        if (rest == 0) return length / size;
        length += stream.Fill(buffer.AsSpan(length, size - rest));
        if (length % size != 0) stream.ThrowPartial(length % size, size, typeof(T));
        return length / size;
    }

    private BpfIteratorStream Open() =>
        (_link ?? throw new InvalidOperationException("These are the records of no iterator: the value is default.")).OpenIterator();

    /// <summary>Reads records, of which each is seen in place.</summary>
    public ref struct Enumerator : IDisposable
    {
        private readonly bool _ownsStream;
        private readonly BpfIteratorStream _stream;
        private byte[]? _buffer;
        private int _index, _count;

        internal Enumerator(BpfIteratorStream stream, bool ownsStream)
        {
            (_stream, _ownsStream) = (stream, ownsStream);
            _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            _index = -1;
        }

        /// <summary>Gets the record; valid until the next one is read.</summary>
        public readonly ref readonly T Current =>
            ref Unsafe.As<byte, T>(ref _buffer.AsSpan(_index * Unsafe.SizeOf<T>(), Unsafe.SizeOf<T>())[0]);

        /// <summary>Reads the next record.</summary>
        /// <returns>Whether there is one.</returns>
        /// <exception cref="BpfException">The kernel refused; see <see cref="BpfIteratorStream.Read(Span{byte})"/>.</exception>
        /// <exception cref="InvalidDataException">What the program writes ends in the middle of a record.</exception>
        public bool MoveNext()
        {
            if (++_index < _count) return true;
            if (_buffer is null) return false;
            _count = ReadSome(_stream, _buffer);
            _index = 0;
            return _count > 0;
        }

        /// <summary>Ends reading.</summary>
        public void Dispose()
        {
            if (_buffer is not { } buffer) return;
            _buffer = null;
            _count = 0;
            ArrayPool<byte>.Shared.Return(buffer);
            if (_ownsStream) _stream.Dispose();
        }
    }
}
