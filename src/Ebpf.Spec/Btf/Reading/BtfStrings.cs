using System.Collections.Concurrent;
using System.Text;
using Ebpf.Common;

namespace Ebpf.Btf.Reading;

/// <summary>The strings of a BTF, by their offsets; those of split BTF go on where its base ends.</summary>
/// <remarks>
/// Any number of types may point into one long string, at any place, so that what a hostile file costs could grow with
/// the product of both. Short strings bound it; long ones must be whole ones, each is measured and decoded once, and names are
/// bounded.
/// </remarks>
internal sealed class BtfStrings
{
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly BtfStrings? _base;
    private readonly uint _first;
    private ConcurrentDictionary<uint, string>? _long;
    private ConcurrentDictionary<uint, int>? _longLengths;
    private long _bytesMeasured;

    /// <param name="bytes">The section, ending in a zero.</param>
    /// <param name="baseStrings">What split BTF builds on.</param>
    public BtfStrings(ReadOnlyMemory<byte> bytes, BtfStrings? baseStrings)
    {
        _bytes = bytes;
        _base = baseStrings;
        _first = baseStrings?.End ?? 0;
    }

    /// <summary>The first offset behind the strings.</summary>
    public uint End => _first + (uint)_bytes.Length;

    /// <summary>The strings that these go on from; <c>null</c> if they begin anew.</summary>
    public BtfStrings? Base => _base;

    /// <summary>The offset of the first string that is not the base's.</summary>
    public uint First => _first;

    /// <summary>How many bytes of long strings have been looked through to find their ends; without the base.</summary>
    internal long BytesMeasured => Volatile.Read(ref _bytesMeasured);

    /// <summary>The section itself, without the base.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.Span;

    /// <summary>The string at an offset, without its zero; a view, nothing is copied.</summary>
    /// <exception cref="ObjectFormatException">The offset lies outside, or inside a long string.</exception>
    public ReadOnlySpan<byte> Utf8(uint offset)
    {
        if (offset < _first) return _base!.Utf8(offset);
        ReadOnlySpan<byte> tail = Tail(offset);
        int length = tail[..Math.Min(tail.Length, Limits.MaxSharedString + 1)].IndexOf((byte)0);
        if (length < 0)
        {
            uint own = offset - _first;
            if (own != 0 && Bytes[(int)own - 1] != 0)
                throw Malformed($"a name at string offset {offset} begins inside another, which goes on for too long");
            length = Measure(offset, tail);
        }

        return tail[..length];
    }

    /// <summary>The name at an offset, as <see cref="Utf8"/>, but of bounded length.</summary>
    /// <exception cref="ObjectFormatException">The offset lies outside, or inside a long string; or the name is too long.</exception>
    public ReadOnlySpan<byte> Name(uint offset)
    {
        ReadOnlySpan<byte> name = Utf8(offset);
        if (name.Length > Limits.MaxBtfName) throw TooLong(offset, name.Length);
        return name;
    }

    /// <summary>The name at an offset, as <see cref="Text"/>, but of bounded length.</summary>
    /// <inheritdoc cref="Name"/>
    public string NameText(uint offset)
    {
        string name = Text(offset);
        return name.Length <= Limits.MaxBtfName ? name : throw TooLong(offset, name.Length);
    }

    /// <summary>The string at an offset.</summary>
    /// <exception cref="ObjectFormatException">The offset lies outside, or inside a long string.</exception>
    public string Text(uint offset)
    {
        if (offset == 0) return "";
        if (offset < _first) return _base!.Text(offset);
        ReadOnlySpan<byte> utf8 = Utf8(offset);
        if (utf8.Length <= Limits.MaxSharedString) return Encoding.UTF8.GetString(utf8);

        if (_long is null) Interlocked.CompareExchange(ref _long, new(), null);
        return _long.TryGetValue(offset, out string? known) ? known : _long.GetOrAdd(offset, Encoding.UTF8.GetString(utf8));
    }

    /// <summary>At most <paramref name="most"/> bytes of a string, for messages; never fails.</summary>
    public string Excerpt(uint offset, int most)
    {
        if (offset < _first) return _base!.Excerpt(offset, most);
        if (offset >= End) return "?";
        ReadOnlySpan<byte> tail = Tail(offset);
        tail = tail[..Math.Min(tail.Length, most + 1)];
        int length = tail.IndexOf((byte)0);
        return length >= 0 ? Encoding.UTF8.GetString(tail[..length]) : Encoding.UTF8.GetString(tail[..most]) + "…";
    }

    /// <summary>Whether the string at an offset is exactly this one.</summary>
    public bool IsAt(uint offset, ReadOnlySpan<byte> name)
    {
        if (offset < _first) return _base!.IsAt(offset, name);
        ReadOnlySpan<byte> tail = Tail(offset);
        return tail.Length > name.Length && tail[name.Length] == 0 && tail[..name.Length].SequenceEqual(name);
    }

    /// <summary>All bytes from an offset on, other strings included; at least one.</summary>
    public ReadOnlySpan<byte> Tail(uint offset)
    {
        if (offset < _first) return _base!.Tail(offset);
        uint own = offset - _first;
        if (own >= (uint)_bytes.Length) throw Malformed($"string offset {offset} lies behind the strings, which end at {End}");
        return _bytes.Span[(int)own..];
    }

    /// <summary>The length of a long string, which is looked for once.</summary>
    private int Measure(uint offset, ReadOnlySpan<byte> tail)
    {
        if (_longLengths is null) Interlocked.CompareExchange(ref _longLengths, new(), null);
        if (_longLengths.TryGetValue(offset, out int length)) return length;
        length = tail.IndexOf((byte)0);
        Interlocked.Add(ref _bytesMeasured, length);
        _longLengths.TryAdd(offset, length);
        return length;
    }

    private static ObjectFormatException TooLong(uint offset, int length) =>
        Malformed($"the name at string offset {offset} has {length} bytes, more than {Limits.MaxBtfName}");

    private static ObjectFormatException Malformed(string problem) => new(problem, BtfHeader.Section);
}
