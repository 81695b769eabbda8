using Ebpf.Btf;
using Ebpf.Btf.Building;

namespace Ebpf.Spec.Tests.Btf;

public sealed class KernelEncoderTests
{
    private static readonly ByteOrder Host = BitConverter.IsLittleEndian ? ByteOrder.LittleEndian : ByteOrder.BigEndian;

    private readonly BtfBlob _blob = new(Host);

    private BtfSpec Encode(BtfKernelSupport support = BtfKernelSupport.All) => Encode(_blob.Parse(), support);

    private static BtfSpec Encode(BtfSpec types, BtfKernelSupport support = BtfKernelSupport.All) =>
        BtfSpec.Parse(types.EncodeForKernel(support));

    [Fact]
    public void NothingToChange_GivesTheSameBytes()
    {
        uint number = _blob.Int("int", 4, 1);
        _blob.Struct("pair", 8, ("a", number, 0), ("b", number, 32));
        uint variable = _blob.Variable("x", number, VariableLinkage.Global);
        _blob.DataSection(".data", 4, (variable, 0, 4));
        _blob.Function("f", _blob.Prototype(number, ("a", number)), FunctionLinkage.Global);
        _blob.Enum("e", true, ("A", -1));
        byte[] raw = _blob.Build();

        Assert.Equal(raw, BtfSpec.Parse(raw).EncodeForKernel());
    }

    [Fact]
    public void Input_IsNeverChanged()
    {
        byte[] raw = BtfBlob.WithEverything(Host).Build();
        byte[] before = [.. raw];
        BtfSpec types = BtfSpec.Parse(raw);
        BtfCompletion completion = new(raw);
        completion.Place(completion.Draft.Get<DataSectionType>(".bss").Id, 8, [4]);
        types.EncodeForKernel(BtfKernelSupport.None);

        Assert.Equal(before, raw);
    }

    [Fact]
    public void OtherByteOrder_IsRefusedClearly()
    {
        BtfSpec types = new BtfBlob(Host == ByteOrder.LittleEndian ? ByteOrder.BigEndian : ByteOrder.LittleEndian).Parse();

        BpfException error = Assert.Throws<BpfException>(() => types.EncodeForKernel());

        Assert.Contains("byte order", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NoTypes_GetsOne_SinceTheKernelWantsOne() => Assert.Equal(2, Encode().Count);

    [Fact]
    public void FunctionsParametersWithoutNames_GetThem_SinceTheKernelRefusesThem()
    {
        uint number = _blob.Int("int", 4, 1);
        uint function = _blob.Function("f", _blob.Prototype(number, ("", number), ("", 0)), FunctionLinkage.Static);
        uint pointed = _blob.Prototype(number, ("", number));

        BtfSpec encoded = Encode();

        FunctionPrototypeType prototype = ((FunctionType)encoded[function]).Prototype;
        Assert.Equal("param", Assert.Single(prototype.Parameters).Name);
        Assert.True(prototype.IsVariadic);
        Assert.Equal("", ((FunctionPrototypeType)encoded[pointed]).Parameters[0].Name);
    }

    [Fact]
    public void AttributeTags_ForKernelsThatHaveOnlyOthers_AreReplaced()
    {
        BtfBuilder types = new();
        BtfTypeId number = types.AddInt("int", 4);
        BtfTypeId plain = types.AddTypeTag("user", number), attribute = types.AddTypeTag("address_space(1)", number, isAttribute: true);
        BtfTypeId composite = types.AddStruct("s").Add("a", number).Id;
        BtfTypeId plainTag = types.AddDeclTag("x", composite), attributeTag = types.AddDeclTag("y", composite, isAttribute: true);

        BtfSpec encoded = Encode(types.Build(), BtfKernelSupport.All & ~BtfKernelSupport.AttributeTag);

        Assert.Equal([BtfKind.TypeTag, BtfKind.Const, BtfKind.DeclTag, BtfKind.Int], new[] { plain, attribute, plainTag, attributeTag }.Select(id => encoded[id].Kind));
        Assert.True(((TypeTagType)Encode(types.Build())[attribute]).IsAttribute);
    }

    [Fact]
    public void Layout_IsLeftOutForKernelsThatDoNotKnowIt()
    {
        BtfBuilder types = new() { IncludesLayout = true };
        types.AddInt("int", 4);

        Assert.Equal(32, types.Build().EncodeForKernel()[4]);
        Assert.Equal(24, types.Build().EncodeForKernel(BtfKernelSupport.All & ~BtfKernelSupport.Layout)[4]);
    }

    [Fact]
    public void MoreTypesThanTheKernelTakes_AreRefusedClearly()
    {
        for (uint id = 1; id <= 0x10_0000; id++) _blob.Pointer(0);

        BpfException error = Assert.Throws<BpfException>(() => Encode());

        Assert.Contains("1048576 types", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryKernel_KeepsIdsAndKnowsEveryKind()
    {
        BtfSpec types = BtfBlob.WithEverything(Host).Parse();
        BtfSpec oldest = Encode(types, BtfKernelSupport.None);

        Assert.All(oldest.All, type => Assert.True(type.Kind <= BtfKind.Restrict, $"{type.Id} is {type.Kind}"));
        foreach (BtfType type in types.All.Where(type => type.Kind <= BtfKind.Restrict))
            Assert.Equal((type.Kind, type.Name), (oldest[type.Id].Kind, oldest[type.Id].Name));
    }

    [Fact]
    public void Layout_IsKeptOrTakenOut()
    {
        _blob.Int("int", 4);
        byte[] layout = new byte[80];
        layout[4] = 4;
        byte[] raw = _blob.Build(32, layout);
        BtfSpec types = BtfSpec.Parse(raw);

        Assert.Equal(raw, types.EncodeForKernel());
        Assert.Equal(_blob.Build(), types.EncodeForKernel(BtfKernelSupport.All & ~BtfKernelSupport.Layout));
    }

    [Fact]
    public void UnusualHeader_BecomesThePlainOne()
    {
        _blob.Int("int", 4);

        Assert.Equal(_blob.Build(), BtfSpec.Parse(_blob.Build(48)).EncodeForKernel());
    }

    [Fact]
    public void Completion_OfADataSection_ShowsInTheTypeAndInTheEncoding()
    {
        uint number = _blob.Int("int", 4);
        uint a = _blob.Variable("a", number, VariableLinkage.Global);
        uint b = _blob.Variable("b", number, VariableLinkage.Global);
        uint id = _blob.DataSection(".data", 0, (a, 0, 4), (b, 0, 4));
        BtfCompletion completion = new(_blob.Build());
        DataSectionType draft = (DataSectionType)completion.Draft[id];
        Assert.Equal([0u, 0u], draft.Entries.Select(entry => entry.Offset));

        completion.Place(draft.Id, 16, [8, 4]);

        BtfSpec types = completion.Build();
        DataSectionType section = (DataSectionType)types[id];
        Assert.Equal(16u, section.Size);
        Assert.Equal([("a", 8u), ("b", 4u)], section.Entries.Select(entry => (entry.Type.Name, entry.Offset)));
        DataSectionType encoded = (DataSectionType)Encode(types)[id];
        Assert.Equal(16u, encoded.Size);
        Assert.Equal([("b", 4u, 4u), ("a", 8u, 4u)], encoded.Entries.Select(entry => (entry.Type.Name, entry.Offset, entry.Size)));
        Assert.Throws<ArgumentException>(() => completion.Place(draft.Id, 4, []));
    }

    [Theory]
    [InlineData(ByteOrder.LittleEndian)]
    [InlineData(ByteOrder.BigEndian)]
    public void Completion_OfAFunction_ShowsInTheTypeWhateverTheByteOrder(ByteOrder order)
    {
        BtfBlob blob = new(order);
        uint function = blob.Function("f", blob.Prototype(blob.Int("int", 4)), FunctionLinkage.Global);
        BtfCompletion completion = new(blob.Build());

        completion.SetLinkage(completion.Draft[function].Id, FunctionLinkage.Static);

        Assert.Equal(FunctionLinkage.Static, ((FunctionType)completion.Build()[function]).Linkage);
        if (order == Host) Assert.Equal(FunctionLinkage.Static, ((FunctionType)Encode(completion.Build())[function]).Linkage);
    }

    [Fact]
    public void Ksyms_BecomeGlobalIntegersInARow()
    {
        uint number = _blob.Int("int", 4, 1);
        uint typeless = _blob.Variable("bpf_prog_active", _blob.Const(0), VariableLinkage.Extern);
        uint function = _blob.Function("kfunc", _blob.Prototype(number, ("", number), ("named", number), ("", 0)), FunctionLinkage.Extern);
        uint other = _blob.Function("kfunc2", _blob.Prototype(0), FunctionLinkage.Extern);
        uint id = _blob.DataSection(".ksyms", 0, (typeless, 0, 0), (function, 0, 0), (other, 0, 0));
        BtfSpec encoded = Encode();
        DataSectionType section = (DataSectionType)encoded[id];

        Assert.Equal(12u, section.Size);
        Assert.Equal([(0u, 4u), (4u, 4u), (8u, 4u)], section.Entries.Select(entry => (entry.Offset, entry.Size)));
        Assert.Equal(["bpf_prog_active", "dummy_ksym", "dummy_ksym"], section.Entries.Select(entry => entry.Type.Name));
        Assert.All(section.Entries, entry => Assert.Equal((VariableLinkage.Global, number), (entry.Variable!.Linkage, entry.Variable.Type.Id.Value)));
        Assert.Equal(FunctionLinkage.Global, ((FunctionType)encoded[function]).Linkage);
        Assert.Equal(["param", "named", ""], ((FunctionType)encoded[function]).Prototype.Parameters.Select(p => p.Name).Append(""));
        Assert.True(((FunctionType)encoded[function]).Prototype.IsVariadic);
    }

    [Fact]
    public void Ksyms_WithoutAnIntegerOf4Bytes_GetOne()
    {
        uint id = _blob.DataSection(".ksyms", 0, (_blob.Variable("sym", 0, VariableLinkage.Extern), 0, 0));
        BtfSpec encoded = Encode();

        IntType number = Assert.IsType<IntType>(((DataSectionType)encoded[id]).Entries[0].Variable!.Type);
        Assert.Equal((_blob.NextId, "int", 4u, true), (number.Id.Value, number.Name, number.Size, number.IsSigned));
    }

    [Fact]
    public void Kconfig_IsLaidOutByAlignmentSizeAndName()
    {
        uint character = _blob.Int("char", 1, 1);
        uint number = _blob.Int("int", 4, 1);
        uint wide = _blob.Int("long", 8);
        uint text = _blob.Array(character, number, 3);
        (uint, uint, uint) Extern(string name, uint type, uint size) => (_blob.Variable(name, type, VariableLinkage.Extern), 0, size);
        uint id = _blob.DataSection(
            ".kconfig",
            0,
            Extern("text", text, 3),
            Extern("b_flag", character, 1),
            Extern("version", number, 4),
            Extern("a_flag", character, 1),
            Extern("hz", wide, 8));
        BtfSpec types = _blob.Parse();
        DataSectionType encoded = (DataSectionType)Encode(types)[id];

        Assert.Equal(17u, encoded.Size);
        Assert.Equal(
            [("hz", 0u), ("version", 8u), ("a_flag", 12u), ("b_flag", 13u), ("text", 14u)],
            encoded.Entries.Select(entry => (entry.Type.Name, entry.Offset)));
        Assert.All(encoded.Entries, entry => Assert.Equal(VariableLinkage.Global, entry.Variable!.Linkage));

        BtfCompletion completion = new(_blob.Build());
        completion.PlaceKconfig((DataSectionType)completion.Draft[id]);
        Assert.Equal([14u, 13u, 8u, 12u, 0u], ((DataSectionType)completion.Build()[id]).Entries.Select(entry => entry.Offset));
    }

    [Fact]
    public void Kconfig_WithAVariableWithoutSize_NamesIt()
    {
        _blob.DataSection(".kconfig", 0, (_blob.Variable("CONFIG_X", 0, VariableLinkage.Extern), 0, 0));

        ObjectFormatException error = Assert.Throws<ObjectFormatException>(() => Encode());

        Assert.Equal((".kconfig", "CONFIG_X"), (error.Section, error.Symbol));
    }

    [Fact]
    public void WithoutFunctions_TheyBecomeTypedefsOfEnumerations()
    {
        uint number = _blob.Int("int", 4);
        uint prototype = _blob.Prototype(number, ("a", number), ("", number), ("", 0));
        uint function = _blob.Function("f", prototype, FunctionLinkage.Global);
        BtfSpec encoded = Encode(BtfKernelSupport.All & ~BtfKernelSupport.Function);

        EnumType enumeration = Assert.IsType<EnumType>(encoded[prototype]);
        Assert.Equal((4u, false), (enumeration.Size, enumeration.IsSigned));
        Assert.Equal(["a", "param", "param"], enumeration.Values.Select(value => value.Name));
        Assert.Same(enumeration, Assert.IsType<TypedefType>(encoded[function]).Target);
    }

    [Fact]
    public void WithoutGlobalFunctions_TheyBecomeStatic()
    {
        uint function = _blob.Function("f", _blob.Prototype(0), FunctionLinkage.Global);

        BtfSpec encoded = Encode(BtfKernelSupport.All & ~BtfKernelSupport.GlobalFunction);

        Assert.Equal(FunctionLinkage.Static, ((FunctionType)encoded[function]).Linkage);
    }

    [Fact]
    public void WithoutDataSections_TheyBecomeStructures()
    {
        uint number = _blob.Int("int", 4);
        uint a = _blob.Variable("a", number, VariableLinkage.Global);
        uint local = _blob.Variable("main.local", number, VariableLinkage.Static);
        uint kfunc = _blob.Function("kfunc", _blob.Prototype(0), FunctionLinkage.Extern);
        uint id = _blob.DataSection(".data.two", 8, (a, 0, 4), (local, 4, 4));
        uint ksyms = _blob.DataSection(".ksyms", 0, (kfunc, 0, 0));
        uint tag = _blob.DeclTag("tag", a);
        BtfSpec encoded = Encode(BtfKernelSupport.All & ~BtfKernelSupport.DataSection);

        StructType section = Assert.IsType<StructType>(encoded[id]);
        Assert.Equal(("_data_two", 8u), (section.Name, section.Size));
        Assert.Equal([("a", 0u, a), ("", 4u, local)], section.Members.Select(member => (member.Name, member.Offset, member.Type.Id.Value)));
        IntType variable = Assert.IsType<IntType>(encoded[a]);
        Assert.Equal((1u, 8u), (variable.Size, variable.BitSize));
        Assert.IsType<IntType>(Assert.IsType<StructType>(encoded[ksyms]).Members[0].Type);
        Assert.IsType<IntType>(encoded[tag]);
    }

    [Fact]
    public void WithoutQuestionMarks_OnlyThatSectionIsRenamed()
    {
        uint section = _blob.DataSection("?.data.x", 4);
        uint tag = _blob.DeclTag("?.data.x", section);
        BtfSpec encoded = Encode(BtfKernelSupport.All & ~BtfKernelSupport.QuestionMarkDataSection);

        Assert.Equal("_.data.x", Assert.IsType<DataSectionType>(encoded[section]).Name);
        Assert.Equal("?.data.x", encoded[tag].Name);
        Assert.Equal("?.data.x", Encode()[section].Name);
    }

    [Fact]
    public void WithoutFloats_TheyBecomeEmptyStructures()
    {
        uint real = _blob.Add(BtfKind.Float, "double", 8);
        BtfSpec encoded = Encode(BtfKernelSupport.All & ~BtfKernelSupport.Float);

        StructType replacement = Assert.IsType<StructType>(encoded[real]);
        Assert.Equal(("", 8u, 0), (replacement.Name, replacement.Size, replacement.Members.Length));
    }

    [Fact]
    public void WithoutTags_TheyBecomeBytesAndConst()
    {
        uint number = _blob.Int("int", 4);
        uint declaration = _blob.DeclTag("tag", number, 3);
        uint type = _blob.Add(BtfKind.TypeTag, "user", number);
        BtfSpec encoded = Encode(BtfKernelSupport.All & ~(BtfKernelSupport.DeclTag | BtfKernelSupport.TypeTag));

        IntType replacement = Assert.IsType<IntType>(encoded[declaration]);
        Assert.Equal((1u, 8u, 0u, false), (replacement.Size, replacement.BitSize, replacement.BitOffset, replacement.IsSigned));
        ConstType constant = Assert.IsType<ConstType>(encoded[type]);
        Assert.Equal(("", number), (constant.Name, constant.Target.Id.Value));
    }

    [Fact]
    public void WithoutEnum64_ItBecomesAUnionAndSignsAreDropped()
    {
        uint wide = _blob.Enum64("wide", true, ("A", 1), ("B", ulong.MaxValue));
        uint narrow = _blob.Enum("narrow", true, ("C", -1));
        uint second = _blob.Enum64("second", false, ("D", 5));
        BtfSpec encoded = Encode(BtfKernelSupport.All & ~BtfKernelSupport.Enum64);

        UnionType union = Assert.IsType<UnionType>(encoded[wide]);
        Assert.Equal(("wide", 8u), (union.Name, union.Size));
        Assert.Equal([("A", 0u), ("B", 0u)], union.Members.Select(member => (member.Name, member.BitOffset)));
        IntType placeholder = Assert.IsType<IntType>(union.Members[1].Type);
        Assert.Equal(("enum64_placeholder", 1u, _blob.NextId), (placeholder.Name, placeholder.Size, placeholder.Id.Value));
        Assert.Same(placeholder, Assert.IsType<UnionType>(encoded[second]).Members[0].Type);
        Assert.False(Assert.IsType<EnumType>(encoded[narrow]).IsSigned);
        Assert.Equal(encoded.Count - 1, (int)placeholder.Id.Value);
    }
}
