using Ebpf.Common;

namespace Ebpf.Btf.Reading;

/// <summary>The header of BTF (<c>struct btf_header</c>), checked against the bytes that follow it.</summary>
/// <remarks>
/// 24 bytes until Linux 7.0. Since then 32: the last two fields place an optional table that gives the size of every
/// kind, so that a reader can step over kinds that it does not know.
/// </remarks>
internal readonly struct BtfHeader
{
    /// <summary>The section's name in errors.</summary>
    public const string Section = ".BTF";

    public const ushort Magic = 0xEB9F;

    /// <summary>The header up to and including <c>str_len</c>.</summary>
    public const int ShortLength = 24;

    /// <summary>The header with <c>layout_off</c> and <c>layout_len</c>.</summary>
    public const int LongLength = 32;

    /// <summary>The size of a <c>struct btf_layout</c>: u8 info_sz, u8 elem_sz, u16 flags.</summary>
    public const int LayoutEntrySize = 4;

    private BtfHeader(bool swap, Range types, Range strings, Range layout)
    {
        Swap = swap;
        Types = types;
        Strings = strings;
        Layout = layout;
    }

    /// <summary>Whether numbers must be turned round on this machine.</summary>
    public bool Swap { get; }

    /// <summary>Where the type records are, in the whole BTF.</summary>
    public Range Types { get; }

    /// <summary>Where the strings are, in the whole BTF.</summary>
    public Range Strings { get; }

    /// <summary>Where the table of record sizes is, in the whole BTF; empty when there is none.</summary>
    public Range Layout { get; }

    /// <summary>Reads and checks the header.</summary>
    /// <exception cref="ObjectFormatException">It is no BTF, or a part of it lies outside <paramref name="raw"/>.</exception>
    public static BtfHeader Read(ReadOnlySpan<byte> raw)
    {
        if (raw.Length < ShortLength) throw Malformed($"BTF of {raw.Length} bytes is shorter than its header", 0);
        bool swap = ReadOrder(raw, Section);
        uint length = raw.U32(4, swap);
        if (length < ShortLength || length > (uint)raw.Length) throw Malformed($"header length {length} is impossible", 4);

        bool hasLayout = length >= LongLength;
        ReadOnlySpan<byte> unknown = raw[(hasLayout ? LongLength : ShortLength)..(int)length];
        int nonZero = unknown.IndexOfAnyExcept((byte)0);
        if (nonZero >= 0)
            throw Malformed("the header has fields that are not known", length - unknown.Length + nonZero);

        Range types = Part(raw, length, 8, swap, "types");
        Range strings = Part(raw, length, 16, swap, "strings");
        Range layout = hasLayout ? Part(raw, length, 24, swap, "kind layout") : default;
        if (Overlap(types, strings) || Overlap(types, layout) || Overlap(strings, layout))
            throw Malformed("its parts overlap", 8);
        if (Length(layout) % LayoutEntrySize != 0) throw Malformed("the kind layout is no whole number of entries", 28);
        return new BtfHeader(swap, types, strings, layout);
    }

    /// <summary>Reads what BTF and .BTF.ext begin with: magic (which tells the byte order), version, flags.</summary>
    public static bool ReadOrder(ReadOnlySpan<byte> raw, string section)
    {
        bool swap = raw.U16(0, true) == Magic;
        if (!swap && raw.U16(0, false) != Magic)
            throw new ObjectFormatException($"no BTF: it begins with 0x{raw.U16(0, false):x4}", section, offset: 0);
        if (raw[2] != 1) throw new ObjectFormatException($"BTF version {raw[2]} is not known", section, offset: 2);
        if (raw[3] != 0) throw new ObjectFormatException($"BTF flags 0x{raw[3]:x2} are not known", section, offset: 3);
        return swap;
    }

    private static bool Overlap(Range a, Range b) => a.Start.Value < b.End.Value && b.Start.Value < a.End.Value;

    private static int Length(Range range) => range.End.Value - range.Start.Value;

    private static Range Part(ReadOnlySpan<byte> raw, uint header, int field, bool swap, string what)
    {
        ulong start = (ulong)header + raw.U32(field, swap);
        ulong end = start + raw.U32(field + 4, swap);
        if (end == start) return default;
        if (end > (ulong)raw.Length)
            throw Malformed($"the {what} end at byte {end} of a BTF of {raw.Length} bytes", field);
        return (int)start..(int)end;
    }

    private static ObjectFormatException Malformed(string problem, long offset) => new(problem, Section, offset: offset);
}
