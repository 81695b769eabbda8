using Ebpf.Btf.Reading;

namespace Ebpf.Btf;

/// <summary>Represents a floating-point type.</summary>
public sealed class FloatType : BtfType
{
    internal FloatType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record) => Size = record.SizeOrType;

    /// <inheritdoc/>
    public override BtfKind Kind => BtfKind.Float;

    /// <summary>Gets the size, in bytes.</summary>
    public uint Size { get; }
}
