using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Ebpf.Linux.Netlink;

/// <summary>Writes one netlink message: a header, the structure of its type, and attributes.</summary>
/// <remarks>
/// Into memory that the caller lends, and into memory of its own once that does not suffice. All parts begin at multiples of four bytes, and
/// the bytes between them are zero.
/// </remarks>
internal ref struct NetlinkWriter
{
    private const int HeaderSize = 16, AttributeHeaderSize = 4;

    private Span<byte> _buffer;
    private int _length;

    /// <summary>Begins a message.</summary>
    /// <param name="buffer">Where to write; what is in it does not matter.</param>
    /// <param name="type">What the message is.</param>
    /// <param name="flags">Beside <see cref="NetlinkFlags.Request"/>.</param>
    public NetlinkWriter(Span<byte> buffer, NetlinkType type, NetlinkFlags flags)
    {
        _buffer = buffer;
        NetlinkHeader header = new() { Type = type, Flags = flags | NetlinkFlags.Request };
        Append(in header);
    }

    /// <summary>Writes the structure that the type of the message has.</summary>
    public void Append<T>(in T structure)
        where T : unmanaged =>
        MemoryMarshal.Write(Take(Unsafe.SizeOf<T>()), in structure);

    /// <summary>Writes an attribute.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="value">What it holds.</param>
    /// <exception cref="ArgumentException"><paramref name="value"/> is longer than an attribute can be.</exception>
    public void Attribute(int type, scoped ReadOnlySpan<byte> value)
    {
        int length = AttributeHeaderSize + value.Length;
        if (length > ushort.MaxValue) throw new ArgumentException($"A netlink attribute holds at most {ushort.MaxValue - AttributeHeaderSize} bytes.", nameof(value));
        Span<byte> place = Take(length);
        NetlinkAttributeHeader header = new() { Length = (ushort)length, Type = (ushort)type };
        MemoryMarshal.Write(place, in header);
        value.CopyTo(place[AttributeHeaderSize..]);
    }

    /// <summary>Writes an attribute that holds a number.</summary>
    public void Attribute(int type, uint value) => Attribute(type, MemoryMarshal.AsBytes((ReadOnlySpan<uint>)[value]));

    /// <summary>Writes an attribute that holds a number, such as a descriptor.</summary>
    public void Attribute(int type, int value) => Attribute(type, unchecked((uint)value));

    /// <summary>Writes an attribute that holds text, which ends with a zero.</summary>
    public void Attribute(int type, string text)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        Encoding.UTF8.GetBytes(text, bytes);
        Attribute(type, bytes);
    }

    /// <summary>Begins an attribute that holds attributes.</summary>
    /// <returns>What ends it.</returns>
    public int BeginNested(int type)
    {
        int start = _length;
        NetlinkAttributeHeader header = new() { Type = (ushort)(type | NetlinkAttributeHeader.Nested) };
        Append(in header);
        return start;
    }

    /// <summary>Ends an attribute that holds attributes.</summary>
    /// <param name="start">What <see cref="BeginNested"/> returned.</param>
    /// <exception cref="ArgumentException">It holds more than an attribute can.</exception>
    public readonly void EndNested(int start)
    {
        int length = _length - start;
        if (length > ushort.MaxValue) throw new ArgumentException($"A netlink attribute holds at most {ushort.MaxValue - AttributeHeaderSize} bytes.", nameof(start));
        MemoryMarshal.Write(_buffer[start..], (ushort)length);
    }

    /// <summary>Ends the message.</summary>
    /// <returns>All of it; the sequence number is still to be written.</returns>
    public readonly Span<byte> Finish()
    {
        MemoryMarshal.Write(_buffer, (uint)_length);
        return _buffer[.._length];
    }

    /// <summary>Writes the number by which the answers are recognised into a finished message.</summary>
    public static void SetSequence(Span<byte> message, uint sequence)
    {
        const int sequenceAt = 8;
        MemoryMarshal.Write(message[sequenceAt..HeaderSize], sequence);
    }

    /// <summary>The next so many bytes and the padding after them, zeroed; the padding is not a part of what is returned.</summary>
    private Span<byte> Take(int count)
    {
        int padded = Align(count);
        if (_buffer.Length - _length < padded)
        {
            byte[] larger = new byte[Math.Max(_buffer.Length * 2, _length + padded)];
            _buffer[.._length].CopyTo(larger);
            _buffer = larger;
        }

        Span<byte> place = _buffer.Slice(_length, padded);
        place.Clear();
        _length += padded;
        return place[..count];
    }

    /// <summary>The next multiple of four.</summary>
    public static int Align(int length) => (length + 3) & ~3;
}
