using Ebpf.Btf.Reading;

namespace Ebpf.Btf;

/// <summary>Represents a type of a kind that this library does not know. Of its record, BTF only tells the length.</summary>
/// <remarks>
/// Linux 7.1 and later write the record sizes of all kinds into BTF, so that older readers can skip kinds that they do not know.
/// </remarks>
public sealed class UnknownType : BtfType
{
    internal UnknownType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record) => Kind = record.Kind;

    /// <summary>Gets the kind: a number above those that <see cref="BtfKind"/> names.</summary>
    public override BtfKind Kind { get; }
}
