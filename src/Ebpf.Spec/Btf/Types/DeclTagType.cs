using Ebpf.Btf.Reading;

namespace Ebpf.Btf;

/// <summary><c>__attribute__((btf_decl_tag("…")))</c> on something; <see cref="BtfType.Name"/> holds the text.</summary>
/// <remarks>Normally read from the other side: <see cref="BtfType.Tags"/>, <see cref="Member.Tags"/>.</remarks>
public sealed class DeclTagType : BtfType
{
    /// <summary>The <see cref="ComponentIndex"/> of a tag on the type itself.</summary>
    internal const int WholeType = -1;

    internal DeclTagType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record)
    {
        TargetId = record.SizeOrType;
        ComponentIndex = (int)record.Word(0);
        IsAttribute = record.KindFlag;
    }

    /// <inheritdoc/>
    public override BtfKind Kind => BtfKind.DeclTag;

    /// <summary>The structure, union, typedef, variable or function that has the tag.</summary>
    public BtfType Target => Owner[TargetId];

    /// <summary>Which of its members or parameters has the tag, from 0; -1 for itself.</summary>
    public int ComponentIndex { get; }

    /// <summary>Whether the text is a whole attribute of its own instead of the text of <c>btf_decl_tag</c>; Linux 6.14.</summary>
    public bool IsAttribute { get; }

    internal uint TargetId { get; }
}
