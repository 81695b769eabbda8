namespace Ebpf.Btf.Types;

/// <summary>A field, and where it lies in the structure that a path begins with.</summary>
/// <param name="Type">Its type, behind typedefs and qualifiers.</param>
/// <param name="BitOffset">Where it begins, in bits.</param>
/// <param name="BitSize">How many bits it has, if it is a bit field; else 0.</param>
/// <param name="Order">The byte order of the structure.</param>
internal readonly record struct MemberPlace(BtfType Type, ulong BitOffset, uint BitSize, ByteOrder Order)
{
    public bool IsBitField => BitSize != 0;
}
