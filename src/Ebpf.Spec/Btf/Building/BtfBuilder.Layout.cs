using Ebpf.Btf.Reading;
using Ebpf.Btf.Types;
using Ebpf.Common;

namespace Ebpf.Btf;

/// <content>Sizes and alignments of what is being built.</content>
public sealed partial class BtfBuilder
{
    private readonly Dictionary<uint, CompositeBuilder> _composites = [];
    private readonly Dictionary<uint, (BtfSpec Owner, uint Id)> _origins = [];

    /// <summary>Finds size and alignment of a type that exists.</summary>
    /// <param name="id">The type.</param>
    /// <param name="size">In bytes.</param>
    /// <param name="alignment">In bytes.</param>
    /// <param name="use">
    /// The structure that it becomes a member of: a structure that is being built takes no more members then.
    /// </param>
    /// <returns><c>false</c> if it has no size, or is (an array of) <paramref name="use"/> itself.</returns>
    internal bool TryMeasure(uint id, out uint size, out uint alignment, CompositeBuilder? use = null)
    {
        size = alignment = 0;
        ulong count = 1;
        for (int depth = 0; depth <= Limits.MaxTypeDepth; depth++)
        {
            if (id < _types.FirstId) return TryMeasureExisting(id == 0 ? VoidType.Instance : _base![id], count, out size, out alignment);
            ReadOnlySpan<uint> record = _types[id];
            switch (RecordWords.KindOf(record))
            {
                case BtfKind.Typedef or BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag or BtfKind.Variable:
                    id = record[2];
                    continue;
                case BtfKind.Array:
                    // A factor above 32 bits stays too large, whatever follows; but 0 elements make 0 bytes.
                    count = record[5] == 0 ? 0 : Math.Min(count, uint.MaxValue + 1ul) * record[5];
                    id = record[3];
                    continue;
                case BtfKind.Struct or BtfKind.Union when _composites.TryGetValue(id, out CompositeBuilder? composite):
                    if (composite == use) return false;
                    if (use is not null) composite.Seal();
                    alignment = composite.Alignment;
                    return TryMultiply(composite.Size, count, out size);
                case BtfKind.Struct or BtfKind.Union:
                    return TryMeasureExisting(OriginOf(id), count, out size, out alignment);
                case BtfKind.Pointer:
                    alignment = PointerType.Size;
                    return TryMultiply(PointerType.Size, count, out size);
                case BtfKind.Int or BtfKind.Enum or BtfKind.Enum64 or BtfKind.Float:
                    alignment = Math.Min(record[2], Limits.MaxAlignment);
                    if (!System.Numerics.BitOperations.IsPow2(alignment)) alignment = sizeof(uint);
                    return TryMultiply(record[2], count, out size);
                default:
                    return false;
            }
        }

        return false;
    }

    /// <summary>Whether a type is an integer or enumeration, behind typedefs and qualifiers.</summary>
    internal bool IsIntegral(uint id) => KindOf(Resolve(id)) is BtfKind.Int or BtfKind.Enum or BtfKind.Enum64;

    /// <inheritdoc cref="BtfImage.TryGetLegacyBitField"/>
    internal bool TryGetLegacyBitField(uint id, out uint shift, out uint bits)
    {
        shift = bits = 0;
        id = Resolve(id);
        if (KindOf(id) != BtfKind.Int) return false;
        if (id < _types.FirstId) return _base!.TryGetLegacyBitField(id, out shift, out bits);
        ReadOnlySpan<uint> record = _types[id];
        shift = BtfRecord.IntBitOffset(record[3]);
        bits = BtfRecord.IntBitSize(record[3]);
        return shift != 0 || bits != record[2] * 8ul;
    }

    private uint Resolve(uint id)
    {
        for (int depth = 0; depth <= Limits.MaxTypeDepth; depth++)
        {
            if (id < _types.FirstId) return id == 0 ? 0 : _base![id].Resolve().Id.Value;
            ReadOnlySpan<uint> record = _types[id];
            if (RecordWords.KindOf(record)
                is not (BtfKind.Typedef or BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag)) return id;
            id = record[2];
        }

        return 0;
    }

    /// <summary>The structure of which one that nobody changed is a copy.</summary>
    private BtfType OriginOf(uint id) =>
        _origins.TryGetValue(id, out (BtfSpec Owner, uint Id) origin) ? origin.Owner[origin.Id] : _source![id];

    private static bool TryMeasureExisting(BtfType type, ulong count, out uint size, out uint alignment)
    {
        size = 0;
        return type.TryGetAlignment(out alignment) && type.TryGetSize(out uint one) && TryMultiply(one, count, out size);
    }

    private static bool TryMultiply(uint one, ulong count, out uint size)
    {
        ulong total = Math.Min(count, uint.MaxValue + 1ul) * one;
        size = (uint)total;
        return total <= uint.MaxValue;
    }
}
