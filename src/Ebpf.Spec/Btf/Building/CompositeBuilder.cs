using System.Runtime.InteropServices;
using System.Text;
using Ebpf.Btf.Reading;
using Ebpf.Common;

namespace Ebpf.Btf;

/// <summary>Adds members to a structure or union of a <see cref="BtfBuilder"/>.</summary>
/// <remarks>
/// <see cref="Add"/> and <see cref="AddBitField"/> place members as the C compilers do for x86-64 and arm64; <see cref="AddAt"/> and
/// <see cref="AddBitFieldAt"/> put them anywhere. Once a structure is a member of another one, whose layout depends on its size, no
/// members can be added to it.
/// </remarks>
public sealed class CompositeBuilder
{
    private readonly BtfBuilder _builder;
    private readonly List<uint> _words;
    private readonly bool _isPacked;
    private ulong _endBits;
    private uint? _size;
    private bool _isMeasured;

    internal CompositeBuilder(BtfBuilder builder, uint id, bool isPacked)
    {
        _builder = builder;
        Id = new BtfTypeId(id);
        _words = builder.Types.Edit(id);
        _isPacked = isPacked;
    }

    /// <summary>Continues one that has members.</summary>
    internal CompositeBuilder(BtfBuilder builder, uint id, uint alignment)
        : this(builder, id, isPacked: alignment == 1)
    {
        Alignment = alignment;
        ReadOnlySpan<uint> words = Words;
        for (int i = RecordWords.HeadWords; i < words.Length; i += MemberRecord.WordCount)
        {
            MemberRecord member = MemberRecord.Read(words[i], words[i + 1], words[i + 2], HasBitFields);
            ulong offset = member.BitOffset, bits = member.BitSize;
            if (bits == 0 && !HasBitFields && builder.TryGetLegacyBitField(member.TypeId, out uint shift, out uint legacyBits))
                (offset, bits) = (offset + shift, legacyBits);
            else if (bits == 0 && builder.TryMeasure(member.TypeId, out uint size, out _))
                bits = size * 8ul;
            _endBits = Math.Max(_endBits, offset + bits);
        }
    }

    /// <summary>Gets the id of the structure or union.</summary>
    public BtfTypeId Id { get; }

    /// <summary>Gets the current size, in bytes.</summary>
    public uint Size => Words[2];

    /// <summary>Gets the current alignment, in bytes.</summary>
    public uint Alignment { get; private set; } = 1;

    /// <summary>Gets the number of members.</summary>
    public int Count => RecordWords.LengthOf(Words);

    private Span<uint> Words => CollectionsMarshal.AsSpan(_words);

    private bool IsUnion => RecordWords.KindOf(Words) == BtfKind.Union;

    private bool HasBitFields => (Words[1] & RecordWords.Flag) != 0;

    /// <summary>Adds a member behind the others (in a union: at offset 0), aligned as its type requires.</summary>
    /// <param name="name">The name; empty for an anonymous structure or union.</param>
    /// <param name="type">The id of its type.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">
    /// The kernel does not allow the name; or the type has no size (a forward declaration, a function), or contains this structure.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such type.</exception>
    /// <exception cref="InvalidOperationException">
    /// The structure is a member of another one already, or would become larger than BTF can describe.
    /// </exception>
    public CompositeBuilder Add(string name, BtfTypeId type)
    {
        (uint size, uint alignment) = Measure(type);
        if (_isPacked) alignment = 1;
        ulong offset = IsUnion ? 0 : RoundUp(_endBits, alignment * 8);
        return Put(name, type, offset, 0, offset + (size * 8ul), alignment);
    }

    /// <summary>Adds a bit field behind the others (in a union: at offset 0).</summary>
    /// <param name="name">
    /// The name. A field without a name is padding, and no member; with 0 bits, it makes the next field begin in a new unit.
    /// </param>
    /// <param name="type">The id of the integer or enumeration that C declares it with.</param>
    /// <param name="bits">The number of bits, at most those of its type.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">
    /// The kernel does not allow the name; or the type is neither an integer nor an enumeration.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such type, or it has fewer bits.</exception>
    /// <exception cref="InvalidOperationException">
    /// The structure is a member of another one already, would become larger than BTF can describe, or has bit fields of the old
    /// encoding.
    /// </exception>
    public CompositeBuilder AddBitField(string name, BtfTypeId type, uint bits)
    {
        ArgumentNullException.ThrowIfNull(name);
        (uint size, uint alignment) = MeasureBitField(type, bits);
        if (bits == 0 && name.Length > 0) throw new ArgumentOutOfRangeException(nameof(bits), bits, "A bit field with a name has bits.");

        // A field does not cross from one unit of its type into the next; packed ones do.
        ulong unit = size * 8ul;
        ulong offset = IsUnion ? 0 : _endBits;
        if (bits == 0) offset = RoundUp(offset, alignment * 8);
        else if (!_isPacked && offset / unit != (offset + bits - 1) / unit) offset = RoundUp(offset, alignment * 8);
        if (name.Length > 0) return Put(name, type, offset, bits, offset + bits, _isPacked ? 1 : alignment);

        CheckOpen();
        _endBits = Math.Max(_endBits, offset + bits);
        UpdateSize();
        return this;
    }

    /// <summary>Adds a member at a given offset, even if it overlaps with others.</summary>
    /// <param name="name">The name; empty for an anonymous structure or union.</param>
    /// <param name="type">The id of its type.</param>
    /// <param name="offset">The offset in the structure, in bytes.</param>
    /// <returns>This builder.</returns>
    /// <inheritdoc cref="Add" path="/exception"/>
    public CompositeBuilder AddAt(string name, BtfTypeId type, uint offset)
    {
        (uint size, uint alignment) = Measure(type);
        return Put(name, type, offset * 8ul, 0, (offset + (ulong)size) * 8, offset % alignment == 0 ? alignment : 1);
    }

    /// <summary>Adds a bit field at a given offset, even if it overlaps with others.</summary>
    /// <param name="name">The name.</param>
    /// <param name="type">The id of the integer or enumeration that C declares it with.</param>
    /// <param name="bitOffset">
    /// The offset in the structure, in bits. In big-endian BTF it is counted from the most significant bit on.
    /// </param>
    /// <param name="bits">The number of bits, at least 1 and at most those of its type.</param>
    /// <returns>This builder.</returns>
    /// <inheritdoc cref="AddBitField" path="/exception"/>
    public CompositeBuilder AddBitFieldAt(string name, BtfTypeId type, uint bitOffset, uint bits)
    {
        MeasureBitField(type, bits);
        if (bits == 0) throw new ArgumentOutOfRangeException(nameof(bits), bits, "A bit field at an offset has bits.");
        return Put(name, type, bitOffset, bits, (ulong)bitOffset + bits, 1);
    }

    /// <summary>Sets the size, which otherwise follows from the members.</summary>
    /// <param name="size">The size in bytes. <see cref="BtfBuilder.Build"/> checks that all members are within it.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="InvalidOperationException">The structure is a member of another one already.</exception>
    public CompositeBuilder WithSize(uint size)
    {
        CheckOpen();
        _size = size;
        Words[2] = size;
        return this;
    }

    /// <summary>Removes all members and the size.</summary>
    /// <returns>This builder.</returns>
    /// <exception cref="InvalidOperationException">The structure is a member of another one already.</exception>
    public CompositeBuilder Clear()
    {
        CheckOpen();
        _words.RemoveRange(RecordWords.HeadWords, _words.Count - RecordWords.HeadWords);
        Words[1] = RecordWords.Info(RecordWords.KindOf(Words));
        Words[2] = 0;
        _endBits = 0;
        _size = null;
        Alignment = 1;
        return this;
    }

    /// <summary>Fixes size and alignment: something else depends on them from now on.</summary>
    internal void Seal() => _isMeasured = true;

    /// <summary>Checks that no member ends outside.</summary>
    /// <exception cref="InvalidOperationException">One does.</exception>
    internal void CheckExtent()
    {
        if (_endBits > Size * 8ul)
            throw new InvalidOperationException($"The members of {this} end at byte {(_endBits + 7) / 8}, but it has {Size}.");
    }

    /// <summary>Returns the name and size: <c>struct event, 24 bytes</c>.</summary>
    public override string ToString()
    {
        string name = Encoding.UTF8.GetString(_builder.Strings.Utf8(Words[0]));
        return $"{(IsUnion ? "union" : "struct")} {(name.Length == 0 ? "(anonymous)" : name)}, {Size} bytes";
    }

    private static ulong RoundUp(ulong value, ulong to) => (value + to - 1) / to * to;

    private CompositeBuilder Put(string name, BtfTypeId type, ulong bitOffset, uint bits, ulong endBits, uint alignment)
    {
        NameRules.CheckOptional(name, "a member", nameof(name));
        CheckOpen();
        if (Count == Limits.MaxElements) throw new InvalidOperationException($"{this} has as many members as BTF can hold.");
        bool flagged = HasBitFields || bits != 0;
        if (bitOffset > (flagged ? MemberRecord.MaxFlaggedOffset : uint.MaxValue))
            throw new InvalidOperationException($"The member \"{name}\" of {this} begins at bit {bitOffset}, which BTF cannot hold.");
        if (bits != 0 && !HasBitFields) BeginBitFields();

        _words.AddRange([_builder.Strings.Add(name), type.Value, ((flagged ? bits : 0) << 24) | (uint)bitOffset]);
        Words[1]++;
        _endBits = Math.Max(_endBits, endBits);
        Alignment = Math.Max(Alignment, alignment);
        UpdateSize();
        return this;
    }

    private void UpdateSize()
    {
        ulong size = RoundUp((_endBits + 7) / 8, Alignment);
        if (size > uint.MaxValue) throw new InvalidOperationException($"{this}: structures have less than 4 GiB.");
        Words[2] = _size ?? Math.Max(Words[2], (uint)size);
    }

    // The flag gives the top 8 bits of every offset another meaning.
    private void BeginBitFields()
    {
        ReadOnlySpan<uint> words = Words;
        for (int i = RecordWords.HeadWords; i < words.Length; i += MemberRecord.WordCount)
        {
            if (words[i + 2] > MemberRecord.MaxFlaggedOffset)
                throw new InvalidOperationException($"{this} has a member behind its first 2 MiB, so that it can have no bit field.");
            if (_builder.TryGetLegacyBitField(words[i + 1], out _, out _))
                throw new InvalidOperationException($"{this} has bit fields of the old encoding; clear it to have new ones.");
        }

        Words[1] |= RecordWords.Flag;
    }

    private (uint Size, uint Alignment) Measure(BtfTypeId type)
    {
        uint id = _builder.CheckTarget(BtfKind.Struct, type, nameof(type));
        if (_builder.TryMeasure(id, out uint size, out uint alignment, use: this)) return (size, alignment);
        throw new ArgumentException($"Type {type} cannot be a member of {this}: it has no size.", nameof(type));
    }

    private (uint Size, uint Alignment) MeasureBitField(BtfTypeId type, uint bits)
    {
        (uint size, uint alignment) = Measure(type);
        if (size == 0 || !_builder.IsIntegral(type.Value))
            throw new ArgumentException($"Type {type} cannot be a bit field: it is no integer and no enumeration.", nameof(type));
        if (bits > Math.Min(size * 8ul, byte.MaxValue))
            throw new ArgumentOutOfRangeException(nameof(bits), bits, $"Type {type} has {size * 8ul} bits.");
        return (size, alignment);
    }

    private void CheckOpen()
    {
        if (_isMeasured)
            throw new InvalidOperationException($"{this} is part of another type already, whose layout depends on its members.");
    }
}
