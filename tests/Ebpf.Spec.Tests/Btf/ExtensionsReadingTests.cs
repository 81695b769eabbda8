using Ebpf.Btf;
using Ebpf.CoRe;
using Ebpf.TestData;

namespace Ebpf.Spec.Tests.Btf;

/// <summary>What a user reads of <c>.BTF.ext</c>.</summary>
public sealed class ExtensionsReadingTests
{
    private readonly BtfBuilder _types = new();
    private readonly BtfTypeId _number;
    private readonly BtfTypeId _function;

    public ExtensionsReadingTests()
    {
        _number = _types.AddInt("int", 4, IntEncoding.Signed);
        _function = _types.AddFunction("main", _types.AddFunctionPrototype(_number).Id, FunctionLinkage.Global);
    }

    private BtfExtensions Made()
    {
        BtfExtensionBuilder builder = new();
        builder.AddFunction("xdp", 0, _function);
        builder.AddLine("xdp", 8, new LineInfo { File = "a.c", Text = "return 0;", Line = 3, Column = 2 });
        builder.AddRelocation("tc", 16, _number, "0", CoReRelocationKind.TypeSize);
        byte[] raw = builder.ToArray(_types);
        return BtfExtensions.Parse(raw, _types.Build());
    }

    [Fact]
    public void Get_EveryKindOfRecord_GivesWhatWasWritten()
    {
        BtfExtensions extensions = Made();

        Assert.Equal(["xdp", "tc"], extensions.Sections);
        Assert.Equal([new BtfExtensionRecord<FunctionType>(0, (FunctionType)extensions.Types[_function])], extensions.GetFunctions("xdp"));
        BtfExtensionRecord<LineInfo> line = Assert.Single(extensions.GetLines("xdp"));
        Assert.Equal((8u, "return 0; @ a.c:3:2"), (line.InstructionOffset, line.Value.ToString()));
        BtfExtensionRecord<CoReRelocation> relocation = Assert.Single(extensions.GetRelocations("tc"));
        Assert.Equal((16u, _number, "0", CoReRelocationKind.TypeSize), (
            relocation.InstructionOffset, relocation.Value.TypeId, relocation.Value.Accessor, relocation.Value.Kind));
        Assert.Empty(extensions.GetLines("tc"));
        Assert.Empty(extensions.GetFunctions("nothing"));
    }

    [Fact]
    public void GetFunctions_OfATypeThatIsNone_TellsWhere()
    {
        BtfExtensionBuilder builder = new();
        builder.AddFunction("xdp", 24, _number);
        byte[] raw = builder.ToArray(_types);
        BtfExtensions extensions = BtfExtensions.Parse(raw, _types.Build());

        ObjectFormatException error = Assert.Throws<ObjectFormatException>(() => extensions.GetFunctions("xdp").Count());

        Assert.Equal(("xdp", 24L), (error.Symbol, error.Offset));
    }

    [Fact]
    public void From_WritesTheSameRecords()
    {
        BtfExtensions extensions = Made();
        BtfBuilder copy = BtfBuilder.From(extensions.Types);

        byte[] raw = BtfExtensionBuilder.From(extensions).ToArray(copy);

        BtfExtensions read = BtfExtensions.Parse(raw, copy.Build());
        Assert.Equal(Describe(extensions), Describe(read));
    }

    [Theory]
    [InlineData("functions")]
    [InlineData("core_fields")]
    public void Load_CompiledObject_ReadsAndWritesAllRecords(string name)
    {
        BtfExtensions extensions = BtfExtensions.Load(TestObject.Path(name));
        BtfBuilder copy = BtfBuilder.From(extensions.Types);

        byte[] raw = BtfExtensionBuilder.From(extensions).ToArray(copy);

        Assert.NotEmpty(extensions.Sections);
        Assert.All(extensions.Sections, section => Assert.NotEmpty(extensions.GetLines(section)));
        Assert.Equal(Describe(extensions), Describe(BtfExtensions.Parse(raw, copy.Build())));
    }

    [Fact]
    public void Load_ObjectWithoutTheSection_SaysSo()
    {
        ObjectFormatException error = Assert.Throws<ObjectFormatException>(
            () => BtfExtensions.Load((ReadOnlyMemory<byte>)new byte[] { 0x7f, (byte)'E', (byte)'L', (byte)'F' }));

        Assert.NotNull(error.Message);
        Assert.Throws<ArgumentNullException>(() => BtfExtensions.Parse(default, null!));
        Assert.Throws<ArgumentNullException>(() => BtfExtensionBuilder.From(null!));
    }

    private static List<string> Describe(BtfExtensions extensions) =>
    [
        .. extensions.Sections.Order(StringComparer.Ordinal).SelectMany(section =>
            extensions.GetFunctions(section).Select(record => $"{section} {record.InstructionOffset} {record.Value} {record.Value.Id}")
                .Concat(extensions.GetLines(section).Select(record => $"{section} {record.InstructionOffset} {record.Value}"))
                .Concat(extensions.GetRelocations(section).Select(record => $"{section} {record.InstructionOffset} {record.Value}"))),
    ];
}
