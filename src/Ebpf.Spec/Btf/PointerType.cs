namespace Ebpf.Btf;

/// <summary>A pointer, of 8 bytes.</summary>
public sealed class PointerType : BtfType
{
    internal PointerType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record) => TargetId = record.SizeOrType;

    /// <inheritdoc/>
    public override BtfKind Kind => BtfKind.Pointer;

    /// <summary>What it points to.</summary>
    public BtfType Target => Owner[TargetId];

    internal uint TargetId { get; }
}
