using Ebpf.Btf.Reading;

namespace Ebpf.Btf;

/// <summary>Represents a structure or union that is declared but not defined. It has no size.</summary>
public sealed class ForwardType : BtfType
{
    internal ForwardType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record) => IsUnion = record.KindFlag;

    /// <inheritdoc/>
    public override BtfKind Kind => BtfKind.Forward;

    /// <summary>Gets whether it is a union; otherwise, it is a structure.</summary>
    public bool IsUnion { get; }
}
