using Ebpf.Common;

namespace Ebpf.Btf.Types;

/// <summary>Goes from a type down to a field of it, and adds up the offsets.</summary>
internal struct MemberCursor
{
    private readonly ByteOrder _order;
    private ulong _bitOffset;
    private bool _isLastMember;

    /// <summary>Begins at a type.</summary>
    /// <exception cref="ObjectFormatException">The type is malformed.</exception>
    public MemberCursor(BtfType root)
    {
        Type = root.Resolve();
        _order = Type is VoidType ? default : Type.Owner.ByteOrder;
    }

    /// <summary>The type that was reached, behind typedefs and qualifiers.</summary>
    public BtfType Type { get; private set; }

    /// <summary>The member that was entered by the last step; <c>null</c> if it was none.</summary>
    public Member? Member { get; private set; }

    /// <summary>The field that was reached.</summary>
    public readonly MemberPlace Place => new(Type, _bitOffset, Member?.BitSize ?? 0, _order);

    /// <summary>Goes on by so many values of the type, as in an array of it.</summary>
    /// <returns>Whether the type has a size, and the offset is possible.</returns>
    public bool TrySkip(uint count)
    {
        if (count == 0) return true;
        if (!Type.TryGetSize(out uint size) || (ulong)size * count > Limits.MaxOffset) return false;
        _bitOffset += (ulong)size * count * 8;
        return _bitOffset / 8 <= Limits.MaxOffset;
    }

    /// <summary>Goes to a member of the type.</summary>
    /// <param name="parent">What has the member: the type, or an anonymous structure in it.</param>
    /// <param name="member">The member.</param>
    /// <param name="bitOffset">Where it lies in the type.</param>
    /// <exception cref="ObjectFormatException">The member's type is malformed.</exception>
    public void Enter(CompositeType parent, Member member, ulong bitOffset)
    {
        _bitOffset += bitOffset;
        _isLastMember = ReferenceEquals(parent.Members[^1], member) && !member.NameUtf8.IsEmpty;
        Type = member.Type.Resolve();
        Member = member;
    }

    /// <summary>Goes to a variable, or a function, of a data section.</summary>
    /// <exception cref="ObjectFormatException">The variable's type is malformed.</exception>
    public void Enter(DataSectionEntry entry)
    {
        _bitOffset += entry.Offset * 8ul;
        Type = (entry.Variable?.Type ?? entry.Type).Resolve();
        Member = null;
    }

    /// <summary>Whether an array has an element; one without length at the end of a structure has any.</summary>
    public readonly bool HasElement(ArrayType array, uint index) =>
        index < array.Length || (array.Length == 0 && _isLastMember);

    /// <summary>Goes to an element of the type.</summary>
    /// <returns>Whether elements have a size, and the offset is possible.</returns>
    /// <exception cref="ObjectFormatException">The element's type is malformed.</exception>
    public bool TryEnter(ArrayType array, uint index)
    {
        Type = array.Element.Resolve();
        Member = null;
        _isLastMember = false;
        return TrySkip(index);
    }
}

/// <summary>A field, and where it lies in the structure that a path begins with.</summary>
/// <param name="Type">Its type, behind typedefs and qualifiers.</param>
/// <param name="BitOffset">Where it begins, in bits.</param>
/// <param name="BitSize">How many bits it has, if it is a bit field; else 0.</param>
/// <param name="Order">The byte order of the structure.</param>
internal readonly record struct MemberPlace(BtfType Type, ulong BitOffset, uint BitSize, ByteOrder Order)
{
    public bool IsBitField => BitSize != 0;
}
