using Ebpf.Btf;
using Ebpf.Btf.Building;

namespace Ebpf.Spec.Tests.Btf;

public sealed class BtfCopyTests
{
    [Theory]
    [InlineData(ByteOrder.LittleEndian)]
    [InlineData(ByteOrder.BigEndian)]
    public void Add_EveryTypeOfAnotherBtf_GivesEqualTypes(ByteOrder order)
    {
        BtfSpec source = BtfBlob.WithEverything(order).Parse();
        BtfBuilder types = new(ByteOrder.LittleEndian);
        BtfTypeId[] ids = [.. source.All.Select(types.Add)];

        BtfSpec built = types.Build();

        Assert.Equal(source.Count, built.Count);
        Assert.Equal(source.All.Select(type => type.ToString()), ids.Select(id => built[id].ToString()));
        Assert.Equal(source.All.Select(type => type.Tags), ids.Select(id => built[id].Tags));
    }

    [Fact]
    public void Add_Twice_CopiesOnce()
    {
        BtfSpec source = BtfBlob.WithEverything(ByteOrder.LittleEndian).Parse();
        BtfBuilder types = new();

        BtfTypeId first = types.Add(source.Get<StructType>("pair"));
        int count = types.Count;

        Assert.Equal(first, types.Add(source.Get<StructType>("pair")));
        Assert.Equal(count, types.Count);
    }

    [Fact]
    public void Add_BringsWhatItRefersToAndTheTags_AndNothingElse()
    {
        BtfSpec source = BtfBlob.WithEverything(ByteOrder.LittleEndian).Parse();
        BtfBuilder types = new();
        BtfTypeId id = types.Add(source.Get<StructType>("pair"));

        BtfSpec built = types.Build();

        StructType pair = Assert.IsType<StructType>(built[id]);
        Assert.Equal(["whole"], pair.Tags);
        Assert.Equal(["member"], pair.Members[1].Tags);
        Assert.Equal(["char", "int"], built.All.OfType<IntType>().Select(type => type.Name).Order(StringComparer.Ordinal));
        Assert.Equal(6, built.All.Count());
    }

    [Fact]
    public void Add_PutsTypesBehindThoseThatTheyReferTo()
    {
        BtfBlob blob = new();
        uint variable = blob.Variable("v", 2, VariableLinkage.Global);
        blob.Typedef("t", 3);
        blob.Int("int", 4);
        BtfSpec source = blob.Parse();
        BtfBuilder types = new();

        Assert.Equal(3u, types.Add(source[variable]).Value);
    }

    [Fact]
    public void Add_CircleOfAMillionTypes_NeedsNoStack()
    {
        const int count = 1_000_000;
        BtfBlob blob = new();
        for (uint id = 1; id <= count; id++) blob.Pointer(id % count + 1);
        BtfSpec source = blob.Parse();
        BtfBuilder types = new();
        types.Add(source[1]);

        Assert.Equal(count + 1, types.Count);
    }

    [Fact]
    public void Add_TypeThatRefersToNothing_ThrowsAndAddsNothing()
    {
        BtfBlob blob = new();
        uint id = blob.Struct("s", 8, ("a", 1, 0), ("b", 77, 0));
        BtfBuilder types = new();

        ObjectFormatException error = Assert.Throws<ObjectFormatException>(() => types.Add(blob.Parse()[id]));

        Assert.Contains("no type 77", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, types.Count);
    }

    [Fact]
    public void Add_FromSplitBtf_BringsTypesOfItsBase()
    {
        BtfBuilder kernel = new();
        BtfTypeId number = kernel.AddInt("int", 4);
        BtfSpec kernelTypes = kernel.Build();
        BtfBuilder module = BtfBuilder.OnTopOf(kernelTypes);
        BtfTypeId own = module.AddStruct("own").Add("a", number).Id;
        BtfSpec moduleTypes = module.Build();
        BtfBuilder types = new();

        StructType copy = Copy<StructType>(types, moduleTypes[own]);

        Assert.Equal("int a", copy.Members[0].ToString());
        Assert.Equal(types.Add(kernelTypes[number]), copy.Members[0].Type.Id);
    }

    [Fact]
    public void Add_StructToAStruct_HasSizeAndAlignmentOfItsOrigin()
    {
        BtfBuilder source = new();
        BtfTypeId inner = source.AddStruct("inner").Add("a", source.AddInt("long", 8)).Id;
        BtfBuilder types = new();
        BtfTypeId copy = types.Add(source.Build()[inner]);
        BtfTypeId outer = types.AddStruct("outer").Add("c", types.AddInt("char", 1)).Add("inner", copy).Id;

        StructType built = Assert.IsType<StructType>(types.Build()[outer]);

        Assert.Equal([0u, 8u], built.Members.Select(member => member.Offset));
        Assert.Equal(16u, built.Size);
    }

    [Fact]
    public void Add_WhatTheObjectFileKnowsBetter_IsCopied()
    {
        BtfCompletion completion = new(BtfBlob.WithEverything(ByteOrder.LittleEndian).Build());
        completion.Place(completion.Draft.Get<DataSectionType>(".bss").Id, 64, [32]);
        completion.SetLinkage(completion.Draft.Get<FunctionType>("main").Id, FunctionLinkage.Static);
        BtfSpec source = completion.Build();
        DataSectionType section = source.Get<DataSectionType>(".bss");
        BtfBuilder types = new();

        DataSectionType copy = Copy<DataSectionType>(types, section);
        FunctionType function = Copy<FunctionType>(types, source.Get<FunctionType>("main"));

        Assert.Equal((64u, 32u), (copy.Size, copy.Entries[0].Offset));
        Assert.Equal(FunctionLinkage.Static, function.Linkage);
        BtfSpec written = BtfSpec.Parse(source.ToArray());
        Assert.Equal((64u, 32u), (written.Get<DataSectionType>(".bss").Size, written.Get<DataSectionType>(".bss").Entries[0].Offset));
        Assert.Equal(FunctionLinkage.Static, written.Get<FunctionType>("main").Linkage);
    }

    private static T Copy<T>(BtfBuilder types, BtfType type)
        where T : BtfType
    {
        BtfTypeId id = types.Add(type);
        return Assert.IsType<T>(types.Build()[id]);
    }
}
