using Ebpf.Btf.Reading;
using Ebpf.Btf.Types;
using Ebpf.Common;

namespace Ebpf.Btf;

/// <summary>Represents a member of a structure or union.</summary>
public sealed class Member
{
    private readonly CompositeType _parent;
    private readonly int _index;
    private readonly uint _nameOffset;
    private string? _name;

    internal Member(CompositeType parent, int index, MemberRecord record)
    {
        _parent = parent;
        _index = index;
        _nameOffset = record.NameOffset;
        TypeId = record.TypeId;
        BitOffset = record.BitOffset;
        BitSize = record.BitSize;
    }

    /// <summary>Gets the name; empty for an anonymous structure or union, and for a bit field that is only padding.</summary>
    public string Name => _name ??= _parent.Owner.Strings.NameText(_nameOffset);

    /// <summary>Gets the type; for a bit field, the type that it is declared with.</summary>
    public BtfType Type => _parent.Owner[TypeId];

    /// <summary>Gets the offset from the beginning of the structure, in bits.</summary>
    /// <remarks>In big-endian BTF, the offset of a bit field is counted from the most significant bit on.</remarks>
    public uint BitOffset { get; }

    /// <summary>Gets the number of bits of a bit field; 0 for any other member.</summary>
    public uint BitSize { get; }

    /// <summary>Gets whether the member is a bit field.</summary>
    public bool IsBitField => BitSize != 0;

    /// <summary>
    /// Gets the offset from the beginning of the structure, in bytes; for a bit field, that of the byte that holds its first bit.
    /// </summary>
    public uint Offset => BitOffset / 8;

    /// <summary>Gets the texts of <c>__attribute__((btf_decl_tag("…")))</c> on the member.</summary>
    public IReadOnlyList<string> Tags => _parent.MemberTags(_index);

    internal uint TypeId { get; }

    /// <summary>The structure or union that has it.</summary>
    internal CompositeType Parent => _parent;

    /// <summary>Which member of it this is.</summary>
    internal int Index => _index;

    /// <summary>Whether no member follows; in a union none does.</summary>
    internal bool IsLast => _parent is UnionType || _index == _parent.Members.Length - 1;

    /// <summary>The name as it stands in BTF.</summary>
    internal ReadOnlySpan<byte> NameUtf8 => _parent.Owner.Strings.Name(_nameOffset);

    /// <summary>The name for messages: shortened if it is long.</summary>
    internal string ShortName => _parent.Owner.Strings.Excerpt(_nameOffset, Limits.MaxNameInText);

    /// <summary>Whether it has exactly this name; quicker than reading it.</summary>
    internal bool IsNamed(ReadOnlySpan<byte> name) => _parent.Owner.Strings.IsAt(_nameOffset, name);

    /// <summary>Returns the member as C declares it: <c>char comm[16]</c>.</summary>
    public override string ToString() => TypeText.Declare(_parent.Owner, TypeId, _nameOffset, BitSize);
}
