using Ebpf.Btf.Reading;

namespace Ebpf.Btf;

/// <summary>Represents another name for a type.</summary>
public sealed class TypedefType : BtfType
{
    internal TypedefType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record) => TargetId = record.SizeOrType;

    /// <inheritdoc/>
    public override BtfKind Kind => BtfKind.Typedef;

    /// <summary>Gets the type that it is a name for.</summary>
    public BtfType Target => Owner[TargetId];

    internal uint TargetId { get; }
}
