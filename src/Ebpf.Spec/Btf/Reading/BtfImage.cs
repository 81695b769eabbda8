using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ebpf.Common;

namespace Ebpf.Btf.Reading;

/// <summary>The bytes of one BTF with the offset of every type: what opening costs, and all that is kept.</summary>
internal sealed class BtfImage
{
    private readonly ReadOnlyMemory<byte> _types;
    private readonly ReadOnlyMemory<byte> _layout;
    private readonly BtfImage? _base;
    private readonly IndexTable _offsets;

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
        HasLegacyBitFields = baseImage is { HasLegacyBitFields: true };
        FirstId = baseImage?.EndId ?? 1;
        _offsets = Index(header.Types.Start.Value);
        OwnCount = _offsets.Length - 1;
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
    public int OwnCount { get; }

    /// <summary>The type records, without the base's.</summary>
    public ReadOnlySpan<byte> Types => _types.Span;

    /// <summary>The table of the sizes of kinds; empty when there is none.</summary>
    public ReadOnlySpan<byte> Layout => _layout.Span;

    /// <summary>Whether an integer describes a bit field, as compilers did before the kind flag (LLVM 7); here or in the base.</summary>
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
    public int OffsetOf(uint id) => (int)_offsets[(int)(id - FirstId)];

    /// <summary>The offset of the name of one of the own types, counted from 0.</summary>
    public uint NameOffsetOf(int index) => Types.U32((int)_offsets[index], Swap);

    /// <summary>The record of a type, which is not <c>void</c> and exists.</summary>
    public BtfRecord Record(uint id)
    {
        BtfImage image = this;
        while (id < image.FirstId) image = image._base!;
        int index = (int)(id - image.FirstId);
        int start = (int)image._offsets[index], end = (int)image._offsets[index + 1];
        return new BtfRecord(image._types.Span[start..end], Swap);
    }

    /// <summary>Reads a member of a structure or union: the one place that knows both encodings of bit fields.</summary>
    /// <param name="composite">The record of the structure or union, which is here or in the base.</param>
    /// <param name="index">The index of the member.</param>
    public MemberRecord Member(BtfRecord composite, int index)
    {
        int at = index * MemberRecord.WordCount;
        bool flag = composite.KindFlag;
        MemberRecord member = MemberRecord.Read(composite.Word(at), composite.Word(at + 1), composite.Word(at + 2), flag);
        return !flag && HasLegacyBitFields && TryGetLegacyBitField(member.TypeId, out uint shift, out uint bits)
            ? member with { BitOffset = member.BitOffset + shift, BitSize = bits }
            : member;
    }

    /// <summary>
    /// Whether a type is, behind typedefs and qualifiers, an integer that stands for a bit field: the old encoding, which has the
    /// size and a part of the offset in the integer.
    /// </summary>
    public bool TryGetLegacyBitField(uint typeId, out uint shift, out uint bits)
    {
        shift = bits = 0;
        BtfImage image = this;
        for (int depth = 0; depth <= Limits.MaxTypeDepth; depth++)
        {
            while (typeId < image.FirstId && image._base is not null) image = image._base;
            if (typeId == 0 || typeId >= image.EndId) return false;
            BtfRecord record = image.Record(typeId);
            switch (record.Kind)
            {
                case BtfKind.Typedef or BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag:
                    typeId = record.SizeOrType;
                    break;
                case BtfKind.Int when record.IsBitFieldInt:
                    (shift, bits) = (BtfRecord.IntBitOffset(record.Word(0)), BtfRecord.IntBitSize(record.Word(0)));
                    return true;
                default:
                    return false;
            }
        }

        return false;
    }

    /// <summary>Looks through the own types, from one id on, for the first with a name; 0 if there is none.</summary>
    public unsafe uint Search(ReadOnlySpan<byte> name, uint from)
    {
        // Most types are passed over by the first four bytes of their names, the zero behind a short one included.
        Span<byte> prefix = stackalloc byte[sizeof(uint)], mask = stackalloc byte[sizeof(uint)];
        prefix.Clear();
        name[..Math.Min(name.Length, prefix.Length)].CopyTo(prefix);
        mask.Clear();
        mask[..Math.Min(name.Length + 1, mask.Length)].Fill(byte.MaxValue);
        uint wanted = MemoryMarshal.Read<uint>(prefix), counted = MemoryMarshal.Read<uint>(mask);

        uint found = 0;
        ReadOnlySpan<uint> offsets = _offsets.Span[..OwnCount];
        ReadOnlySpan<byte> types = _types.Span, strings = Strings.Bytes;
        uint firstString = Strings.End - (uint)strings.Length;
        int places = Math.Max(strings.Length - sizeof(uint) + 1, 0);
        fixed (byte* type = types, text = strings)
        {
            // Sound: the offsets are those of whole records, and four bytes are read only where there are four.
            for (int i = (int)(Math.Max(from, FirstId) - FirstId); i < offsets.Length; i++)
            {
                uint offset = Number(type + offsets[i], Swap);
                uint own = offset - firstString;
                if (own < (uint)places && ((Unsafe.ReadUnaligned<uint>(text + own) ^ wanted) & counted) != 0) continue;
                if (!Strings.IsAt(offset, name)) continue;
                found = FirstId + (uint)i;
                break;
            }
        }

        _offsets.KeepAlive();
        return found;
    }

    private IndexTable Index(int start)
    {
        // One entry more than there are types holds the end.
        int most = (_types.Length / BtfRecord.HeadSize) + 1;
        if (most <= Limits.MaxIndexOnHeap)
        {
            uint[] room = ArrayPool<uint>.Shared.Rent(most);
            int count = FindTypes(room, start);
            uint[] offsets = room[..count];
            ArrayPool<uint>.Shared.Return(room);
            return new IndexTable(offsets);
        }

        OffHeapNumbers many = OffHeapNumbers.WithRoom(most);
        try
        {
            many.Trim(FindTypes(many.Span, start));
            return new IndexTable(many);
        }
        catch
        {
            many.Discard();
            throw;
        }
    }

    /// <summary>Steps from type to type.</summary>
    /// <param name="offsets">Takes where each type begins, and where the last one ends; has room for the most there can be.</param>
    /// <param name="start">Where the types begin in the section.</param>
    /// <returns>How many offsets there are.</returns>
    private unsafe int FindTypes(Span<uint> offsets, int start)
    {
        bool swap = Swap;
        uint endOfStrings = Strings.End;
        uint kinds = 0;
        int count = 0, at = 0, end = _types.Length;

        // Sound: every read is within the record whose size was compared with what is left.
        fixed (byte* types = _types.Span)
        fixed (uint* found = offsets)
        fixed (byte* fixedSizes = BtfRecord.FixedSizes, elementSizes = BtfRecord.ElementSizes)
        {
            while (at < end)
            {
                if (end - at < BtfRecord.HeadSize) throw Malformed(count, "is cut off", start + at);
                uint info = Number(types + at + 4, swap);
                uint name = Number(types + at, swap);
                if (name >= endOfStrings) throw Malformed(count, $"has its name at {name}, behind the strings", start + at);
                int kind = (int)BtfRecord.KindOf(info);
                found[count++] = (uint)at;
                ulong size;
                if (kind is > 0 and < BtfRecord.KnownKinds)
                {
                    kinds |= 1u << kind;

                    // Most types: what is guessed rightly need not wait for the tables below.
                    if ((BtfRecord.HeadOnly >> kind & 1) != 0)
                    {
                        at += BtfRecord.HeadSize;
                        continue;
                    }

                    ulong length = (uint)BtfRecord.LengthOf(info);
                    if (kind == (int)BtfKind.FunctionPrototype) size = BtfRecord.HeadSize + (8 * length);
                    else size = (ulong)BtfRecord.HeadSize + fixedSizes[kind] + (elementSizes[kind] * length);
                }
                else
                {
                    size = UnknownSize(kind, (uint)BtfRecord.LengthOf(info), count - 1, start + at);
                    HasUnknownKinds = true;
                    if (kind < 32) kinds |= 1u << kind;
                }

                if (size > (ulong)(end - at)) throw Malformed(count - 1, $"of kind {kind} is cut off", start + at);
                if (kind == (int)BtfKind.Int) HasLegacyBitFields |= new BtfRecord(new ReadOnlySpan<byte>(types + at, (int)size), swap).IsBitFieldInt;
                at += (int)size;
            }
        }

        offsets[count++] = (uint)at;
        Kinds = kinds;
        return count;
    }

    private static unsafe uint Number(byte* at, bool swap)
    {
        uint value = Unsafe.ReadUnaligned<uint>(at);
        return swap ? BinaryPrimitives.ReverseEndianness(value) : value;
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
