using Ebpf.Btf.Reading;

namespace Ebpf.Btf;

/// <summary>Represents an integer, a character or a Boolean.</summary>
public sealed class IntType : BtfType
{
    private readonly uint _encoding;

    internal IntType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record)
    {
        Size = record.SizeOrType;
        _encoding = record.Word(0);
    }

    /// <inheritdoc/>
    public override BtfKind Kind => BtfKind.Int;

    /// <summary>Gets the size, in bytes.</summary>
    public uint Size { get; }

    /// <summary>Gets whether the integer is signed.</summary>
    public bool IsSigned => (_encoding >> 24 & 1) != 0;

    /// <summary>Gets whether it is a character. Compilers leave this unset for C's <c>char</c>.</summary>
    public bool IsChar => (_encoding >> 24 & 2) != 0;

    /// <summary>Gets whether it is C's <c>_Bool</c>.</summary>
    public bool IsBool => (_encoding >> 24 & 4) != 0;

    /// <summary>
    /// Gets the number of bits in use; fewer than 8 times <see cref="Size"/> only for bit fields of old compilers.
    /// </summary>
    public uint BitSize => BtfRecord.IntBitSize(_encoding);

    /// <summary>Gets the offset of the first bit in use; not 0 only for bit fields of old compilers.</summary>
    public uint BitOffset => BtfRecord.IntBitOffset(_encoding);

    /// <summary>Whether C calls it <c>char</c>, so that arrays of it hold text.</summary>
    internal bool IsCharacter => Size == 1 && (IsChar || NameUtf8.SequenceEqual("char"u8));
}

/// <summary>Specifies what an integer represents, with the kernel's numbers (<c>BTF_INT_*</c>).</summary>
[Flags]
public enum IntEncoding : byte
{
    /// <summary>An unsigned integer.</summary>
    None = 0,

    /// <summary>A signed integer.</summary>
    Signed = 1,

    /// <summary>A character. Compilers leave this unset for C's <c>char</c>.</summary>
    Char = 2,

    /// <summary>C's <c>_Bool</c>.</summary>
    Bool = 4,
}
