using System.Numerics;
using Ebpf.Btf.Reading;

namespace Ebpf.Btf.Printing;

/// <summary>
/// Sizes and alignments as C compilers for BPF, x86-64 and arm64 work them out of the text that is written, and so what the text
/// must add (packing, alignment, padding) to come to the layout that BTF has.
/// </summary>
/// <remarks>
/// Types are given from the inside to the outside, and each is done once. Nothing is guessed about the source: where a
/// member lies where the compiler would not put it, the structure is packed and its holes are padded, which is always exact.
/// </remarks>
internal sealed class CLayout(TypeSource source)
{
    private const byte PackedFlag = 0x80;
    private const byte UnsortedFlag = 0x40;
    private const byte AlignmentMask = 0x3f;

    private readonly uint[] _sizes = new uint[source.EndId];

    // By id: 0 for what was not done or has no size, else the logarithm of the alignment plus one, and flags.
    private readonly byte[] _shapes = new byte[source.EndId];

    /// <summary>Whether the type is written as packed.</summary>
    public bool IsPacked(uint id) => (_shapes[id] & PackedFlag) != 0;

    /// <summary>Whether the members do not stand in the order of their offsets.</summary>
    public bool IsUnsorted(uint id) => (_shapes[id] & UnsortedFlag) != 0;

    /// <summary>The size and alignment in bytes of a type that has been done; the latter is 0 if it has none.</summary>
    public (uint Size, uint Alignment) Of(uint id)
    {
        if (id == 0) return default;
        BtfRecord record = source.Record(id);
        switch (record.Kind)
        {
            case BtfKind.Pointer:
                return (8, 8);
            case BtfKind.Int or BtfKind.Float:
                return Scalar(record.SizeOrType);
            case BtfKind.Enum or BtfKind.Enum64:
                return record.SizeOrType is 1 or 2 or 4 or 8
                    ? (record.SizeOrType, record.SizeOrType)
                    : throw TypeSource.Malformed(id, $"is an enumeration of {record.SizeOrType} bytes");
            default:
                byte shape = _shapes[id];
                return shape == 0 ? default : (_sizes[id], 1u << ((shape & AlignmentMask) - 1));
        }
    }

    /// <summary>Works out a typedef or qualified type.</summary>
    public void AddAlias(uint id, uint target)
    {
        (uint size, uint alignment) = Of(target);
        if (alignment != 0) Set(id, size, alignment);
    }

    /// <summary>Works out an array.</summary>
    public void AddArray(uint id, uint element, uint length)
    {
        (uint size, uint alignment) = Of(element);
        if (alignment == 0) throw TypeSource.Malformed(id, "is an array of what has no size");
        ulong total = (ulong)size * length;
        if (total > uint.MaxValue) throw TypeSource.Malformed(id, $"is an array of {total} bytes");
        Set(id, (uint)total, alignment);
    }

    /// <summary>Works out a structure or union whose members have been done.</summary>
    /// <exception cref="ObjectFormatException">No C has its layout: members overlap, or stand outside.</exception>
    public void AddComposite(uint id)
    {
        BtfRecord record = source.Record(id);
        bool isUnion = record.Kind == BtfKind.Union;
        ulong size = record.SizeOrType * 8ul;
        ulong end = 0;
        uint largest = 1;
        bool packed = false;
        bool unsorted = false;
        for (int i = 0; i < record.Length; i++)
        {
            MemberRecord member = source.Member(record, i);
            if (member.IsPadding) continue;
            (ulong bits, uint alignment) = PlaceOf(id, i, member, ref packed);
            largest = Math.Max(largest, alignment);
            if (isUnion && member.BitOffset != 0) throw TypeSource.Malformed(id, $"is a union whose member {i} is out of place");
            if (!isUnion && member.BitOffset < end) unsorted = true;
            if (member.BitOffset + bits > size) throw TypeSource.Malformed(id, $"ends before its member {i} does");
            end = Math.Max(end, member.BitOffset + bits);
        }

        packed |= record.SizeOrType % largest != 0;
        if (packed) largest = 1;
        if (isUnion) largest = UnionAlignment((uint)((end + 7) / 8), record.SizeOrType, largest);
        Set(id, record.SizeOrType, largest);
        if (packed) _shapes[id] |= PackedFlag;
        if (unsorted) _shapes[id] |= UnsortedFlag;
    }

    /// <summary>Whether what has this size without its padding comes to the right one by itself.</summary>
    public static bool IsNaturalSize(uint natural, uint size, uint alignment) => RoundUp(natural, alignment) == size;

    /// <summary>The alignment at which a union of this natural size gets its real one; the natural one if there is none.</summary>
    public static uint UnionAlignment(uint natural, uint size, uint alignment)
    {
        if (RoundUp(natural, alignment) == size) return alignment;
        for (uint larger = alignment * 2; larger != 0 && larger <= size; larger *= 2)
        {
            if (RoundUp(natural, larger) == size) return larger;
        }

        return alignment;
    }

    private static ulong RoundUp(ulong value, ulong alignment) => (value + alignment - 1) / alignment * alignment;

    /// <summary>How many bits a member takes, and the alignment that it gives to its parent.</summary>
    private (ulong Bits, uint Alignment) PlaceOf(uint id, int index, MemberRecord member, ref bool packed)
    {
        (uint size, uint alignment) = Of(member.TypeId);
        if (alignment == 0) throw TypeSource.Malformed(id, $"has a member {index} without a size");
        if (member.BitSize == 0)
        {
            if (member.BitOffset % 8 != 0) throw TypeSource.Malformed(id, $"has its member {index} within a byte");
            packed |= member.BitOffset % (8ul * alignment) != 0;
            return (size * 8ul, alignment);
        }

        // A bit field must not cross the boundary of what it is declared as, unless it is packed.
        ulong unit = size * 8ul;
        if (member.BitSize > unit) throw TypeSource.Malformed(id, $"has a member {index} of more bits than its type");
        packed |= member.BitOffset / unit != (member.BitOffset + member.BitSize - 1) / unit;
        return (member.BitSize, alignment);
    }

    private static (uint Size, uint Alignment) Scalar(uint size) =>
        size > 0 && BitOperations.IsPow2(size) ? (size, Math.Min(size, 16)) : (size, size % 4 == 0 ? 4u : 1u);

    private void Set(uint id, uint size, uint alignment)
    {
        _sizes[id] = size;
        _shapes[id] = (byte)(BitOperations.Log2(alignment) + 1);
    }
}
