using Ebpf.Btf.Reading;

namespace Ebpf.Btf;

/// <summary>A floating-point number.</summary>
public sealed class FloatType : BtfType
{
    internal FloatType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record) => Size = record.SizeOrType;

    /// <inheritdoc/>
    public override BtfKind Kind => BtfKind.Float;

    /// <summary>The size, in bytes.</summary>
    public uint Size { get; }
}
