using Ebpf.Btf.Reading;

namespace Ebpf.Btf;

/// <summary>Represents an array of one dimension. An array of several dimensions is an array of arrays.</summary>
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

    /// <summary>Gets the type of the elements.</summary>
    public BtfType Element => Owner[ElementId];

    /// <summary>Gets the type with which the compiler says the array is indexed. It has no influence on the layout.</summary>
    public BtfType Index => Owner[IndexId];

    /// <summary>Gets the number of elements; 0 for a flexible array at the end of a structure.</summary>
    public uint Length { get; }

    internal uint ElementId { get; }

    internal uint IndexId { get; }
}
