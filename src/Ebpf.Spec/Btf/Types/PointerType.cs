using Ebpf.Btf.Reading;

namespace Ebpf.Btf;

/// <summary>Represents a pointer, of 8 bytes.</summary>
public sealed class PointerType : BtfType
{
    /// <summary>The size, in bytes: 8, as in every eBPF program and 64-bit kernel.</summary>
    public const uint Size = 8;

    internal PointerType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record) => TargetId = record.SizeOrType;

    /// <inheritdoc/>
    public override BtfKind Kind => BtfKind.Pointer;

    /// <summary>Gets the type that it points to.</summary>
    public BtfType Target => Owner[TargetId];

    internal uint TargetId { get; }
}
