namespace Ebpf.Executables;

/// <summary>The bytes of a file, of which only those ranges are read that are asked for.</summary>
/// <remarks>
/// Not a mapping: a file that is cut short while it is read would kill the process (SIGBUS). Sources may be read by several threads at
/// once.
/// </remarks>
internal abstract class ByteSource
{
    /// <summary>How many bytes there are.</summary>
    public abstract ulong Length { get; }

    /// <summary>Reads bytes into a buffer.</summary>
    /// <param name="offset">Where they begin.</param>
    /// <param name="buffer">Filled from its start.</param>
    /// <returns>How many bytes were read: fewer than asked for only at the end.</returns>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public abstract int ReadAt(ulong offset, Span<byte> buffer);

    /// <summary>Whether all bytes of a range exist.</summary>
    public bool Contains(ulong offset, ulong length) => length <= Length && offset <= Length - length;

    /// <summary>Fills a buffer.</summary>
    /// <returns>Whether there were as many bytes.</returns>
    /// <inheritdoc cref="ReadAt"/>
    public bool TryRead(ulong offset, Span<byte> buffer) =>
        Contains(offset, (ulong)buffer.Length) && ReadAt(offset, buffer) == buffer.Length;

    /// <summary>Reads a range into memory of its own, which is allocated only if the range lies inside.</summary>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How many bytes it has.</param>
    /// <param name="limit">How many bytes it may have.</param>
    /// <returns>The bytes; <c>null</c> if the range does not lie inside, or is longer than the limit.</returns>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public byte[]? TryRead(ulong offset, ulong length, int limit)
    {
        if (length > (ulong)limit || !Contains(offset, length)) return null;
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)length);
        return TryRead(offset, bytes) ? bytes : null;
    }
}

/// <summary>Bytes in memory.</summary>
internal sealed class MemorySource(ReadOnlyMemory<byte> bytes) : ByteSource
{
    public override ulong Length => (ulong)bytes.Length;

    public override int ReadAt(ulong offset, Span<byte> buffer)
    {
        if (offset >= Length) return 0;
        ReadOnlySpan<byte> left = bytes.Span[(int)offset..];
        left = left[..Math.Min(left.Length, buffer.Length)];
        left.CopyTo(buffer);
        return left.Length;
    }
}

/// <summary>A part of another source: a file that is stored in an archive.</summary>
/// <param name="whole">The source of which it is a part.</param>
/// <param name="start">Where it begins in there.</param>
/// <param name="length">How many bytes it has; what lies outside of the whole does not exist.</param>
internal sealed class SourceSlice(ByteSource whole, ulong start, ulong length) : ByteSource
{
    public override ulong Length { get; } = start >= whole.Length ? 0 : Math.Min(length, whole.Length - start);

    public override int ReadAt(ulong offset, Span<byte> buffer)
    {
        if (offset >= Length) return 0;
        ulong left = Length - offset;
        return whole.ReadAt(start + offset, (ulong)buffer.Length > left ? buffer[..(int)left] : buffer);
    }
}
