using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Ebpf.Linux.Netlink;

/// <summary>Walks over the messages in a datagram: <c>foreach (NetlinkMessage message in new NetlinkMessages(datagram))</c>.</summary>
/// <param name="datagram">What was received.</param>
internal ref struct NetlinkMessages(ReadOnlySpan<byte> datagram)
{
    private const int HeaderSize = 16;

    private ReadOnlySpan<byte> _rest = datagram;

    /// <summary>The message that was read last.</summary>
    public NetlinkMessage Current { get; private set; }

    /// <summary>Whether the walk ended before the end: at a message that claims to be shorter than its header, or longer than what is left.</summary>
    public bool IsMalformed { get; private set; }

    public readonly NetlinkMessages GetEnumerator() => this;

    /// <summary>Reads the next message.</summary>
    public bool MoveNext()
    {
        if (_rest.IsEmpty) return false;
        if (_rest.Length < HeaderSize) return Stop();
        NetlinkHeader header = MemoryMarshal.Read<NetlinkHeader>(_rest);
        if (header.Length < HeaderSize || header.Length > (uint)_rest.Length) return Stop();
        int length = (int)header.Length;
        Current = new NetlinkMessage(header, _rest[HeaderSize..length]);
        _rest = _rest[Math.Min(NetlinkWriter.Align(length), _rest.Length)..];
        return true;
    }

    private bool Stop()
    {
        IsMalformed = true;
        _rest = default;
        return false;
    }
}

/// <summary>A message.</summary>
internal readonly ref struct NetlinkMessage(NetlinkHeader header, ReadOnlySpan<byte> payload)
{
    public NetlinkType Type => header.Type;

    public NetlinkFlags Flags => header.Flags;

    public uint Sequence => header.Sequence;

    /// <summary>What follows the header: the structure of the type, and attributes.</summary>
    public ReadOnlySpan<byte> Payload { get; } = payload;
}

/// <summary>Walks over attributes, in a message behind the structure of its type, or in another attribute.</summary>
/// <remarks>An attribute that claims to be shorter than its header, or longer than what is left, ends the walk; less than a header is padding.</remarks>
/// <param name="attributes">The attributes.</param>
internal ref struct NetlinkAttributes(ReadOnlySpan<byte> attributes)
{
    private const int HeaderSize = 4;

    private ReadOnlySpan<byte> _rest = attributes;

    /// <summary>The attribute that was read last.</summary>
    public NetlinkAttribute Current { get; private set; }

    public readonly NetlinkAttributes GetEnumerator() => this;

    /// <summary>Reads the next attribute.</summary>
    public bool MoveNext()
    {
        if (_rest.Length < HeaderSize) return false;
        NetlinkAttributeHeader header = MemoryMarshal.Read<NetlinkAttributeHeader>(_rest);
        if (header.Length < HeaderSize || header.Length > _rest.Length)
        {
            _rest = default;
            return false;
        }

        Current = new NetlinkAttribute(header.Type & NetlinkAttributeHeader.TypeMask, _rest[HeaderSize..header.Length]);
        _rest = _rest[Math.Min(NetlinkWriter.Align(header.Length), _rest.Length)..];
        return true;
    }

    /// <summary>The attributes behind a structure; none if there is less than that.</summary>
    public static NetlinkAttributes Behind<T>(ReadOnlySpan<byte> payload)
        where T : unmanaged
    {
        int start = NetlinkWriter.Align(Unsafe.SizeOf<T>());
        return new NetlinkAttributes(payload.Length <= start ? default : payload[start..]);
    }
}

/// <summary>An attribute.</summary>
/// <param name="type">Its type, without the two flags in it.</param>
/// <param name="value">What it holds.</param>
internal readonly ref struct NetlinkAttribute(int type, ReadOnlySpan<byte> value)
{
    public int Type { get; } = type;

    public ReadOnlySpan<byte> Value { get; } = value;

    /// <summary>The attributes that it holds.</summary>
    public NetlinkAttributes Nested => new(Value);

    /// <summary>The number that it holds.</summary>
    /// <returns><c>null</c> if it is shorter than such a number.</returns>
    public uint? AsUInt32() => MemoryMarshal.TryRead(Value, out uint number) ? number : null;

    /// <summary>The number that it holds.</summary>
    /// <inheritdoc cref="AsUInt32" path="/returns"/>
    public byte? AsByte() => Value.IsEmpty ? null : Value[0];

    /// <summary>The text that it holds, up to the zero at its end.</summary>
    public string AsText()
    {
        int end = Value.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? Value : Value[..end]);
    }
}
