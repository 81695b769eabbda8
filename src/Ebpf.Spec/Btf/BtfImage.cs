namespace Ebpf.Btf;

/// <summary>The bytes of one BTF with the offset of every type: what opening costs, and all that is kept.</summary>
internal sealed class BtfImage
{
    private readonly ReadOnlyMemory<byte> _types;
    private readonly ReadOnlyMemory<byte> _layout;
    private readonly BtfImage? _base;
    private uint[] _offsets = [];

    private BtfImage(ReadOnlyMemory<byte> raw, BtfImage? baseImage)
    {
        BtfHeader header = BtfHeader.Read(raw.Span);
        ReadOnlyMemory<byte> strings = raw[header.Strings];
        if (strings.IsEmpty ? baseImage is null : strings.Span[^1] != 0)
            throw new ObjectFormatException("the strings do not end in a zero", BtfHeader.Section, offset: 16);
        if (baseImage is null && strings.Span[0] != 0)
            throw new ObjectFormatException(
                "the strings do not begin with the empty one: this is split BTF, which needs its base",
                BtfHeader.Section,
                offset: header.Strings.Start.Value);
        if (baseImage is not null && baseImage.Swap != header.Swap)
            throw new ObjectFormatException("split BTF has another byte order than its base", BtfHeader.Section, offset: 0);

        _base = baseImage;
        Raw = raw;
        TypesOffset = header.Types.Start.Value;
        _types = raw[header.Types];
        _layout = raw[header.Layout];
        Swap = header.Swap;
        Strings = new BtfStrings(strings, baseImage?.Strings);
        FirstId = baseImage?.EndId ?? 1;
        Index(header.Types.Start.Value);
    }

    /// <summary>Whether numbers must be turned round on this machine.</summary>
    public bool Swap { get; }

    /// <summary>The whole BTF as it was read, without the base.</summary>
    public ReadOnlyMemory<byte> Raw { get; }

    /// <summary>Where <see cref="Types"/> begin in <see cref="Raw"/>.</summary>
    public int TypesOffset { get; }

    /// <summary>Whether it goes on where another one ends.</summary>
    public bool IsSplit => _base is not null;

    /// <summary>The strings, the base's included.</summary>
    public BtfStrings Strings { get; }

    /// <summary>The id of the first type that is not the base's: 1, or where the base ends.</summary>
    public uint FirstId { get; }

    /// <summary>The id behind the last type.</summary>
    public uint EndId => FirstId + (uint)OwnCount;

    /// <summary>How many types there are besides the base's and <c>void</c>.</summary>
    public int OwnCount { get; private set; }

    /// <summary>The type records, without the base's.</summary>
    public ReadOnlySpan<byte> Types => _types.Span;

    /// <summary>The table of the sizes of kinds; empty when there is none.</summary>
    public ReadOnlySpan<byte> Layout => _layout.Span;

    /// <summary>Whether an integer here describes a bit field, as compilers did before the kind flag (LLVM 7).</summary>
    public bool HasLegacyBitFields { get; private set; }

    /// <summary>Whether a kind occurs that only the table of sizes tells of; without the base's.</summary>
    public bool HasUnknownKinds { get; private set; }

    /// <summary>Which kinds occur, by bit; without the base's.</summary>
    public uint Kinds { get; private set; }

    /// <summary>Checks the header and finds every type; decodes nothing.</summary>
    /// <exception cref="ObjectFormatException">The bytes are malformed.</exception>
    public static BtfImage Parse(ReadOnlyMemory<byte> raw, BtfImage? baseImage) => new(raw, baseImage);

    /// <summary>Whether a kind of a number below 32 occurs, the base's types included.</summary>
    public bool Has(BtfKind kind)
    {
        for (BtfImage? image = this; image is not null; image = image._base)
        {
            if ((image.Kinds >> (int)kind & 1) != 0) return true;
        }

        return false;
    }

    /// <summary>The offset of one of the own types in <see cref="Types"/>.</summary>
    public int OffsetOf(uint id) => (int)_offsets[id - FirstId];

    /// <summary>The record of a type, which is not <c>void</c> and exists.</summary>
    public BtfRecord Record(uint id)
    {
        BtfImage image = this;
        while (id < image.FirstId) image = image._base!;
        int index = (int)(id - image.FirstId);
        return new BtfRecord(image._types.Span[(int)image._offsets[index]..(int)image._offsets[index + 1]], Swap);
    }

    /// <summary>Looks through the own types, from one id on, for the first with a name; 0 if there is none.</summary>
    public uint Search(ReadOnlySpan<byte> name, uint from)
    {
        ReadOnlySpan<byte> types = _types.Span;
        ReadOnlySpan<byte> strings = Strings.Bytes;
        ReadOnlySpan<uint> offsets = _offsets.AsSpan(0, OwnCount);
        uint firstString = Strings.End - (uint)strings.Length;
        byte initial = name[0];
        for (int i = (int)(Math.Max(from, FirstId) - FirstId); i < offsets.Length; i++)
        {
            uint offset = types.U32((int)offsets[i], Swap);
            uint own = offset - firstString;
            if (own < (uint)strings.Length && strings[(int)own] != initial) continue;
            if (Strings.IsAt(offset, name)) return FirstId + (uint)i;
        }

        return 0;
    }

    private void Index(int start)
    {
        ReadOnlySpan<byte> types = _types.Span;
        ReadOnlySpan<byte> fixedSizes = BtfRecord.FixedSizes;
        ReadOnlySpan<byte> elementSizes = BtfRecord.ElementSizes;
        bool swap = Swap;
        uint endOfStrings = Strings.End;
        uint kinds = 0;

        // Kernels have 26 bytes a type on average, compiled objects about as many; one entry more holds the end.
        uint[] offsets = new uint[(types.Length / 20) + 2];
        int count = 0;
        int at = 0;
        while (at < types.Length)
        {
            if (types.Length - at < BtfRecord.HeadSize) throw Malformed(count, "is cut off", start + at);
            uint info = types.U32(at + 4, swap);
            int kind = (int)BtfRecord.KindOf(info);
            uint length = (uint)BtfRecord.LengthOf(info);
            ulong size = kind is > 0 and < BtfRecord.KnownKinds
                ? (ulong)BtfRecord.HeadSize + fixedSizes[kind] + ((ulong)elementSizes[kind] * length)
                : UnknownSize(kind, length, count, start + at);
            if (size > (ulong)(types.Length - at)) throw Malformed(count, $"of kind {kind} is cut off", start + at);
            uint name = types.U32(at, swap);
            if (name >= endOfStrings) throw Malformed(count, $"has its name at {name}, behind the strings", start + at);
            if (kind == (int)BtfKind.Int) HasLegacyBitFields |= IsBitField(types.Slice(at, (int)size), swap);

            if (count + 1 == offsets.Length) Array.Resize(ref offsets, offsets.Length * 2);
            offsets[count++] = (uint)at;
            if (kind < 32) kinds |= 1u << kind;
            HasUnknownKinds |= kind >= BtfRecord.KnownKinds;
            at += (int)size;
        }

        offsets[count] = (uint)at;
        _offsets = offsets;
        OwnCount = count;
        Kinds = kinds;
    }

    // An integer of fewer bits than its bytes have, or shifted: only a member can mean that.
    private static bool IsBitField(ReadOnlySpan<byte> record, bool swap)
    {
        uint encoding = record.U32(BtfRecord.HeadSize, swap);
        return IntType.BitOffsetOf(encoding) != 0 || IntType.BitSizeOf(encoding) != record.U32(8, swap) * 8ul;
    }

    private ulong UnknownSize(int kind, uint length, int index, long offset)
    {
        // A module's BTF relies on the table of the kernel's.
        BtfImage? holder = this;
        while (holder is not null && holder._layout.IsEmpty) holder = holder._base;
        int entry = kind * BtfHeader.LayoutEntrySize;
        if (kind == 0 || holder is null || entry >= holder._layout.Length)
            throw Malformed(index, $"is of kind {kind}, which is not known", offset);

        ReadOnlySpan<byte> sizes = holder._layout.Span[entry..];
        if ((sizes[0] | sizes[1]) % sizeof(uint) != 0)
            throw Malformed(index, $"is of kind {kind}, whose sizes are no multiples of 4", offset);
        return (ulong)BtfRecord.HeadSize + sizes[0] + ((ulong)sizes[1] * length);
    }

    private ObjectFormatException Malformed(int index, string problem, long offset) =>
        new($"type {FirstId + (uint)index} {problem}", BtfHeader.Section, offset: offset);
}
