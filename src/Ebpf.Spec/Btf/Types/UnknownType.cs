using Ebpf.Btf.Reading;

namespace Ebpf.Btf;

/// <summary>A type of a kind that this library does not know; BTF says how long its record is, and no more.</summary>
/// <remarks>Linux 7.1 and newer write the sizes of their kinds into BTF, so that old readers can step over new kinds.</remarks>
public sealed class UnknownType : BtfType
{
    internal UnknownType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record) => Kind = record.Kind;

    /// <summary>A number above those that <see cref="BtfKind"/> names.</summary>
    public override BtfKind Kind { get; }
}
