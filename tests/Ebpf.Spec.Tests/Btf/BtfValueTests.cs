using Ebpf.Btf;

namespace Ebpf.Spec.Tests.Btf;

/// <summary>Going to the parts of a value, and reading them.</summary>
public sealed class BtfValueTests
{
    public static TheoryData<ByteOrder> Orders => [.. Enum.GetValues<ByteOrder>()];

    [Theory]
    [MemberData(nameof(Orders))]
    public void Numbers_AreThoseOfTheSource(ByteOrder order)
    {
        BtfValue value = Values.Event(order);

        Assert.Equal(-12, value["pid"].ToInt64());
        Assert.Equal(5u, value["access"].ToUInt64());
        Assert.Equal(-1, value["colour"].ToInt64());
        Assert.Equal(1ul << 63, value["wide"].ToUInt64());
        Assert.Equal(0xffff888100a04000, value["pointer"].ToUInt64());
        Assert.Equal(0.5, value["real"].ToDouble());
        Assert.Equal(-1.5, value["half"].ToDouble());
        Assert.Equal(-12.0, value["pid"].ToDouble());
        Assert.Equal(-(Int128.One << 100), value["big"].ToInt128());
        Assert.True(value["yes"].ToBoolean());
        Assert.False(value["next"].ToBoolean());
        Assert.Equal('x', (char)value["letter"].ToInt64());
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void BitFields_AreThoseOfTheSource(ByteOrder order)
    {
        BtfValue bits = Values.Event(order)["bits"];

        Assert.Equal(5u, bits["low"].ToUInt64());
        Assert.Equal(600u, bits["middle"].ToUInt64());
        Assert.Equal(-3, bits["negative"].ToInt64());
        Assert.Equal("PINK", bits["colour"].EnumName);
        Assert.Equal(0x123456789aul, bits["wide"].ToUInt64());
        Assert.True(bits["flag"].ToBoolean());
        Assert.Equal(10u, bits["middle"].BitSize);
        Assert.Equal(0u, bits.BitSize);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void AnonymousMembers_AreThoseOfTheOuterStructure(ByteOrder order)
    {
        BtfValue value = Values.Event(order);

        Assert.Equal(7u, value["first"].ToUInt64());
        Assert.Equal(8u, value["second"].ToUInt64());
        Assert.Equal(order == ByteOrder.LittleEndian ? 0x8_00000007ul : 0x7_00000008ul, value["number"].ToUInt64());
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Elements_AreThoseOfTheSource(ByteOrder order)
    {
        BtfValue value = Values.Event(order);

        Assert.Equal(2u, value["grid"].Length);
        Assert.Equal(-6, value["grid"][1][2].ToInt64());
        Assert.Equal(4, value["points"][1]["y"].ToInt64());
        Assert.Equal("const point_t", value["points"][1].Type.ToString());
        Assert.Equal([1, 2, 3, 255], value["raw"].Bytes.ToArray());
    }

    [Fact]
    public void EnumName_IsThatOfTheValue_AndNullForOthers()
    {
        BtfValue value = Values.Event();

        Assert.Equal("RED", value["colour"].EnumName);
        Assert.Equal("TOP", value["wide"].EnumName);
        Assert.Null(value["access"].EnumName);
        Assert.Null(value["pid"].EnumName);
    }

    [Fact]
    public void Text_EndsWithTheFirstZero_OrTheArray()
    {
        BtfValue value = Values.Event();

        Assert.Equal("bash", value["comm"].ToText());
        Assert.Equal(16, value["comm"].Bytes.Length);
        Assert.Equal("abcd", new BtfValue(value["raw"].Type, "abcdefg"u8).ToText());
        Assert.Throws<InvalidOperationException>(() => Values.Event()["grid"].ToText());
        Assert.Throws<InvalidOperationException>(() => Values.Event()["pid"].ToText());
    }

    [Fact]
    public void Members_CanBeGivenByObject()
    {
        BtfValue value = Values.Event();
        StructType type = (StructType)value.Type.Resolve();

        Assert.Equal(-12, value[type.Members[0]].ToInt64());
        Assert.Throws<ArgumentException>(() => Values.Event()[Values.Types().Get<StructType>("point").Members[0]].ToInt64());
    }

    [Fact]
    public void At_ReadsThePlaceThatWasFound()
    {
        BtfValue value = Values.Event(ByteOrder.BigEndian);

        Assert.Equal(4, value.At(value.Type.Locate("points[1].y")).ToInt64());
        Assert.Equal(-6, value.At(value.Type.Locate("grid[1][2]")).ToInt64());
        Assert.Equal(-3, value.At(value.Type.Locate("bits.negative")).ToInt64());
        Assert.Equal(8, value.At(value.Type.Locate("second")).ToInt64());
        Assert.Equal(value.ToString(), value.At(value.Type.Locate("")).ToString());
    }

    [Fact]
    public void At_PlacesElsewhere_AreRefused()
    {
        MemberLocation behind = Values.Types().Locate("event.next.pid");
        MemberLocation other = Values.Types().Locate("point.x");

        Assert.Throws<ArgumentException>(() => Values.Event().At(other).ToInt64());
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => Values.Event().At(behind).ToInt64());
        Assert.EndsWith("lies behind a pointer.", error.Message);
    }

    [Fact]
    public void UnknownMembers_AreNamedWithThoseThatAreLikeThem()
    {
        KeyNotFoundException error = Assert.Throws<KeyNotFoundException>(() => Values.Event()["coma"].ToText());

        Assert.Equal("struct event has no member \"coma\"; similar: comm.", error.Message);
        Assert.False(Values.Event().TryGetMember("coma", out _));
        Assert.False(Values.Event().TryGetMember("", out _));
        Assert.False(Values.Event()["pid"].TryGetMember("x", out _));
    }

    [Fact]
    public void Elements_OutsideTheArray_AreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Values.Event()["raw"][4].ToInt64());
        Assert.Throws<ArgumentOutOfRangeException>(() => Values.Event()["raw"][-1].ToInt64());
        Assert.Throws<InvalidOperationException>(() => Values.Event()["pid"][0].ToInt64());
    }

    [Fact]
    public void Numbers_ThatDoNotFit_AreAnOverflow()
    {
        Assert.Throws<OverflowException>(() => Values.Event()["big"].ToInt64());
        Assert.Throws<OverflowException>(() => Values.Event()["pid"].ToUInt64());
        Assert.Throws<OverflowException>(() => Values.Event()["pid"].ToUInt128());
        Assert.Throws<OverflowException>(() => Values.Event()["wide"].ToInt64());
        Assert.Throws<InvalidOperationException>(() => Values.Event()["points"].ToInt64());
        Assert.Throws<InvalidOperationException>(() => Values.Event()["real"].ToInt64());
    }

    [Fact]
    public void Truncated_PartsAreThere_ButHaveNoNumbers()
    {
        BtfType type = Values.Types().Get<StructType>("event");
        byte[] bytes = [1, 0, 0, 0, .. "ba"u8];

        BtfValue value = new(type, bytes);

        Assert.True(value.IsTruncated);
        Assert.False(value["pid"].IsTruncated);
        Assert.Equal(1, value["pid"].ToInt64());
        Assert.True(value["comm"].IsTruncated);
        Assert.Equal("ba", value["comm"].ToText());
        Assert.True(value["bits"]["wide"].IsTruncated);
        Assert.True(value["grid"][1][2].IsTruncated);
        ObjectFormatException error = Assert.Throws<ObjectFormatException>(() => new BtfValue(type, bytes)["big"].ToInt128());
        Assert.Equal("0 bytes are too few for a value of __int128", error.Problem);
        Assert.Throws<ObjectFormatException>(() => new BtfValue(type, bytes)["bits"]["wide"].ToInt64());
        Assert.Throws<ObjectFormatException>(() => new BtfValue(type, bytes)["real"].ToDouble());
    }

    [Fact]
    public void FlexibleArrays_HaveAsManyElementsAsThereAreBytes()
    {
        byte[] bytes = [2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 9];

        BtfValue value = new(Values.Types().Get<StructType>("flexible"), bytes);

        Assert.Equal(2u, value["rest"].Length);
        Assert.Equal(4, value["rest"][1]["y"].ToInt64());
        Assert.Equal(4, value.Bytes.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => new BtfValue(Values.Types().Get<StructType>("flexible"), bytes)["rest"][2].Type);
    }

    [Fact]
    public void DataSections_HaveVariables()
    {
        CollectionSpec spec = Values.Object();
        DataSectionType section = spec.Types!.Get<DataSectionType>(".data");

        BtfValue value = new(section, spec.Maps[".data"].InitialValue.Span);

        Assert.Equal(-12, value["event"]["pid"].ToInt64());
        Assert.Equal("struct event", value["event"].Type.ToString());
        KeyNotFoundException error = Assert.Throws<KeyNotFoundException>(
            () => new BtfValue(Values.Types().Get<DataSectionType>(".data"), default)["evnt"].Type);
        Assert.Equal("section .data has no variable \"evnt\"; similar: event.", error.Message);
    }

    [Fact]
    public void BitFields_OfOldCompilers_AreRead()
    {
        foreach (ByteOrder order in Enum.GetValues<ByteOrder>())
        {
            BtfBlob blob = new(order);
            uint low = blob.Int("unsigned int", 4, bits: 5);
            uint shifted = blob.Int("unsigned int", 4, bits: 7, offset: 5);
            blob.Struct("old", 4, ("low", low, 0), ("high", shifted, 0));
            byte[] bytes = order == ByteOrder.LittleEndian ? [0b010_10101, 0b0000_1100, 0, 0] : [0b10101_110, 0b0010_0000, 0, 0];

            BtfValue value = new(blob.Parse().Get<StructType>("old"), bytes);

            Assert.Equal(0b10101u, value["low"].ToUInt64());
            Assert.Equal(0b1100_010u, value["high"].ToUInt64());
        }
    }

    [Fact]
    public void Numbers_OfOddSizes_AreRead()
    {
        foreach (ByteOrder order in Enum.GetValues<ByteOrder>())
        {
            BtfBlob blob = new(order);
            blob.Int("three", 3);
            blob.Int("many", 17, bits: 136);
            BtfSpec types = blob.Parse();

            Assert.Equal(
                order == ByteOrder.LittleEndian ? 0x030201u : 0x010203u,
                new BtfValue(types.Get<IntType>("three"), [1, 2, 3]).ToUInt64());
            Assert.Throws<InvalidOperationException>(() => new BtfValue(types.Get<IntType>("many"), new byte[17]).ToInt128());
        }
    }

    [Fact]
    public void Navigation_AllocatesNothing()
    {
        BtfValue value = Values.Event();
        long sum = Read(value);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) sum += Read(value);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
        Assert.Equal(101 * 14, sum);
    }

    private static long Read(BtfValue value) =>
        value["second"].ToInt64() + value["points"][1]["y"].ToInt64() + value["pid"].ToInt64() + value["bits"]["negative"].ToInt64()
        + value["grid"][1][1].ToInt64() + value["number"].Bytes.Length + value["colour"].ToInt64() + value["access"].ToInt64();

    [Fact]
    public void Default_IsAValueOfVoid()
    {
        BtfValue value = default;

        Assert.Same(VoidType.Instance, value.Type);
        Assert.True(value.Bytes.IsEmpty);
        Assert.Equal("<no value>", value.ToString());
        Assert.Throws<InvalidOperationException>(() => default(BtfValue).ToInt64());
    }
}
