namespace Ebpf.Btf.Reading;

/// <summary>A member of a structure or union, read from BTF (<c>struct btf_member</c>).</summary>
/// <param name="NameOffset">The offset of its name; 0 for none.</param>
/// <param name="TypeId">The id of its type.</param>
/// <param name="BitOffset">Where it begins, in bits from the beginning of the structure.</param>
/// <param name="BitSize">How many bits a bit field has; 0 for what is none.</param>
internal readonly record struct MemberRecord(uint NameOffset, uint TypeId, uint BitOffset, uint BitSize)
{
    /// <summary>How many words a member has.</summary>
    public const int WordCount = 3;

    /// <summary>The largest offset in bits of a structure that has bit fields: 24 bits.</summary>
    public const uint MaxFlaggedOffset = 0xff_ffff;

    /// <summary>Whether it is a bit field without a name: a hole, which compilers do not agree whether it aligns the structure.</summary>
    public bool IsPadding => BitSize != 0 && NameOffset == 0;

    /// <summary>Reads a member as its own words say; an integer that stands for a bit field is not looked at.</summary>
    /// <param name="name">The first word.</param>
    /// <param name="type">The second word.</param>
    /// <param name="offset">The third word.</param>
    /// <param name="flag">The kind flag of the structure: whether the third word has the size of a bit field in its top 8 bits.</param>
    public static MemberRecord Read(uint name, uint type, uint offset, bool flag) =>
        flag ? new(name, type, offset & MaxFlaggedOffset, offset >> 24) : new(name, type, offset, 0);
}
