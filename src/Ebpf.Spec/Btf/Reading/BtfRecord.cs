using Ebpf.Common;

namespace Ebpf.Btf.Reading;

/// <summary>One type as it stands in BTF: <c>struct btf_type</c> and what follows it, of the right length for its kind.</summary>
internal readonly ref struct BtfRecord(ReadOnlySpan<byte> bytes, bool swap)
{
    /// <summary>The size of <c>struct btf_type</c>.</summary>
    public const int HeadSize = 12;

    /// <summary>How many kinds have a size that is known without a layout table.</summary>
    public const int KnownKinds = (int)BtfKind.Enum64 + 1;

    /// <summary>The kinds of which nothing follows the head, by bit.</summary>
    public const uint HeadOnly =
        (1u << (int)BtfKind.Pointer) | (1u << (int)BtfKind.Forward) | (1u << (int)BtfKind.Typedef)
        | (1u << (int)BtfKind.Volatile) | (1u << (int)BtfKind.Const) | (1u << (int)BtfKind.Restrict)
        | (1u << (int)BtfKind.Function) | (1u << (int)BtfKind.Float) | (1u << (int)BtfKind.TypeTag);

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly bool _swap = swap;

    /// <summary>The bytes that follow the head once, by kind.</summary>
    public static ReadOnlySpan<byte> FixedSizes => [0, 4, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 4, 0, 0];

    /// <summary>The bytes that follow for every member, value, parameter or variable, by kind.</summary>
    public static ReadOnlySpan<byte> ElementSizes => [0, 0, 0, 0, 12, 12, 8, 0, 0, 0, 0, 0, 0, 8, 0, 12, 0, 0, 0, 12];

    public uint NameOffset => Head(0);

    public BtfKind Kind => KindOf(Head(1));

    /// <summary>How many elements follow (for a function: its linkage).</summary>
    public int Length => LengthOf(Head(1));

    /// <summary>What the top bit means depends on the kind: bit fields, signedness, union instead of struct.</summary>
    public bool KindFlag => (Head(1) & 0x8000_0000) != 0;

    /// <summary>The size in bytes, or the id of the type referred to, as the kind has it.</summary>
    public uint SizeOrType => Head(2);

    /// <summary>
    /// Whether an integer has fewer bits than its bytes, or shifted ones: only a member can mean that, as compilers before LLVM 7
    /// described bit fields.
    /// </summary>
    public bool IsBitFieldInt => IntBitOffset(Word(0)) != 0 || IntBitSize(Word(0)) != SizeOrType * 8ul;

    /// <summary>How many bits of an integer are used (<c>BTF_INT_BITS</c>).</summary>
    public static uint IntBitSize(uint encoding) => encoding & 0xff;

    /// <summary>Where the bits of an integer begin (<c>BTF_INT_OFFSET</c>).</summary>
    public static uint IntBitOffset(uint encoding) => encoding >> 16 & 0xff;

    // Linux 7.1 widened the count from 16 to 24 bits and the kind from 5 to 7; the bits were zero before.
    public static BtfKind KindOf(uint info) => (BtfKind)((info >> 24) & 0x7f);

    public static int LengthOf(uint info) => (int)(info & 0xff_ffff);

    /// <summary>A number after the head, counted in words of 4 bytes.</summary>
    public uint Word(int index) => _bytes.U32(HeadSize + (index * sizeof(uint)), _swap);

    private uint Head(int index) => _bytes.U32(index * sizeof(uint), _swap);
}
