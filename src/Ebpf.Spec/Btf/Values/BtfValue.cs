using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Ebpf.Btf.Types;
using Ebpf.Common;

namespace Ebpf.Btf;

/// <summary>Represents bytes as a value of a type: the key or value of a map, a variable, an event.</summary>
/// <remarks>
/// <para>
/// This is a view: it copies nothing, and accessing members and elements does not allocate. Numbers are read in the byte order of
/// the BTF of the type.
/// </para>
/// <para>
/// There may be fewer bytes than the type has. Members and elements behind the end can be accessed, with
/// <see cref="IsTruncated"/> set, but have no value.
/// </para>
/// </remarks>
[DebuggerDisplay("{ToString(),nq}")]
public readonly ref partial struct BtfValue
{
    private readonly BtfType? _type;
    private readonly ReadOnlySpan<byte> _rest;
    private readonly byte _firstBit;
    private readonly byte _bitSize;

    /// <summary>Creates a view of bytes as a value of a type.</summary>
    /// <param name="type">The type. For a variable, the type of its value is taken.</param>
    /// <param name="bytes">
    /// The bytes of the value. Bytes in excess of the size of the type belong to the flexible array at its end, if it has one.
    /// </param>
    public BtfValue(BtfType type, ReadOnlySpan<byte> bytes)
        : this(type, bytes, 0, 0) => ArgumentNullException.ThrowIfNull(type);

    private BtfValue(BtfType? type, ReadOnlySpan<byte> rest, byte firstBit, byte bitSize)
    {
        _type = type;
        _rest = rest;
        _firstBit = firstBit;
        _bitSize = bitSize;
    }

    /// <summary>Gets the type, as it is declared: with its typedefs and qualifiers.</summary>
    public BtfType Type => _type ?? VoidType.Instance;

    /// <summary>
    /// Gets the bytes of the value: fewer than the size of the type if there are no more; for a bit field, the bytes that hold
    /// it; for a flexible array, all that follow.
    /// </summary>
    public ReadOnlySpan<byte> Bytes =>
        _bitSize == 0 && Type.TryGetSize(out uint size) && size < (uint)_rest.Length && Shape is not ArrayType { Length: 0 }
            ? _rest[..(int)size]
            : _rest;

    /// <summary>Gets whether there are fewer bytes than the type has.</summary>
    public bool IsTruncated => _bitSize != 0
        ? _rest.Length * 8L < _firstBit + _bitSize
        : Type.TryGetSize(out uint size) && size > (uint)_rest.Length;

    /// <summary>Gets the number of bits of a bit field; 0 for any other value.</summary>
    public uint BitSize => _bitSize;

    /// <summary>
    /// Gets the number of elements of an array, whether there are bytes for them or not; for a flexible array, the number of
    /// elements for which there are bytes; 0 for any other value.
    /// </summary>
    /// <exception cref="ObjectFormatException">The type is malformed.</exception>
    public uint Length => Shape switch
    {
        ArrayType { Length: 0 } flexible => flexible.Element.TryGetSize(out uint size) && size > 0 ? (uint)_rest.Length / size : 0,
        ArrayType array => array.Length,
        _ => 0,
    };

    /// <summary>What the type is behind typedefs and qualifiers.</summary>
    internal BtfType Shape => (Type is VariableType variable ? variable.Type : Type).Resolve();

    /// <summary>
    /// Gets a member of a structure or union, including those of anonymous ones in it, or a variable of a data section.
    /// </summary>
    /// <param name="name">The name. Case matters.</param>
    /// <exception cref="KeyNotFoundException">There is no such member.</exception>
    /// <exception cref="ObjectFormatException">The type is malformed.</exception>
    public BtfValue this[string name]
    {
        get
        {
            if (!TryGetMember(name, out BtfValue value)) ThrowNoMember(Shape, name);
            return value;
        }
    }

    /// <summary>Gets a member of a structure or union, without searching for its name.</summary>
    /// <param name="member">One of the <see cref="CompositeType.Members"/> of the type.</param>
    /// <exception cref="ArgumentException">The member belongs to another type.</exception>
    public BtfValue this[Member member]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(member);
            if (!ReferenceEquals(member.Parent, Shape)) throw new ArgumentException($"{Type} has no member {member}.", nameof(member));
            return Part(member, member.BitOffset);
        }
    }

    /// <summary>Gets an element of an array.</summary>
    /// <param name="index">The zero-based index.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is negative, or not less than <see cref="Length"/>.</exception>
    /// <exception cref="InvalidOperationException">The type is no array.</exception>
    public BtfValue this[long index]
    {
        get
        {
            if (Shape is not ArrayType array) throw new InvalidOperationException($"{Type} is no array.");
            if ((ulong)index >= Length)
                throw new ArgumentOutOfRangeException(nameof(index), index, $"{Type} has {Length} elements.");
            return Element(array, index);
        }
    }

    /// <summary>Gets a member by its name, if there is such a member.</summary>
    /// <param name="name">The name. Case matters.</param>
    /// <param name="value">The member.</param>
    /// <returns>Whether there is such a member; <c>false</c> for types that have no members.</returns>
    /// <exception cref="ObjectFormatException">The type is malformed.</exception>
    public bool TryGetMember(string name, out BtfValue value)
    {
        ArgumentNullException.ThrowIfNull(name);
        int most = Encoding.UTF8.GetMaxByteCount(name.Length);
        Span<byte> utf8 = most <= Limits.MaxNameOnStack ? stackalloc byte[Limits.MaxNameOnStack] : new byte[most];
        utf8 = utf8[..Encoding.UTF8.GetBytes(name, utf8)];
        switch (Shape)
        {
            case CompositeType composite when utf8.Length > 0 && FoundMember.TryFind(composite, utf8, out FoundMember found):
                value = Part(found.Member, found.BitOffset);
                return true;
            case DataSectionType section when section.Find(utf8) is { } entry:
                value = Part(entry);
                return true;
            default:
                value = default;
                return false;
        }
    }

    /// <summary>Gets the part at a location that was found before.</summary>
    /// <param name="location">A result of <see cref="BtfType.Locate"/> for this type.</param>
    /// <exception cref="InvalidOperationException">The location is behind a pointer, and not in these bytes.</exception>
    /// <exception cref="ArgumentException">The location was found in another type.</exception>
    public BtfValue At(MemberLocation location)
    {
        ArgumentNullException.ThrowIfNull(location);
        if (location.FollowsPointers) throw new InvalidOperationException($"{location} lies behind a pointer.");
        if (!ReferenceEquals(new BtfValue(location.Root, default).Shape, Shape))
            throw new ArgumentException($"{location} is no part of {Type}.", nameof(location));
        return location.Member is { } member ? Part(member, location.BitOffset) : Part(location.Type, location.Offset, isOpen: false);
    }

    /// <summary>A member that lies at an offset, in bits.</summary>
    internal BtfValue Part(Member member, ulong bitOffset)
    {
        if (!member.IsBitField)
            return Part(member.Type, bitOffset / 8, member.IsLast && member.Type.Resolve() is ArrayType { Length: 0 });
        ReadOnlySpan<byte> rest = From(bitOffset / 8);
        byte firstBit = (byte)(bitOffset % 8);
        int length = (int)(firstBit + member.BitSize + 7) / 8;
        return new BtfValue(member.Type, rest[..Math.Min(length, rest.Length)], firstBit, (byte)member.BitSize);
    }

    /// <summary>What a data section has at a place.</summary>
    internal BtfValue Part(DataSectionEntry entry) => Part(entry.Variable?.Type ?? entry.Type, entry.Offset, isOpen: false);

    /// <summary>An element that exists.</summary>
    internal BtfValue Element(ArrayType array, long index) =>
        Part(array.Element, array.Element.TryGetSize(out uint size) ? size * (ulong)index : 0, isOpen: false);

    private BtfValue Part(BtfType type, ulong offset, bool isOpen)
    {
        ReadOnlySpan<byte> rest = From(offset);
        if (!isOpen && type.TryGetSize(out uint size) && size < (uint)rest.Length) rest = rest[..(int)size];
        return new BtfValue(type, rest, 0, 0);
    }

    private ReadOnlySpan<byte> From(ulong offset) => offset < (ulong)_rest.Length ? _rest[(int)offset..] : default;

    [DoesNotReturn]
    private static void ThrowNoMember(BtfType type, string name) =>
        throw new KeyNotFoundException(MemberLocator.NoMember(type, name) + ".");
}
