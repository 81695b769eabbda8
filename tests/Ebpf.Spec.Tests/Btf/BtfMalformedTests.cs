using Ebpf.Btf;

namespace Ebpf.Spec.Tests.Btf;

public sealed class BtfMalformedTests
{
    private static byte[] Valid(int header = 24) => BtfBlob.WithEverything(ByteOrder.LittleEndian).Build(header);

    private static ObjectFormatException Refused(byte[] raw)
    {
        ObjectFormatException error = Assert.Throws<ObjectFormatException>(() => BtfSpec.Parse(raw));
        Assert.Equal(".BTF", error.Section);
        return error;
    }

    private static byte[] With(byte[] raw, int offset, uint value)
    {
        BitConverter.TryWriteBytes(raw.AsSpan(offset), value);
        return raw;
    }

    [Theory]
    [InlineData(0, "no BTF: it begins with 0xcafe")]
    [InlineData(2, "BTF version 202 is not known")]
    [InlineData(3, "BTF flags 0xca are not known")]
    public void Parse_WrongBeginning_SaysWhat(int offset, string problem)
    {
        byte[] raw = Valid();
        (offset == 0 ? (byte[])[0xfe, 0xca] : [0xca]).CopyTo(raw, offset);

        Assert.Equal(problem, Refused(raw).Problem);
    }

    [Theory]
    [InlineData(4, 0u)]
    [InlineData(4, 23u)]
    [InlineData(4, 0x7fff_ffffu)]
    [InlineData(4, uint.MaxValue)]
    [InlineData(8, 0x7fff_ffffu)]
    [InlineData(8, uint.MaxValue)]
    [InlineData(12, uint.MaxValue)]
    [InlineData(12, 11u)]
    [InlineData(16, uint.MaxValue)]
    [InlineData(16, 1u)]
    [InlineData(20, uint.MaxValue)]
    [InlineData(20, 0u)]
    public void Parse_ImpossibleHeaderField_Throws(int offset, uint value) => Refused(With(Valid(), offset, value));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(23)]
    public void Parse_ShorterThanAHeader_Throws(int length) => Refused(Valid()[..length]);

    [Fact]
    public void Parse_LongerHeaderOfZeros_IsAccepted()
    {
        int count = BtfSpec.Parse(Valid()).Count;

        Assert.All([25, 28, 31, 32, 40], header => Assert.Equal(count, BtfSpec.Parse(Valid(header)).Count));
    }

    [Theory]
    [InlineData(28, 27)]
    [InlineData(40, 39)]
    public void Parse_LongerHeaderWithUnknownFields_Throws(int header, int offset)
    {
        byte[] raw = Valid(header);
        raw[offset] = 1;

        ObjectFormatException error = Refused(raw);

        Assert.Equal("the header has fields that are not known", error.Problem);
        Assert.Equal(offset, error.Offset);
    }

    [Fact]
    public void Parse_StringsWithoutAnEnd_Throws()
    {
        byte[] raw = Valid();
        raw[^1] = (byte)'x';

        Assert.Equal("the strings do not end in a zero", Refused(raw).Problem);
    }

    [Fact]
    public void Parse_NameBehindTheStrings_NamesTheType()
    {
        BtfBlob blob = new();
        blob.Int("int", 4);
        byte[] raw = With(blob.Build(), 24, 5);

        ObjectFormatException error = Refused(raw);

        Assert.Equal("type 1 has its name at 5, behind the strings", error.Problem);
        Assert.Equal(24, error.Offset);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(127)]
    public void Parse_UnknownKindWithoutALayout_Throws(int kind)
    {
        BtfBlob blob = new();
        blob.Add(kind, "odd", 0);

        Assert.Equal($"type 1 is of kind {kind}, which is not known", Refused(blob.Build()).Problem);
    }

    [Fact]
    public void Parse_UnknownKindWithALayout_IsSteppedOver()
    {
        BtfBlob blob = new();
        blob.Int("before", 4);
        blob.Add(20, "odd", 7, 3, false, 1, 2, 3, 4, 5);
        blob.Int("after", 4);
        byte[] layout = new byte[21 * 4];
        (layout[80], layout[81]) = (8, 4);
        BtfSpec types = BtfSpec.Parse(blob.Build(32, layout));

        UnknownType odd = Assert.IsType<UnknownType>(types[2]);
        Assert.Equal(((BtfKind)20, "odd", "<kind 20> odd"), (odd.Kind, odd.Name, odd.ToString()));
        Assert.False(odd.TryGetSize(out _));
        Assert.Equal("after", types[3].Name);
    }

    [Theory]
    [InlineData(84, 6, 4)]
    [InlineData(84, 8, 3)]
    [InlineData(80, 0, 0)]
    [InlineData(82, 0, 0)]
    public void Parse_LayoutThatDoesNotHelp_Throws(int length, byte once, byte each)
    {
        BtfBlob blob = new();
        blob.Add(20, "odd", 7, 3, false, 1, 2, 3, 4, 5);
        byte[] layout = new byte[length];
        if (length > 81) (layout[80], layout[81]) = (once, each);

        Refused(blob.Build(32, layout));
    }

    [Fact]
    public void Parse_SplitBtf_UsesTheLayoutOfItsBase()
    {
        BtfBlob kernel = new();
        kernel.Int("int", 4);
        byte[] layout = new byte[21 * 4];
        BtfBlob module = new(firstId: kernel.NextId, firstString: kernel.EndOfStrings);
        module.Add(20, "odd", 0);

        BtfSpec types = module.Parse(BtfSpec.Parse(kernel.Build(32, layout)));

        Assert.IsType<UnknownType>(types[2]);
    }

    [Theory]
    [InlineData(BtfKind.Struct)]
    [InlineData(BtfKind.Enum)]
    [InlineData(BtfKind.Enum64)]
    [InlineData(BtfKind.FunctionPrototype)]
    [InlineData(BtfKind.DataSection)]
    public void Parse_HugeCountOfElements_ThrowsWithoutAllocatingForThem(BtfKind kind)
    {
        BtfBlob blob = new();
        blob.Add(kind, "huge", 0, 0xff_ffff, false, 0, 0, 0);
        byte[] raw = blob.Build();

        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused(raw);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void Indexer_IdThatDoesNotExist_Throws()
    {
        BtfBlob blob = new();
        blob.Int("int", 4);
        BtfSpec types = blob.Parse();

        Assert.Equal("there is no type 2: the last one is 1", Assert.Throws<ObjectFormatException>(() => types[2]).Problem);
        Assert.Throws<ObjectFormatException>(() => types[uint.MaxValue]);
    }

    [Fact]
    public void Name_OfAMemberBehindTheStrings_Throws()
    {
        BtfBlob blob = new();
        blob.Composite(BtfKind.Struct, "s", 4, false, ("a", 0, 0));
        Member member = Assert.Single(BtfSpec.Parse(With(blob.Build(), 24 + 12, 99)).Get<StructType>("s").Members);

        Assert.Throws<ObjectFormatException>(() => member.Name);
        Assert.Equal("void ?", member.ToString());
    }
}
