using Ebpf.Btf;
using Ebpf.Btf.Extensions;
using Ebpf.CoRe;

namespace Ebpf.Spec.Tests.Btf;

public sealed class BtfExtensionsTests
{
    public static TheoryData<ByteOrder> Orders => [ByteOrder.LittleEndian, ByteOrder.BigEndian];

    /// <summary>Writes .BTF.ext; a part is the words that follow its record size.</summary>
    private static byte[] Extensions(
        BtfBlob blob, uint[]? functions = null, uint[]? lines = null, uint[]? relocations = null, uint[]? sizes = null, int header = 32)
    {
        sizes ??= [8, 16, 16];
        uint[][] parts = new[] { functions, lines, relocations }
            .Select((words, i) => words is null ? [] : (uint[])[sizes[i], .. words]).ToArray();
        List<byte> bytes = [.. blob.Order == ByteOrder.LittleEndian ? (byte[])[0x9f, 0xeb] : [0xeb, 0x9f], 1, 0];
        blob.Write(bytes, (uint)header);
        uint offset = 0;
        foreach (uint[] part in header < 32 ? parts[..2] : parts)
        {
            blob.Write(bytes, offset);
            blob.Write(bytes, (uint)part.Length * 4);
            offset += (uint)part.Length * 4;
        }

        while (bytes.Count < header) bytes.Add(0);
        foreach (uint word in parts.SelectMany(part => part)) blob.Write(bytes, word);
        return [.. bytes];
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Parse_AllThreeParts_GivesRecordsBySection(ByteOrder order)
    {
        BtfBlob blob = new(order);
        uint number = blob.Int("int", 4);
        uint function = blob.Function("count", blob.Prototype(number), FunctionLinkage.Global);
        (uint xdp, uint tc) = (blob.String("xdp"), blob.String("tc"));
        (uint file, uint text, uint path) = (blob.String("a.c"), blob.String("  return 0;"), blob.String("0:1"));
        BtfSpec types = blob.Parse();

        BtfExtensions extensions = BtfExtensions.Parse(
            Extensions(
                blob,
                functions: [xdp, 1, 0, function, tc, 2, 0, function, 24, function],
                lines: [xdp, 1, 8, file, text, (12 << 10) | 3],
                relocations: [tc, 1, 16, number, path, 5]),
            types);

        Assert.Equal([new(0, function)], ToList(extensions.FunctionsOf("xdp")));
        Assert.Equal([new(0, function), new(24, function)], ToList(extensions.FunctionsOf("tc")));
        Assert.Equal(new FunctionInfoRecord(24, function), extensions.FunctionsOf("tc")[1]);
        LineInfoRecord line = Assert.Single(ToList(extensions.LinesOf("xdp")));
        Assert.Equal(8u, line.InstructionOffset);
        LineInfo info = line.ToLineInfo(types);
        Assert.Equal(("a.c", "  return 0;", 12, 3), (info.File, info.Text, info.Line, info.Column));
        Assert.Equal("return 0; @ a.c:12:3", info.ToString());
        CoReRelocationRecord record = Assert.Single(ToList(extensions.RelocationsOf("tc")));
        Assert.Equal(16u, record.InstructionOffset);
        CoReRelocation relocation = record.ToRelocation(types);
        Assert.Equal((CoReRelocationKind.FieldRightShift, "0:1"), (relocation.Kind, relocation.Accessor));
        Assert.Same(types[number], relocation.Type);
        Assert.Equal("FieldRightShift int 0:1", relocation.ToString());
        Assert.Equal(0, extensions.LinesOf("tc").Count);
        Assert.Equal(0, extensions.RelocationsOf("nothing").Count);
    }

    [Fact]
    public void Parse_HeaderWithoutCoRe_IsAccepted()
    {
        BtfBlob blob = new();
        uint xdp = blob.String("xdp");

        BtfExtensions extensions = BtfExtensions.Parse(Extensions(blob, functions: [xdp, 1, 0, 7], header: 24), blob.Parse());

        Assert.Equal(1, extensions.FunctionsOf("xdp").Count);
        Assert.Equal(0, extensions.RelocationsOf("xdp").Count);
    }

    [Fact]
    public void Parse_LargerHeaderAndRecords_SkipsWhatIsNotKnown()
    {
        BtfBlob blob = new();
        uint xdp = blob.String("xdp");
        byte[] raw = Extensions(
            blob, functions: [xdp, 2, 0, 7, 0xdead, 8, 9, 0xbeef], sizes: [12, 16, 16], header: 40);

        BtfExtensions extensions = BtfExtensions.Parse(raw, blob.Parse());

        Assert.Equal([new(0, 7), new(8, 9)], ToList(extensions.FunctionsOf("xdp")));
    }

    [Theory]
    [InlineData(4, 16, 16)]
    [InlineData(8, 12, 16)]
    [InlineData(8, 16, 12)]
    [InlineData(10, 16, 16)]
    [InlineData(0, 16, 16)]
    public void Parse_RecordSizeThatCannotBe_Throws(int functions, int lines, int relocations)
    {
        BtfBlob blob = new();
        uint xdp = blob.String("xdp");
        uint[] part = [xdp, 1, 0, 0, 0, 0, 0, 0];
        byte[] raw = Extensions(blob, part, part, part, [(uint)functions, (uint)lines, (uint)relocations]);

        ObjectFormatException error = Assert.Throws<ObjectFormatException>(() => BtfExtensions.Parse(raw, blob.Parse()));

        Assert.Equal(".BTF.ext", error.Section);
    }

    [Theory]
    [InlineData(2u)]
    [InlineData(0x1000_0000u)]
    [InlineData(uint.MaxValue)]
    public void Parse_MoreRecordsThanBytes_Throws(uint count)
    {
        BtfBlob blob = new();
        uint xdp = blob.String("xdp");

        Assert.Throws<ObjectFormatException>(
            () => BtfExtensions.Parse(Extensions(blob, functions: [xdp, count, 0, 7]), blob.Parse()));
    }

    [Fact]
    public void Parse_SectionTwice_Throws()
    {
        BtfBlob blob = new();
        uint xdp = blob.String("xdp");

        ObjectFormatException error = Assert.Throws<ObjectFormatException>(
            () => BtfExtensions.Parse(Extensions(blob, functions: [xdp, 1, 0, 7, xdp, 1, 8, 7]), blob.Parse()));

        Assert.Equal("section \"xdp\" occurs twice", error.Problem);
    }

    [Fact]
    public void Records_AreReadWithoutAllocating()
    {
        BtfBlob blob = new();
        uint xdp = blob.String("xdp");
        BtfExtensions extensions = BtfExtensions.Parse(
            Extensions(blob, lines: [xdp, 100, .. Enumerable.Range(0, 400).Select(i => (uint)i)]), blob.Parse());
        _ = Sum(extensions);

        long before = GC.GetAllocatedBytesForCurrentThread();
        long sum = Sum(extensions);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(2 * Enumerable.Range(0, 100).Sum(i => i * 4), sum);
    }

    private static long Sum(BtfExtensions extensions)
    {
        BtfExtensionRecords<LineInfoRecord> lines = extensions.LinesOf("xdp");
        long sum = 0;
        foreach (LineInfoRecord line in lines) sum += line.InstructionOffset;
        for (int i = 0; i < lines.Count; i++) sum += lines[i].InstructionOffset;
        return sum;
    }

    [Fact]
    public void LineInfo_MadeByHand_KeepsWhatItWasGiven()
    {
        LineInfo line = new() { File = "made.c", Text = "x = 1;", Line = 4_194_303, Column = 1023 };

        Assert.Equal(("made.c", "x = 1;", 4_194_303, 1023), (line.File, line.Text, line.Line, line.Column));
        Assert.Equal(uint.MaxValue, line.LineColumn);
        Assert.Null(line.Owner);
        Assert.Throws<ArgumentOutOfRangeException>(() => new LineInfo { Column = 1024 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LineInfo { Line = -1 });
    }

    [Fact]
    public void CoReRelocation_MadeByHand_KeepsWhatItWasGiven()
    {
        BtfType type = BtfBlob.WithEverything(ByteOrder.LittleEndian).Parse().Get<StructType>("pair");
        CoReRelocation relocation = new() { Kind = CoReRelocationKind.TypeSize, Type = type, Accessor = "0" };

        Assert.Equal(type.Id, relocation.TypeId);
        Assert.Equal("TypeSize struct pair 0", relocation.ToString());
        Assert.Same(VoidType.Instance, new CoReRelocation().Type);
    }

    private static List<T> ToList<T>(BtfExtensionRecords<T> records)
        where T : struct, IBtfExtensionRecord<T>
    {
        List<T> list = [];
        foreach (T record in records) list.Add(record);
        return list;
    }
}
