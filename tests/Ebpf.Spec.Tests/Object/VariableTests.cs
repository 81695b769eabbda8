using Ebpf.Btf;
using Ebpf.TestData;

namespace Ebpf.Spec.Tests.Object;

public sealed class VariableTests
{
    public static TheoryData<ByteOrder> Orders => [ByteOrder.LittleEndian, ByteOrder.BigEndian];

    [Theory]
    [MemberData(nameof(Orders))]
    public void Get_NumbersOfEverySize_AreInThisMachinesOrder(ByteOrder order)
    {
        SpecTable<VariableSpec> variables = Load(order).Variables;

        Assert.Equal(8, variables["const_u8"].Get<byte>());
        Assert.Equal(0x1234, variables["const_u16"].Get<ushort>());
        Assert.Equal(0x12345678u, variables["const_u32"].Get<uint>());
        Assert.Equal(0x123456789abcdef0u, variables["const_u64"].Get<ulong>());
        Assert.Equal(-2, variables["const_negative"].Get<int>());
        Assert.Equal(77u, variables["data_u32"].Get<uint>());
        Assert.Equal(0ul, variables["bss_u64"].Get<ulong>());
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Set_Number_IsReadBackAndStandsInTheObjectsOrder(ByteOrder order)
    {
        CollectionSpec spec = Load(order);
        VariableSpec variable = spec.Variables["const_u32"];

        variable.Set(0x01020304u);

        Assert.Equal(0x01020304u, variable.Get<uint>());
        byte[] expected = order == ByteOrder.LittleEndian ? [4, 3, 2, 1] : [1, 2, 3, 4];
        Assert.Equal(expected, variable.ToArray());
        Assert.Equal(
            expected, spec.Maps[".rodata"].InitialValue.Span.Slice((int)variable.Offset, (int)variable.Size).ToArray());
    }

    [Fact]
    public void Set_VariableOfBss_GrowsTheSectionFromNothing()
    {
        CollectionSpec spec = Load();
        Assert.True(spec.Maps[".bss"].InitialValue.IsEmpty);

        spec.Variables["bss_u64"].Set(5ul);

        Assert.Equal(spec.Maps[".bss"].ValueSize, (uint)spec.Maps[".bss"].InitialValue.Length);
        Assert.Equal(5ul, spec.Variables["bss_u64"].Get<ulong>());
        Assert.All(spec.Variables["bss_array"].ToArray(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Set_WrongSize_NamesBothSizes()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => Load().Variables["const_u32"].Set(1L));

        Assert.Contains("Variable \"const_u32\"", error.Message);
        Assert.Contains("has 4 bytes, System.Int64 8", error.Message);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void GetAndSet_Struct_HaveTheLayoutOfCAndThisMachinesNumbers(ByteOrder order)
    {
        VariableSpec variable = Load(order).Variables["data_point"];

        Assert.Equal(new Point(1, -1, 5), variable.Get<Point>());
        variable.Set(new Point(7, 8, 9));
        Assert.Equal(new Point(7, 8, 9), variable.Get<Point>());
        Assert.Equal(order == ByteOrder.LittleEndian ? (byte)7 : (byte)0, variable.ToArray()[0]);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void GetAndSet_StructAsOneNumber_TurnsItsMembersRound(ByteOrder order)
    {
        CollectionSpec spec = HandMade(order, out VariableSpec pair, out VariableSpec text);

        pair.Set(0x0000_0002_0000_0001ul);
        text.Set(0x6463_6261u);

        byte[] one = order == ByteOrder.LittleEndian ? [1, 0, 0, 0, 2, 0, 0, 0] : [0, 0, 0, 1, 0, 0, 0, 2];
        Assert.Equal(BitConverter.IsLittleEndian ? one : [.. one.AsSpan(4), .. one.AsSpan(0, 4)], pair.ToArray());
        Assert.Equal(0x0000_0002_0000_0001ul, pair.Get<ulong>());
        Assert.Equal(0x6463_6261u, text.Get<uint>());
        Assert.Equal(BitConverter.IsLittleEndian ? "abcd"u8.ToArray() : "dcba"u8.ToArray(), text.ToArray());
        Assert.Equal(12, spec.Maps[".data"].InitialValue.Length);
    }

    [Fact]
    public void InitialValue_OfAnotherSize_IsTheCallersMistake()
    {
        MapSpec data = Load().Maps[".data"];

        ArgumentException shorter = Assert.Throws<ArgumentException>(() => data.InitialValue = new byte[3]);
        Assert.Throws<ArgumentException>(() => data.InitialValue = new byte[data.ValueSize + 1]);

        Assert.Contains($"The first value of map \".data\" has {data.ValueSize} bytes, not 3", shorter.Message);
        data.InitialValue = default;
        Assert.Equal(0u, Load().Variables["bss_u64"].Get<ulong>());
    }

    [Fact]
    public void Get_OfASectionThatWasMadeLarger_KeepsTheValues()
    {
        CollectionSpec spec = Load();
        spec.Maps[".data"].ValueSize += 4096;

        Assert.Equal(77u, spec.Variables["data_u32"].Get<uint>());
        spec.Variables["data_u32"].Set(78u);
        Assert.Equal(spec.Maps[".data"].ValueSize, (uint)spec.Maps[".data"].InitialValue.Length);
        Assert.Equal(78u, spec.Variables["data_u32"].Get<uint>());
    }

    [Fact]
    public void Set_OfASectionThatWasMadeTooSmall_SaysSo()
    {
        CollectionSpec spec = Load();
        spec.Maps[".data"].ValueSize = 1;

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => spec.Variables["data_u32"].Set(78u));

        Assert.Contains("lies outside of section .data, which was made 1 bytes small", error.Message);
    }

    [Fact]
    public void Set_UnionOfTheOtherByteOrder_IsRefused()
    {
        VariableSpec variable = Load(ByteOrder.BigEndian).Variables["data_either"];

        NotSupportedException error = Assert.Throws<NotSupportedException>(() => variable.Set(new Either(1)));

        Assert.Contains("union either", error.Message);
    }

    [Fact]
    public void Set_OfACloneOrItsOriginal_DoesNotChangeTheOther()
    {
        CollectionSpec original = Load();
        original.Variables["data_u32"].Set(1u);
        CollectionSpec copy = original.Clone();
        copy.Variables["data_u32"].Set(2u);
        copy.Variables["const_u8"].Set((byte)9);
        original.Variables["bss_u64"].Set(3ul);

        Assert.Equal(1u, original.Variables["data_u32"].Get<uint>());
        Assert.Equal(8, original.Variables["const_u8"].Get<byte>());
        Assert.Equal(0ul, copy.Variables["bss_u64"].Get<ulong>());
        Assert.Equal(2u, copy.Variables["data_u32"].Get<uint>());
    }

    [Fact]
    public void Load_DataSections_AreMapsUnderTheirNames()
    {
        CollectionSpec spec = Load();

        foreach (string name in (string[])[".rodata", ".data", ".bss", ".data.custom", ".rodata.custom", ".bss.custom"])
        {
            MapSpec map = spec.Maps[name];
            bool isConstant = name.StartsWith(".rodata", StringComparison.Ordinal);
            Assert.Equal((MapType.Array, 4u, 1u), (map.Type, map.KeySize, map.MaxEntries));
            Assert.Equal(name, map.DataSection);
            Assert.Equal(isConstant, map.Freeze);
            Assert.Equal(MapFlags.Mmapable | (isConstant ? MapFlags.ReadOnlyProgram : MapFlags.None), map.Flags);
        }
    }

    [Fact]
    public void Load_Variables_KnowTheirSectionTypeAndWhetherTheyAreConstant()
    {
        SpecTable<VariableSpec> variables = Load().Variables;

        Assert.True(variables["const_u32"].IsConstant);
        Assert.False(variables["data_u32"].IsConstant);
        Assert.Equal(".rodata.custom", variables["custom_rodata"].Section);
        Assert.Equal(".bss.custom", variables["custom_bss"].Section);
        Assert.Equal("struct point", variables["data_point"].Type?.ToString());
        Assert.Equal(32u, variables["bss_array"].Size);
    }

    [Fact]
    public void Load_StaticAndHiddenVariables_AreNotSeen()
    {
        SpecTable<VariableSpec> variables = Load().Variables;

        Assert.DoesNotContain("static_u32", variables.Keys);
        Assert.DoesNotContain("hidden_u32", variables.Keys);
    }

    private static CollectionSpec Load(ByteOrder order = ByteOrder.LittleEndian) =>
        CollectionSpec.Load(TestObject.Read("data", order));

    private static CollectionSpec HandMade(ByteOrder order, out VariableSpec pair, out VariableSpec text)
    {
        BtfBuilder types = new(order);
        BtfTypeId u32 = types.AddInt("unsigned int", 4);
        BtfTypeId both = types.AddStruct("pair").Add("a", u32).Add("b", u32).Id;
        BtfTypeId chars = types.AddArray(types.AddInt("char", 1), 4);
        BtfSpec built = types.Build();
        CollectionSpec spec = new() { ByteOrder = order, Types = built };
        MapSpec data = MapSpec.CreateDataSection(".data", 12);
        spec.Maps.Add(data.Name, data);
        spec.Variables.Add("pair", pair = new VariableSpec("pair", data, 0, 8, built[both], order));
        spec.Variables.Add("text", text = new VariableSpec("text", data, 8, 4, built[chars], order));
        return spec;
    }

    private readonly record struct Either(ulong Number);

    private readonly record struct Point(int X, int Y, ulong Weight);
}
