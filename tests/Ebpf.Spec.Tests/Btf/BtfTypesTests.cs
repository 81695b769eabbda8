using Ebpf.Btf;

namespace Ebpf.Spec.Tests.Btf;

public sealed class BtfTypesTests
{
    public static TheoryData<ByteOrder> Orders => [ByteOrder.LittleEndian, ByteOrder.BigEndian];

    [Theory]
    [MemberData(nameof(Orders))]
    public void Parse_TellsTheByteOrderAndCountsVoid(ByteOrder order)
    {
        BtfBlob blob = new(order);
        blob.Int("int", 4);
        blob.Int("long", 8);

        BtfSpec types = blob.Parse();

        Assert.Equal(order, types.ByteOrder);
        Assert.Equal(3, types.Count);
        Assert.Same(VoidType.Instance, types[0]);
        Assert.Equal([1u, 2u], types.All.Select(type => type.Id.Value));
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Int_HasSizeEncodingAndBits(ByteOrder order)
    {
        BtfBlob blob = new(order);
        blob.Int("int", 4, encoding: 1);
        blob.Int("char", 1, encoding: 2);
        blob.Int("_Bool", 1, encoding: 4);
        blob.Int("", 4, bits: 7, offset: 3);
        BtfSpec types = blob.Parse();

        IntType number = Assert.IsType<IntType>(types[1]);
        Assert.Equal((BtfKind.Int, "int", 4u, 32u, 0u), (number.Kind, number.Name, number.Size, number.BitSize, number.BitOffset));
        Assert.Equal((true, false, false), (number.IsSigned, number.IsChar, number.IsBool));
        IntType character = Assert.IsType<IntType>(types[2]);
        Assert.Equal((false, true, false), (character.IsSigned, character.IsChar, character.IsBool));
        IntType truth = Assert.IsType<IntType>(types[3]);
        Assert.Equal((false, false, true), (truth.IsSigned, truth.IsChar, truth.IsBool));
        IntType bits = Assert.IsType<IntType>(types[4]);
        Assert.Equal((7u, 3u, ""), (bits.BitSize, bits.BitOffset, bits.Name));
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void References_LeadToTheSameObjectEveryTime(ByteOrder order)
    {
        BtfBlob blob = new(order);
        uint number = blob.Int("int", 4);
        uint pointer = blob.Pointer(number);
        uint array = blob.Array(pointer, number, 7);
        uint typedef = blob.Typedef("table", array);
        BtfSpec types = blob.Parse();

        TypedefType table = types.Get<TypedefType>("table");
        ArrayType target = Assert.IsType<ArrayType>(table.Target);

        Assert.Equal((typedef, array, 7u), (table.Id.Value, target.Id.Value, target.Length));
        Assert.Same(types[pointer], target.Element);
        Assert.Same(types[number], target.Index);
        Assert.Same(types[number], Assert.IsType<PointerType>(target.Element).Target);
        Assert.Same(table, types[typedef]);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Struct_HasMembersAtTheirOffsets(ByteOrder order)
    {
        BtfBlob blob = new(order);
        uint number = blob.Int("int", 4);
        blob.Struct("pair", 8, ("a", number, 0), ("b", number, 32));
        StructType pair = blob.Parse().Get<StructType>("pair");

        Assert.Equal((BtfKind.Struct, 8u), (pair.Kind, pair.Size));
        Assert.Equal(["a", "b"], pair.Members.Select(member => member.Name));
        Assert.Equal([0u, 4u], pair.Members.Select(member => member.Offset));
        Assert.All(pair.Members, member => Assert.Equal(number, member.Type.Id.Value));
        Assert.All(pair.Members, member => Assert.False(member.IsBitField));
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Union_WithKindFlag_HasBitFields(ByteOrder order)
    {
        BtfBlob blob = new(order);
        uint number = blob.Int("int", 4);
        blob.Composite(BtfKind.Union, "bits", 4, true, ("low", number, 3u << 24), ("all", number, 0), ("high", number, (29u << 24) | 3));
        UnionType bits = blob.Parse().Get<UnionType>("bits");

        Assert.Equal([(0u, 3u), (0u, 0u), (3u, 29u)], bits.Members.Select(member => (member.BitOffset, member.BitSize)));
        Assert.Equal([true, false, true], bits.Members.Select(member => member.IsBitField));
    }

    [Fact]
    public void Struct_WithBitFieldsInItsIntegers_ShowsThemAsMembersDo()
    {
        BtfBlob blob = new();
        uint number = blob.Int("int", 4);
        uint bits = blob.Int("", 4, bits: 5, offset: 2);
        uint alias = blob.Typedef("five_bits", blob.Const(bits));
        blob.Struct("old", 8, ("whole", number, 0), ("direct", bits, 32), ("behind", alias, 40));
        StructType old = blob.Parse().Get<StructType>("old");

        Assert.Equal([(0u, 0u), (34u, 5u), (42u, 5u)], old.Members.Select(member => (member.BitOffset, member.BitSize)));
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Enum_ExtendsValuesByItsSign(ByteOrder order)
    {
        BtfBlob blob = new(order);
        blob.Enum("signed", true, ("MINUS", -2), ("TWO", 2));
        blob.Enum("unsigned", false, ("TOP", -1));
        BtfSpec types = blob.Parse();

        EnumType signed = types.Get<EnumType>("signed");
        Assert.Equal((BtfKind.Enum, true, 4u), (signed.Kind, signed.IsSigned, signed.Size));
        Assert.Equal([("MINUS", -2L), ("TWO", 2L)], signed.Values.Select(value => (value.Name, value.Value)));
        Assert.Equal(0xffff_ffffu, types.Get<EnumType>("unsigned").Values[0].UnsignedValue);
        Assert.Equal("MINUS = -2", signed.Values[0].ToString());
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Enum64_HasWideValues(ByteOrder order)
    {
        BtfBlob blob = new(order);
        blob.Enum64("wide", false, ("HUGE", 0xfedc_ba98_7654_3210));
        EnumType wide = blob.Parse().Get<EnumType>("wide");

        Assert.Equal((BtfKind.Enum64, 8u), (wide.Kind, wide.Size));
        Assert.Equal(0xfedc_ba98_7654_3210, Assert.Single(wide.Values).UnsignedValue);
        Assert.Equal("HUGE = 18364758544493064720", wide.Values[0].ToString());
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Function_HasPrototypeAndLinkage(ByteOrder order)
    {
        BtfBlob blob = new(order);
        uint number = blob.Int("int", 4);
        uint prototype = blob.Prototype(number, ("a", number), ("", number), ("", 0));
        uint plain = blob.Prototype(0);
        blob.Function("printf", prototype, FunctionLinkage.Extern);
        blob.Function("none", plain, FunctionLinkage.Static);
        BtfSpec types = blob.Parse();

        FunctionType printf = types.Get<FunctionType>("printf");
        Assert.Equal(FunctionLinkage.Extern, printf.Linkage);
        Assert.True(printf.Prototype.IsVariadic);
        Assert.Equal(["a", ""], printf.Prototype.Parameters.Select(parameter => parameter.Name));
        Assert.Equal(number, printf.Prototype.Return.Id.Value);
        FunctionPrototypeType none = types.Get<FunctionType>("none").Prototype;
        Assert.Equal((false, 0, VoidType.Instance), (none.IsVariadic, none.Parameters.Length, none.Return));
    }

    [Fact]
    public void Function_ThatRefersToNoPrototype_Throws()
    {
        BtfBlob blob = new();
        blob.Function("odd", blob.Int("int", 4), FunctionLinkage.Static);
        FunctionType odd = blob.Parse().Get<FunctionType>("odd");

        ObjectFormatException error = Assert.Throws<ObjectFormatException>(() => odd.Prototype);

        Assert.Equal(".BTF", error.Section);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void DataSection_HasVariablesAndFunctions(ByteOrder order)
    {
        BtfBlob blob = new(order);
        uint number = blob.Int("int", 4);
        uint variable = blob.Variable("x", number, VariableLinkage.Extern);
        uint function = blob.Function("f", blob.Prototype(0), FunctionLinkage.Extern);
        blob.DataSection(".ksyms", 12, (variable, 8, 4), (function, 0, 0));
        DataSectionType section = blob.Parse().Get<DataSectionType>(".ksyms");

        Assert.Equal(12u, section.Size);
        Assert.Equal([(8u, 4u), (0u, 0u)], section.Entries.Select(entry => (entry.Offset, entry.Size)));
        Assert.Equal((VariableLinkage.Extern, "x"), (section.Entries[0].Variable!.Linkage, section.Entries[0].Variable!.Name));
        Assert.Null(section.Entries[1].Variable);
        Assert.IsType<FunctionType>(section.Entries[1].Type);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void OtherKinds_AreWhatTheySay(ByteOrder order)
    {
        BtfSpec types = BtfBlob.WithEverything(order).Parse();

        Assert.True(types.Get<ForwardType>("later").IsUnion);
        Assert.Equal(8u, types.Get<FloatType>("double").Size);
        Assert.Equal("double", types.Get<TypeTagType>("user").Target.Name);
        Assert.Equal(1, types.Get<DeclTagType>("member").ComponentIndex);
        Assert.Equal("pair", types.Get<DeclTagType>("member").Target.Name);
        Assert.Equal(-1, types.Get<DeclTagType>("whole").ComponentIndex);
        Assert.Equal(
            Enum.GetValues<BtfKind>().Where(kind => kind != BtfKind.Void),
            types.All.Select(type => type.Kind).Distinct().Order());
    }

    [Fact]
    public void Resolve_GoesBehindQualifiersAndTypedefs_SkipQualifiersStopsAtTypedefs()
    {
        BtfBlob blob = new();
        uint number = blob.Int("int", 4);
        uint alias = blob.Typedef("number", number);
        uint tagged = blob.Add(BtfKind.TypeTag, "user", blob.Const(blob.Add(BtfKind.Volatile, "", alias)));
        BtfSpec types = blob.Parse();

        Assert.Same(types[alias], types[tagged].SkipQualifiers());
        Assert.Same(types[number], types[tagged].Resolve());
        Assert.Same(types[number], types[number].Resolve());
    }

    [Fact]
    public void Tags_AreFoundOnTypesMembersAndParameters()
    {
        BtfSpec types = BtfBlob.WithEverything(ByteOrder.BigEndian).Parse();
        StructType pair = types.Get<StructType>("pair");

        Assert.Equal(["whole"], pair.Tags);
        Assert.Equal([[], ["member"], []], pair.Members.Select(member => member.Tags));
        Assert.Equal(["arg:nonnull"], types.Get<FunctionType>("main").GetParameterTags(0));
        Assert.Empty(types.Get<FunctionType>("main").GetParameterTags(1));
        Assert.Empty(types.Get<FunctionType>("main").Tags);
        Assert.Empty(VoidType.Instance.Tags);
    }

    [Fact]
    public void Tags_KeepTheOrderOfTheirIds()
    {
        BtfBlob blob = new();
        uint number = blob.Int("int", 4);
        foreach (string tag in (string[])["z", "a", "m", "b"]) blob.DeclTag(tag, number);

        Assert.Equal(["z", "a", "m", "b"], blob.Parse()[number].Tags);
    }

    [Fact]
    public void Indexer_FromManyThreads_GivesOneObject()
    {
        BtfSpec types = BtfBlob.WithEverything(ByteOrder.LittleEndian).Parse();
        BtfType[][] seen = new BtfType[8][];
        Parallel.For(0, seen.Length, i => seen[i] = [.. types.All]);

        Assert.All(seen, all => Assert.All(all.Zip(seen[0]), pair => Assert.Same(pair.Second, pair.First)));
    }
}
