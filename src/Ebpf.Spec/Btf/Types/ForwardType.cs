using Ebpf.Btf.Reading;

namespace Ebpf.Btf;

/// <summary>A structure or union that is declared but not defined; it has no size.</summary>
public sealed class ForwardType : BtfType
{
    internal ForwardType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record) => IsUnion = record.KindFlag;

    /// <inheritdoc/>
    public override BtfKind Kind => BtfKind.Forward;

    /// <summary>Whether it is a union; else a structure.</summary>
    public bool IsUnion { get; }
}
