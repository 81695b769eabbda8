using Ebpf.Btf;

namespace Ebpf.Spec.Tests.Btf;

public sealed class BtfBuilderTests
{
    private readonly BtfBuilder _types = new();

    private BtfTypeId Int() => _types.AddInt("int", 4, IntEncoding.Signed);

    private BtfTypeId U8() => _types.AddInt("unsigned char", 1);

    private BtfTypeId U64() => _types.AddInt("unsigned long", 8);

    private T Build<T>(BtfTypeId id)
        where T : BtfType => Assert.IsType<T>(_types.Build()[id]);

    [Fact]
    public void AddStruct_PlacesMembersAsC()
    {
        BtfTypeId text = _types.AddArray(_types.AddInt("char", 1, IntEncoding.Signed), 16);
        BtfTypeId id = _types.AddStruct("event").Add("pid", Int()).Add("comm", text).Add("flag", U8()).Add("time", U64()).Id;

        StructType built = Build<StructType>(id);

        Assert.Equal("event", built.Name);
        Assert.Equal(32u, built.Size);
        Assert.Equal(["int pid", "char comm[16]", "unsigned char flag", "unsigned long time"], built.Members.Select(m => m.ToString()));
        Assert.Equal([0u, 4u, 20u, 24u], built.Members.Select(m => m.Offset));
    }

    [Fact]
    public void AddStruct_Packed_LeavesNoPadding()
    {
        BtfTypeId id = _types.AddStruct("p", isPacked: true).Add("a", U8()).Add("b", U64()).Id;

        Assert.Equal([0u, 1u], Build<StructType>(id).Members.Select(m => m.Offset));
        Assert.Equal(9u, Build<StructType>(id).Size);
    }

    [Fact]
    public void AddUnion_PlacesAllAtTheBeginning()
    {
        UnionType built = Build<UnionType>(_types.AddUnion("u").Add("a", U8()).Add("b", U64()).Id);

        Assert.All(built.Members, member => Assert.Equal(0u, member.Offset));
        Assert.Equal(8u, built.Size);
    }

    [Fact]
    public void AddBitField_FillsUnitsAndCrossesNone()
    {
        BtfTypeId number = Int();
        BtfTypeId id = _types.AddStruct("bits")
            .Add("first", U8())
            .AddBitField("a", number, 20)
            .AddBitField("b", number, 10)
            .AddBitField("", number, 0)
            .AddBitField("c", U8(), 3)
            .Id;

        StructType built = Build<StructType>(id);

        // As clang -target bpf lays it out: a fits behind the first byte, b would cross 32 bits, "int : 0" ends the unit.
        Assert.Equal([(0u, 0u), (8u, 20u), (32u, 10u), (64u, 3u)], built.Members.Select(m => (m.BitOffset, m.BitSize)));
        Assert.Equal(12u, built.Size);
    }

    [Fact]
    public void AddStruct_RefersToItselfBeforeItHasMembers()
    {
        CompositeBuilder node = _types.AddStruct("node");
        node.Add("next", _types.AddPointer(node.Id)).Add("value", Int());

        StructType built = Build<StructType>(node.Id);

        Assert.Same(built, ((PointerType)built.Members[0].Type).Target);
        Assert.Equal(16u, built.Size);
    }

    [Fact]
    public void AddStruct_ThatContainsItself_Throws()
    {
        CompositeBuilder node = _types.AddStruct("node");

        Assert.Throws<ArgumentException>(() => node.Add("self", node.Id));
        Assert.Throws<ArgumentException>(() => node.Add("selves", _types.AddArray(node.Id, 2)));
    }

    [Fact]
    public void Add_ToAStructThatAnotherContains_Throws()
    {
        CompositeBuilder inner = _types.AddStruct("inner").Add("a", Int());
        _types.AddStruct("outer").Add("inner", inner.Id);

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => inner.Add("b", Int()));

        Assert.Contains("struct inner", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Build_MemberOutsideOfTheSizeThatWasSet_Throws()
    {
        _types.AddStruct("s").AddAt("a", Int(), 4).WithSize(6);

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => _types.Build());

        Assert.Contains("end at byte 8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Build_EveryKind_GivesItBack()
    {
        BtfTypeId number = Int();
        BtfTypeId prototype = _types.AddFunctionPrototype(number).Add("ctx", _types.AddPointer(BtfTypeId.Void)).AddVariadic().Id;
        BtfTypeId function = _types.AddFunction("main", prototype, FunctionLinkage.Global);
        BtfTypeId variable = _types.AddVariable("v", _types.AddVolatile(_types.AddConst(number)), VariableLinkage.Static);
        BtfTypeId section = _types.AddDataSection(".data").Add(variable).AddAt(variable, 16, 4).Id;
        BtfTypeId color = _types.AddEnum("color", isSigned: true).Add("RED", -1).Add("GREEN", int.MaxValue).Id;
        BtfTypeId wide = _types.AddEnum("wide", size: 8).Add("HUGE", ulong.MaxValue).Id;
        BtfTypeId alias = _types.AddTypedef("alias", _types.AddRestrict(_types.AddPointer(_types.AddForward("later", isUnion: true))));
        BtfTypeId real = _types.AddFloat("double", 8);
        BtfTypeId tagged = _types.AddTypeTag("user", number);
        BtfTypeId attribute = _types.AddTypeTag("address_space(1)", number, isAttribute: true);
        BtfTypeId tag = _types.AddDeclTag("arg", function, 0, isAttribute: true);
        BtfSpec built = _types.Build();

        Assert.Equal("int main(void *, ...)", built[function].ToString());
        Assert.Equal(FunctionLinkage.Global, ((FunctionType)built[function]).Linkage);
        Assert.Equal("volatile const int v", built[variable].ToString());
        Assert.Equal(VariableLinkage.Static, ((VariableType)built[variable]).Linkage);
        Assert.Equal([0u, 16u], ((DataSectionType)built[section]).Entries.Select(entry => entry.Offset));
        Assert.Equal(20u, ((DataSectionType)built[section]).Size);
        Assert.Equal([-1L, int.MaxValue], ((EnumType)built[color]).Values.Select(value => value.Value));
        Assert.Equal(BtfKind.Enum64, built[wide].Kind);
        Assert.Equal(ulong.MaxValue, ((EnumType)built[wide]).Values[0].UnsignedValue);
        Assert.Equal("union later *restrict", ((TypedefType)built[alias]).Target.ToString());
        Assert.Equal(8u, ((FloatType)built[real]).Size);
        Assert.False(((TypeTagType)built[tagged]).IsAttribute);
        Assert.True(((TypeTagType)built[attribute]).IsAttribute);
        Assert.Equal((0, true), (((DeclTagType)built[tag]).ComponentIndex, ((DeclTagType)built[tag]).IsAttribute));
        Assert.Equal(["arg"], ((FunctionType)built[function]).GetParameterTags(0));
    }

    [Theory]
    [InlineData(ByteOrder.LittleEndian)]
    [InlineData(ByteOrder.BigEndian)]
    public void Build_EitherByteOrder_ReadsTheSame(ByteOrder order)
    {
        BtfBuilder types = new(order);
        BtfTypeId id = types.AddStruct("s").Add("a", types.AddInt("int", 4)).Id;

        BtfSpec built = types.Build();

        Assert.Equal(order, built.ByteOrder);
        Assert.Equal("int a", Assert.Single(((StructType)built[id]).Members).ToString());
    }

    [Fact]
    public void OnTopOf_ContinuesIdsAndUsesTheStringsOfTheBase()
    {
        BtfTypeId number = Int();
        BtfSpec kernel = _types.Build();
        BtfBuilder module = BtfBuilder.OnTopOf(kernel);
        BtfTypeId own = module.AddStruct("own").Add("int", number).Id;

        BtfSpec built = module.Build();

        Assert.Equal(2u, own.Value);
        Assert.Same(kernel[number], ((StructType)built[own]).Members[0].Type);
        Assert.Equal("own\0"u8.ToArray(), built.Strings.Bytes.ToArray());
        Assert.Equal(number, module.Add(kernel[number]));
    }

    [Fact]
    public void From_KeepsIdsAndChangesWhatIsAsked()
    {
        BtfSpec before = BtfBlob.WithEverything(ByteOrder.LittleEndian).Parse();
        BtfBuilder types = BtfBuilder.From(before);
        StructType pair = before.Get<StructType>("pair");
        types.Rename(pair.Id, "couple");
        types.EditComposite(pair.Id).Add("more", before.Get<IntType>("char").Id);
        types.EditEnum(before.Get<EnumType>("color").Id).Add("BLUE", 7);
        types.SetLinkage(before.Get<FunctionType>("main").Id, FunctionLinkage.Static);
        types.SetTarget(before.Get<TypedefType>("u32").Id, before.Get<IntType>("char").Id);

        BtfSpec after = types.Build();

        Assert.Equal(before.Count, after.Count);
        Assert.Equal(["int key", "char comm[16]", "int", "char more"], after.Get<StructType>("couple").Members.Select(m => m.ToString().Trim()));
        Assert.Equal(28u, after.Get<StructType>("couple").Size);
        Assert.Equal("BLUE = 7", after.Get<EnumType>("color").Values[^1].ToString());
        Assert.Equal(FunctionLinkage.Static, after.Get<FunctionType>("main").Linkage);
        Assert.Equal("char", after.Get<TypedefType>("u32").Target.Name);
        Assert.Equal(["whole"], after[pair.Id].Tags);
    }

    [Fact]
    public void From_UnchangedBtf_GivesTheSameBytes()
    {
        byte[] raw = BtfBlob.WithEverything(ByteOrder.BigEndian).Build();

        Assert.Equal(raw, BtfBuilder.From(BtfSpec.Parse(raw)).Build().ToArray());
    }

    [Fact]
    public void Redirect_MovesEveryReference()
    {
        BtfTypeId number = Int(), other = U64();
        BtfTypeId pointer = _types.AddPointer(number);
        BtfTypeId composite = _types.AddStruct("s").Add("a", number).Id;
        _types.Redirect(number, other);

        BtfSpec built = _types.Build();

        Assert.Same(built[other], ((PointerType)built[pointer]).Target);
        Assert.Same(built[other], ((StructType)built[composite]).Members[0].Type);
    }

    [Fact]
    public void Names_ThatTheKernelRefuses_Throw()
    {
        Assert.Contains("'-' at 1", Assert.Throws<ArgumentException>(() => _types.AddStruct("a-b")).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => _types.AddStruct("1a"));
        Assert.Throws<ArgumentException>(() => _types.AddTypedef("", BtfTypeId.Void));
        Assert.Throws<ArgumentException>(() => _types.AddInt("a\0b", 4));
        Assert.Throws<ArgumentException>(() => _types.AddForward(new string('x', 512)));
        Assert.Throws<ArgumentException>(() => _types.AddDataSection(".d\n"));
        Assert.Throws<ArgumentException>(() => _types.AddEnum("e").Add("", 1));
        _types.AddForward(new string('x', 511));
        _types.AddInt("unsigned int", 4);
        _types.AddDataSection("?.struct_ops");
        _types.AddVariable("main.local", Int());
    }

    [Fact]
    public void Ids_ThatDoNotExist_Throw()
    {
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() => _types.AddPointer(new BtfTypeId(1)));

        Assert.Contains("There is no type 1", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => _types.AddStruct().Add("a", new BtfTypeId(99)));
        Assert.Throws<ArgumentException>(() => _types.AddFunction("f", Int()));
        Assert.Throws<ArgumentException>(() => _types.AddDeclTag("t", Int()));
        Assert.Throws<ArgumentOutOfRangeException>(() => _types.AddDeclTag("t", _types.AddTypedef("t", BtfTypeId.Void), 0));
        Assert.Throws<ArgumentException>(() => _types.AddDataSection(".data").Add(Int()));
    }

    [Fact]
    public void Values_ThatDoNotFit_Throw()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _types.AddEnum("a").Add("X", -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => _types.AddEnum("b", 1).Add("X", 256));
        Assert.Throws<ArgumentOutOfRangeException>(() => _types.AddEnum("c", isSigned: true).Add("X", 1L << 31));
        Assert.Throws<ArgumentOutOfRangeException>(() => _types.AddEnum("d", 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => _types.AddInt("x", 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => _types.AddStruct().AddBitField("b", U8(), 9));
    }

    [Fact]
    public void IncludesLayout_WritesTheTableAndComesBack()
    {
        Int();
        _types.IncludesLayout = true;

        byte[] raw = _types.Build().ToArray();

        Assert.Equal(32, raw[4]);
        Assert.Equal(raw, BtfBuilder.From(BtfSpec.Parse(raw)).Build().ToArray());
        Assert.Equal(ByteOrder.BigEndian, BtfSpec.Parse(BtfSpec.Parse(raw).ToArray(ByteOrder.BigEndian)).ByteOrder);
    }
}
