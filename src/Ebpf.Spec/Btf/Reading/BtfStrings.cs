using System.Collections.Concurrent;
using System.Text;

namespace Ebpf.Btf.Reading;

/// <summary>The strings of a BTF, by their offsets; those of split BTF go on where its base ends.</summary>
/// <remarks>
/// Any number of types may point into one long string, at any place, so that what a hostile file costs could grow with
/// the product of both. Short strings bound it; long ones must be whole ones, and each is decoded once.
/// </remarks>
internal sealed class BtfStrings
{
    /// <summary>Up to so many bytes an offset may point into the middle of a string. The kernel's own names end at 512.</summary>
    private const int ShortLength = 256;

    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly BtfStrings? _base;
    private readonly uint _first;
    private ConcurrentDictionary<uint, string>? _long;

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

    /// <summary>The section itself, without the base.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.Span;

    /// <summary>The string at an offset, without its zero; a view, nothing is copied.</summary>
    /// <exception cref="ObjectFormatException">The offset lies outside, or inside a long string.</exception>
    public ReadOnlySpan<byte> Utf8(uint offset)
    {
        if (offset < _first) return _base!.Utf8(offset);
        ReadOnlySpan<byte> tail = Tail(offset);
        int length = tail[..Math.Min(tail.Length, ShortLength + 1)].IndexOf((byte)0);
        if (length < 0)
        {
            uint own = offset - _first;
            if (own != 0 && Bytes[(int)own - 1] != 0)
                throw Malformed($"a name at string offset {offset} begins inside another, which goes on for too long");
            length = tail.IndexOf((byte)0);
        }

        return tail[..length];
    }

    /// <summary>The string at an offset.</summary>
    /// <exception cref="ObjectFormatException">The offset lies outside, or inside a long string.</exception>
    public string Text(uint offset)
    {
        if (offset == 0) return "";
        if (offset < _first) return _base!.Text(offset);
        ReadOnlySpan<byte> utf8 = Utf8(offset);
        if (utf8.Length <= ShortLength) return Encoding.UTF8.GetString(utf8);

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

    private static ObjectFormatException Malformed(string problem) => new(problem, BtfHeader.Section);
}
