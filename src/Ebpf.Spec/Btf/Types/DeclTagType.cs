using Ebpf.Btf.Reading;

namespace Ebpf.Btf;

/// <summary>Represents an <c>__attribute__((btf_decl_tag("…")))</c>. <see cref="BtfType.Name"/> is its text.</summary>
/// <remarks>Tags are more easily read from what they are on: <see cref="BtfType.Tags"/>, <see cref="Member.Tags"/>.</remarks>
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

    /// <summary>Gets the structure, union, typedef, variable or function that has the tag.</summary>
    public BtfType Target => Owner[TargetId];

    /// <summary>
    /// Gets the zero-based index of the member or parameter of <see cref="Target"/> that has the tag; -1 for the target itself.
    /// </summary>
    public int ComponentIndex { get; }

    /// <summary>Gets whether the text is a whole attribute, not the argument of <c>btf_decl_tag</c> (Linux 6.14).</summary>
    public bool IsAttribute { get; }

    internal uint TargetId { get; }
}
