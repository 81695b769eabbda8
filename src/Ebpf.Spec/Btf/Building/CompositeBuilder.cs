using System.Runtime.InteropServices;
using Ebpf.Btf.Reading;
using Ebpf.Common;

namespace Ebpf.Btf;

/// <summary>Gives a structure or union of a <see cref="BtfBuilder"/> its members.</summary>
/// <remarks>
/// <see cref="Add"/> and <see cref="AddBitField"/> place members as the C compilers do for x86-64 and arm64;
/// <see cref="AddAt"/> puts them anywhere. A structure that is a member of another one takes no more members: the other's
/// layout depends on its size.
/// </remarks>
public sealed class CompositeBuilder
{
    private const int MemberWords = 3;

    /// <summary>With bit fields, offsets have 24 bits.</summary>
    private const uint LargestFlaggedOffset = 0xff_ffff;

    private readonly BtfBuilder _builder;
    private readonly List<uint> _words;
    private readonly bool _isPacked;
    private ulong _endBits;
    private uint? _size;
    private bool _isMeasured;

    internal CompositeBuilder(BtfBuilder builder, uint id, bool isPacked)
    {
        _builder = builder;
        Id = id;
        _words = builder.Types.Edit(id);
        _isPacked = isPacked;
    }

    /// <summary>Goes on with one that has members.</summary>
    internal CompositeBuilder(BtfBuilder builder, uint id, uint alignment)
        : this(builder, id, isPacked: alignment == 1)
    {
        Alignment = alignment;
        ReadOnlySpan<uint> words = Words;
        for (int i = RecordFields.HeadWords; i < words.Length; i += MemberWords)
        {
            uint bits = HasBitFields ? words[i + 2] >> 24 : 0;
            ulong offset = HasBitFields ? words[i + 2] & LargestFlaggedOffset : words[i + 2];
            ulong length = bits != 0 || !builder.TryMeasure(words[i + 1], out uint size, out _) ? bits : size * 8ul;
            _endBits = Math.Max(_endBits, offset + length);
        }
    }

    /// <summary>The id of the structure.</summary>
    public uint Id { get; }

    /// <summary>The size in bytes, so far.</summary>
    public uint Size => Words[2];

    /// <summary>The alignment in bytes, so far.</summary>
    public uint Alignment { get; private set; } = 1;

    /// <summary>How many members there are.</summary>
    public int Count => RecordFields.LengthOf(Words);

    private Span<uint> Words => CollectionsMarshal.AsSpan(_words);

    private bool IsUnion => RecordFields.KindOf(Words) == BtfKind.Union;

    private bool HasBitFields => Words[1] >> 31 != 0;

    /// <summary>Adds a member behind the others (in a union: beside them), aligned as its type needs it.</summary>
    /// <param name="name">The name; empty for an anonymous structure or union.</param>
    /// <param name="type">The id of its type.</param>
    /// <exception cref="ArgumentException">The type has no size (a forward declaration, a function), or is this one.</exception>
    public CompositeBuilder Add(string name, uint type)
    {
        (uint size, uint alignment) = Measure(type);
        if (_isPacked) alignment = 1;
        ulong offset = IsUnion ? 0 : RoundUp(_endBits, alignment * 8);
        return Put(name, type, offset, 0, offset + (size * 8ul), alignment);
    }

    /// <summary>Adds a bit field behind the others (in a union: beside them).</summary>
    /// <param name="name">
    /// The name. Without one it is only padding, which no member stands for: with 0 bits, the next field begins in a new unit.
    /// </param>
    /// <param name="type">The id of the integer or enumeration with which C declares it.</param>
    /// <param name="bits">How many bits it has, not more than its type.</param>
    /// <exception cref="ArgumentException">The type is no integer or enumeration.</exception>
    public CompositeBuilder AddBitField(string name, uint type, uint bits)
    {
        ArgumentNullException.ThrowIfNull(name);
        (uint size, uint alignment) = MeasureBitField(type, bits);
        if (bits == 0 && name.Length > 0) throw new ArgumentOutOfRangeException(nameof(bits), bits, "A bit field with a name has bits.");

        // A field does not cross from one unit of its type into the next; packed ones do.
        uint unit = size * 8;
        ulong offset = IsUnion ? 0 : _endBits;
        if (bits == 0) offset = RoundUp(offset, alignment * 8);
        else if (!_isPacked && offset / unit != (offset + bits - 1) / unit) offset = RoundUp(offset, alignment * 8);
        if (name.Length > 0) return Put(name, type, offset, bits, offset + bits, _isPacked ? 1 : alignment);

        CheckOpen();
        _endBits = Math.Max(_endBits, offset + bits);
        UpdateSize();
        return this;
    }

    /// <summary>Adds a member at an offset of its own, whatever is there already.</summary>
    /// <param name="name">The name; empty for an anonymous structure or union.</param>
    /// <param name="type">The id of its type.</param>
    /// <param name="bitOffset">
    /// Where it begins, in bits from the beginning of the structure; a multiple of 8 unless it is a bit field. A bit field of
    /// big-endian BTF is counted from the most significant bit on.
    /// </param>
    /// <param name="bits">How many bits a bit field has; 0 for a member that is none.</param>
    /// <exception cref="ArgumentException">The type has no size, or is no integer or enumeration for a bit field.</exception>
    public CompositeBuilder AddAt(string name, uint type, uint bitOffset, uint bits = 0)
    {
        if (bits != 0)
        {
            MeasureBitField(type, bits);
            return Put(name, type, bitOffset, bits, (ulong)bitOffset + bits, 1);
        }

        if (bitOffset % 8 != 0)
            throw new ArgumentOutOfRangeException(nameof(bitOffset), bitOffset, "Only bit fields begin within a byte.");
        (uint size, uint alignment) = Measure(type);
        return Put(name, type, bitOffset, 0, bitOffset + (size * 8ul), bitOffset % (alignment * 8) == 0 ? alignment : 1);
    }

    /// <summary>Sets the size, which otherwise follows from the members.</summary>
    /// <param name="size">The size in bytes. <see cref="BtfBuilder.Build"/> checks that all members are inside.</param>
    public CompositeBuilder WithSize(uint size)
    {
        CheckOpen();
        _size = size;
        Words[2] = size;
        return this;
    }

    /// <summary>Takes away all members, and the size.</summary>
    public CompositeBuilder Clear()
    {
        CheckOpen();
        _words.RemoveRange(RecordFields.HeadWords, _words.Count - RecordFields.HeadWords);
        Words[1] = RecordFields.Info(RecordFields.KindOf(Words));
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

    /// <summary>What it is: <c>struct event, 24 bytes</c>.</summary>
    public override string ToString()
    {
        string name = System.Text.Encoding.UTF8.GetString(_builder.Strings.Utf8(Words[0]));
        return $"{(IsUnion ? "union" : "struct")} {(name.Length == 0 ? "(anonymous)" : name)}, {Size} bytes";
    }

    private static ulong RoundUp(ulong value, ulong to) => (value + to - 1) / to * to;

    private CompositeBuilder Put(string name, uint type, ulong bitOffset, uint bits, ulong endBits, uint alignment)
    {
        NameRules.CheckOptional(name, "a member", nameof(name));
        CheckOpen();
        if (Count == BtfBuilder.MostElements) throw new InvalidOperationException($"{this} has as many members as BTF can hold.");
        bool flagged = HasBitFields || bits != 0;
        if (bitOffset > (flagged ? LargestFlaggedOffset : uint.MaxValue))
            throw new InvalidOperationException($"The member \"{name}\" of {this} begins at bit {bitOffset}, which BTF cannot hold.");
        if (bits != 0 && !HasBitFields) BeginBitFields();

        _words.AddRange([_builder.Strings.Add(name), type, ((flagged ? bits : 0) << 24) | (uint)bitOffset]);
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
        for (int i = RecordFields.HeadWords; i < words.Length; i += MemberWords)
        {
            if (words[i + 2] > LargestFlaggedOffset)
                throw new InvalidOperationException($"{this} has a member behind its first 2 MiB, so that it can have no bit field.");
            if (_builder.IsLegacyBitField(words[i + 1]))
                throw new InvalidOperationException($"{this} has bit fields of the old encoding; clear it to have new ones.");
        }

        Words[1] |= 1u << 31;
    }

    private (uint Size, uint Alignment) Measure(uint type)
    {
        _builder.Check(type, nameof(type));
        if (_builder.TryMeasure(type, out uint size, out uint alignment, use: this)) return (size, alignment);
        throw new ArgumentException($"Type {type} cannot be a member of {this}: it has no size.", nameof(type));
    }

    private (uint Size, uint Alignment) MeasureBitField(uint type, uint bits)
    {
        (uint size, uint alignment) = Measure(type);
        if (!_builder.IsIntegral(type))
            throw new ArgumentException($"Type {type} cannot be a bit field: it is no integer and no enumeration.", nameof(type));
        if (bits > Math.Min(size * 8, byte.MaxValue))
            throw new ArgumentOutOfRangeException(nameof(bits), bits, $"Type {type} has {size * 8} bits.");
        return (size, alignment);
    }

    private void CheckOpen()
    {
        if (_isMeasured)
            throw new InvalidOperationException($"{this} is part of another type already, whose layout depends on its members.");
    }
}
