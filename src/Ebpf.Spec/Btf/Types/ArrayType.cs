using Ebpf.Btf.Reading;

namespace Ebpf.Btf;

/// <summary>An array of one dimension; one of several is an array of arrays.</summary>
public sealed class ArrayType : BtfType
{
    internal ArrayType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record)
    {
        ElementId = record.Word(0);
        IndexId = record.Word(1);
        Length = record.Word(2);
    }

    /// <inheritdoc/>
    public override BtfKind Kind => BtfKind.Array;

    /// <summary>The type of an element.</summary>
    public BtfType Element => Owner[ElementId];

    /// <summary>The type of an index, as the compiler noted it; says nothing of use.</summary>
    public BtfType Index => Owner[IndexId];

    /// <summary>How many elements there are; 0 for a flexible array at the end of a structure.</summary>
    public uint Length { get; }

    internal uint ElementId { get; }

    internal uint IndexId { get; }
}
