using Ebpf.Btf;

namespace Ebpf.Spec.Tests.Btf;

public sealed class SplitBtfTests
{
    private static (BtfBlob Kernel, BtfSpec Base) Kernel()
    {
        BtfBlob kernel = new();
        kernel.Int("int", 4);
        kernel.Struct("shared", 4, ("a", 1, 0));
        return (kernel, kernel.Parse());
    }

    [Fact]
    public void Parse_SplitBtf_GoesOnWithIdsAndStringsOfItsBase()
    {
        (BtfBlob kernel, BtfSpec baseSpec) = Kernel();
        BtfBlob module = new(firstId: kernel.NextId, firstString: kernel.EndOfStrings);
        module.Pointer(2);
        module.Struct("own", 8, ("p", 3, 0));
        BtfSpec types = module.Parse(baseSpec);

        Assert.Equal(5, types.Count);
        Assert.Equal([1u, 2u, 3u, 4u], types.All.Select(type => type.Id.Value));
        Assert.Same(baseSpec[2], types[2]);
        Assert.Same(baseSpec[2], ((PointerType)types[3]).Target);
        Assert.Equal("own", types[4].Name);
        Assert.Equal(4u, types.Get<StructType>("own").Id.Value);
        for (int i = 0; i < 20; i++) Assert.Same(baseSpec[2], types.Get<StructType>("shared"));
    }

    [Fact]
    public void Parse_SplitBtfThatNamesATypeWithTheBasesString_FindsBoth()
    {
        (BtfBlob kernel, BtfSpec baseSpec) = Kernel();
        BtfBlob module = new(firstId: kernel.NextId, firstString: kernel.EndOfStrings);
        module.Struct("own", 8);
        byte[] raw = module.Build();
        raw[24] = (byte)kernel.String("shared");
        BtfSpec types = BtfSpec.Parse(raw, baseSpec);

        for (int i = 0; i < 20; i++) Assert.Equal([2u, 3u], types.Named("shared").Select(type => type.Id.Value));
        Assert.Equal(2u, types.NextWithEssentialName("shared"u8, 0));
        Assert.Equal(3u, types.NextWithEssentialName("shared"u8, 2));
        Assert.Equal(0u, types.NextWithEssentialName("shared"u8, 3));
    }

    [Fact]
    public void Parse_SplitBtfWithoutStringsOfItsOwn_IsAccepted()
    {
        (BtfBlob kernel, BtfSpec baseSpec) = Kernel();
        BtfBlob module = new(firstId: kernel.NextId, firstString: kernel.EndOfStrings);
        module.Pointer(2);

        Assert.Equal("struct shared *", module.Parse(baseSpec)[3].ToString());
    }

    [Fact]
    public void Parse_SplitBtfWithoutItsBase_SaysSo()
    {
        BtfBlob module = new(firstId: 3, firstString: 20);
        module.Struct("own", 8);

        ObjectFormatException error = Assert.Throws<ObjectFormatException>(() => module.Parse());

        Assert.Contains("needs its base", error.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_BaseOfAnotherByteOrder_Throws()
    {
        (_, BtfSpec baseSpec) = Kernel();
        BtfBlob module = new(ByteOrder.BigEndian);
        module.Int("int", 4);

        Assert.Throws<ObjectFormatException>(() => module.Parse(baseSpec));
    }

    [Fact]
    public void Tags_OfAModule_ShowOnTheModulesViewOnly()
    {
        (BtfBlob kernel, BtfSpec baseSpec) = Kernel();
        BtfBlob module = new(firstId: kernel.NextId, firstString: kernel.EndOfStrings);
        uint own = module.Struct("own", 8);
        module.DeclTag("of the module", own);

        Assert.Equal(["of the module"], module.Parse(baseSpec)[own].Tags);
        Assert.Empty(baseSpec[2].Tags);
    }

    [Fact]
    public void EncodeForKernel_SplitBtf_IsRefused()
    {
        (BtfBlob kernel, BtfSpec baseSpec) = Kernel();
        BtfBlob module = new(firstId: kernel.NextId, firstString: kernel.EndOfStrings);
        module.Pointer(2);

        Assert.Throws<BpfException>(() => module.Parse(baseSpec).EncodeForKernel());
    }
}
