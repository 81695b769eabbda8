using System.Reflection;
using CsCheck;
using Ebpf.Btf;
using Ebpf.Btf.Printing;
using Ebpf.TestData;

namespace Ebpf.Spec.Tests.Btf.Printing;

/// <summary>Bit fields as properties: what is set is read again, and stands where C has it in either byte order.</summary>
public sealed class CSharpBitFieldTests
{
    private static readonly BtfSpec Types = CollectionSpec.Load(TestObject.Path("c_types")).Types!;

    public static TheoryData<string> Structs => ["bits", "packed_bits", "wide_bits"];

    private static string Text(string name)
    {
        CSharpWriter writer = new(Types);
        writer.Add(Types.Get<StructType>(name));
        using StringWriter text = new();
        writer.Write(text);
        return text.ToString();
    }

    /// <summary>The bits of a field, the least significant first, as C places them.</summary>
    private static IEnumerable<int> PlacesOf(Member member, ByteOrder order) =>
        Enumerable.Range(0, (int)member.BitSize).Select(i => order == ByteOrder.LittleEndian
            ? (int)member.BitOffset + i
            : BigEndianBit((int)(member.BitOffset + member.BitSize) - 1 - i));

    // The first bit of a byte is the most significant one.
    private static int BigEndianBit(int bit) => (bit & ~7) | (7 - (bit & 7));

    private static ulong Read(ReadOnlySpan<byte> bytes, Member member, ByteOrder order)
    {
        ulong value = 0;
        int i = 0;
        foreach (int bit in PlacesOf(member, order)) value |= (ulong)(bytes[bit / 8] >> (bit % 8) & 1) << i++;
        return value;
    }

    private static object Value(Type type, long value) =>
        type == typeof(bool) ? (value & 1) != 0 : type == typeof(ulong) ? (ulong)value : Truncate(type, value);

    private static object Truncate(Type type, long value)
    {
        object boxed = Activator.CreateInstance(type)!;
        BitConverter.GetBytes(value).AsSpan(0, CompiledTypes.SizeOf(type)).CopyTo(CompiledTypes.BytesOf(boxed));
        return boxed;
    }

    private static ulong Bits(object value) => value is bool truth ? truth ? 1u : 0u : Convert.ToUInt64(
        value is sbyte or short or int or long ? (ulong)Convert.ToInt64(value, null) : value, null);

    [Theory]
    [MemberData(nameof(Structs))]
    public void Property_ReadsWhatWasSet_AndLeavesTheOthers(string name)
    {
        StructType type = Types.Get<StructType>(name);
        using CompiledTypes compiled = CompiledTypes.Of(Text(name));
        Type made = compiled[CSharpNames.PascalCase(name)];
        Member[] members = [.. type.Members.Where(member => member.IsBitField)];

        Gen.Select(Gen.Byte.Array[(int)type.Size], Gen.Int[0, members.Length - 1], Gen.Long).Sample((before, index, number) =>
        {
            Member member = members[index];
            PropertyInfo property = made.GetProperty(CSharpNames.PascalCase(member.Name))!;
            object value = Activator.CreateInstance(made)!;
            before.CopyTo(CompiledTypes.BytesOf(value));

            property.SetValue(value, Value(property.PropertyType, number));

            ulong mask = ulong.MaxValue >> (64 - (int)member.BitSize);
            ReadOnlySpan<byte> after = CompiledTypes.BytesOf(value);
            Assert.Equal((ulong)number & mask, Read(after, member, ByteOrder.LittleEndian));
            Assert.Equal((ulong)number & mask, Bits(property.GetValue(value)!) & mask);
            foreach (Member other in members.Where(other => other != member))
                Assert.Equal(Read(before, other, ByteOrder.LittleEndian), Read(after, other, ByteOrder.LittleEndian));
        });
    }

    [Fact]
    public void Property_IsWrittenOverAPrivateField()
    {
        string text = Text("bits");

        Assert.Contains("[FieldOffset(4)] private ushort _bits4;\n", text, StringComparison.Ordinal);
        Assert.Contains(
            """
                /// <summary><c>int c : 9</c></summary>
                public int C
                {
                    readonly get => (int)BitFields.Extend(BitFields.Get(_bits4, 0, 7, 9), 9);
                    set => _bits4 = (ushort)BitFields.Set(_bits4, unchecked((ulong)value), 0, 7, 9);
                }

            """,
            text,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Property_OfASignedField_HasItsSign()
    {
        using CompiledTypes compiled = CompiledTypes.Of(Text("bits"));
        PropertyInfo property = compiled["Bits"].GetProperty("C")!;
        object value = Activator.CreateInstance(compiled["Bits"])!;

        property.SetValue(value, -5);
        Assert.Equal(-5, property.GetValue(value));
        property.SetValue(value, 255);
        Assert.Equal(255, property.GetValue(value));
        property.SetValue(value, 256);
        Assert.Equal(-256, property.GetValue(value));
    }

    /// <summary>As on a machine of the other order: its numbers are turned round, here and there.</summary>
    [Theory]
    [MemberData(nameof(Structs))]
    public void Property_OnABigEndianMachine_StandsWhereCHasIt(string name)
    {
        StructType type = CollectionSpec.Load(TestObject.Path("c_types", ByteOrder.BigEndian)).Types!.Get<StructType>(name);
        using CompiledTypes compiled = CompiledTypes.Of(Text(name).Replace("global::System.", "", StringComparison.Ordinal).Replace("BitConverter.IsLittleEndian", "false", StringComparison.Ordinal));
        Type made = compiled[CSharpNames.PascalCase(name)];

        Gen.Long.Sample(number =>
        {
            foreach (Member member in type.Members.Where(member => member.IsBitField))
            {
                PropertyInfo property = made.GetProperty(CSharpNames.PascalCase(member.Name))!;
                object value = Activator.CreateInstance(made)!;

                property.SetValue(value, Value(property.PropertyType, number));

                ulong mask = ulong.MaxValue >> (64 - (int)member.BitSize);
                Assert.Equal((ulong)number & mask, Bits(property.GetValue(value)!) & mask);
                Span<byte> bytes = CompiledTypes.BytesOf(value);
                foreach (BitPiece piece in CSharpBitField.Split(member.BitOffset, member.BitSize, type.Size))
                    bytes.Slice((int)piece.Storage.Offset, (int)piece.Storage.Size).Reverse();
                Assert.Equal((ulong)number & mask, Read(bytes, member, ByteOrder.BigEndian));
            }
        });
    }

    [Fact]
    public void Split_FindsTheSmallestFieldThatFits()
    {
        static string Of(uint bit, uint bits, uint size) =>
            string.Join(" ", CSharpBitField.Split(bit, bits, size).Select(piece =>
                $"{piece.Storage.Offset}+{piece.Storage.Size}:{piece.First}+{piece.Count}"));

        Assert.Equal("0+1:3+5", Of(3, 5, 4));
        Assert.Equal("0+2:3+6", Of(3, 6, 4));
        Assert.Equal("2+2:0+16", Of(16, 16, 4));
        Assert.Equal("0+8:30+7", Of(30, 7, 8));
        Assert.Equal("1+2:4+8", Of(12, 8, 3));
        Assert.Equal("0+1:4+4 1+1:0+8 2+1:0+8", Of(4, 20, 3));
        Assert.Equal(9, CSharpBitField.Split(37, 60, 15).Count);
    }
}
