using Ebpf.Btf.Reading;

namespace Ebpf.Btf;

/// <summary>Something that is said about another type: <c>const</c>, <c>volatile</c>, <c>restrict</c>, a type tag.</summary>
public abstract class QualifierType : BtfType
{
    private protected QualifierType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record) => TargetId = record.SizeOrType;

    /// <summary>The type that is qualified.</summary>
    public BtfType Target => Owner[TargetId];

    internal uint TargetId { get; }
}

/// <summary>A type with the qualifier <c>const</c>.</summary>
public sealed class ConstType : QualifierType
{
    internal ConstType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record)
    {
    }

    /// <inheritdoc/>
    public override BtfKind Kind => BtfKind.Const;
}

/// <summary>A type with the qualifier <c>volatile</c>.</summary>
public sealed class VolatileType : QualifierType
{
    internal VolatileType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record)
    {
    }

    /// <inheritdoc/>
    public override BtfKind Kind => BtfKind.Volatile;
}

/// <summary>A type with the qualifier <c>restrict</c>.</summary>
public sealed class RestrictType : QualifierType
{
    internal RestrictType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record)
    {
    }

    /// <inheritdoc/>
    public override BtfKind Kind => BtfKind.Restrict;
}

/// <summary>A type with <c>__attribute__((btf_type_tag("…")))</c>, which <see cref="BtfType.Name"/> holds.</summary>
public sealed class TypeTagType : QualifierType
{
    internal TypeTagType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record) => IsAttribute = record.KindFlag;

    /// <inheritdoc/>
    public override BtfKind Kind => BtfKind.TypeTag;

    /// <summary>Whether the text is a whole attribute of its own instead of the text of <c>btf_type_tag</c>; Linux 6.14.</summary>
    public bool IsAttribute { get; }
}
