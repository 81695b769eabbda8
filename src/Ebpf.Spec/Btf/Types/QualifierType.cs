using Ebpf.Btf.Reading;

namespace Ebpf.Btf;

/// <summary>Represents a qualifier of another type: <c>const</c>, <c>volatile</c>, <c>restrict</c>, or a type tag.</summary>
public abstract class QualifierType : BtfType
{
    private protected QualifierType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record) => TargetId = record.SizeOrType;

    /// <summary>Gets the type that is qualified.</summary>
    public BtfType Target => Owner[TargetId];

    internal uint TargetId { get; }
}

/// <summary>Represents a type with the qualifier <c>const</c>.</summary>
public sealed class ConstType : QualifierType
{
    internal ConstType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record)
    {
    }

    /// <inheritdoc/>
    public override BtfKind Kind => BtfKind.Const;
}

/// <summary>Represents a type with the qualifier <c>volatile</c>.</summary>
public sealed class VolatileType : QualifierType
{
    internal VolatileType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record)
    {
    }

    /// <inheritdoc/>
    public override BtfKind Kind => BtfKind.Volatile;
}

/// <summary>Represents a type with the qualifier <c>restrict</c>.</summary>
public sealed class RestrictType : QualifierType
{
    internal RestrictType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record)
    {
    }

    /// <inheritdoc/>
    public override BtfKind Kind => BtfKind.Restrict;
}

/// <summary>
/// Represents a type with <c>__attribute__((btf_type_tag("…")))</c>. <see cref="BtfType.Name"/> is the text of the tag.
/// </summary>
public sealed class TypeTagType : QualifierType
{
    internal TypeTagType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record) => IsAttribute = record.KindFlag;

    /// <inheritdoc/>
    public override BtfKind Kind => BtfKind.TypeTag;

    /// <summary>Gets whether the text is a whole attribute, not the argument of <c>btf_type_tag</c> (Linux 6.14).</summary>
    public bool IsAttribute { get; }
}
