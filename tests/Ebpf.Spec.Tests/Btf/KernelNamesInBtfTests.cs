using Ebpf.Btf;
using Ebpf.Btf.Building;

namespace Ebpf.Spec.Tests.Btf;

/// <summary>Names that compilers of other languages than C write, and no kernel accepts.</summary>
public sealed class KernelNamesInBtfTests
{
    private readonly BtfBlob _blob = new(BitConverter.IsLittleEndian ? ByteOrder.LittleEndian : ByteOrder.BigEndian);

    private BtfSpec Encode(BtfKernelSupport support = BtfKernelSupport.All) => BtfSpec.Parse(_blob.Parse().EncodeForKernel(support));

    [Fact]
    public void Encode_NamesOfOtherLanguages_BecomeIdentifiers()
    {
        uint number = _blob.Int("u32", 4);
        uint pair = _blob.Struct("Pair<u32, u64>", 8, ("0", number, 0), ("__1", number, 32));
        uint value = _blob.Enum("Option<()>", false, ("Some(1)", 1), ("", 2));
        uint typedef = _blob.Typedef("9lives", number);
        uint prototype = _blob.Prototype(number, ("&self", number));
        uint function = _blob.Function("<T as U>::f", prototype, FunctionLinkage.Global);
        uint variable = _blob.Variable("größe", number, VariableLinkage.Global);

        BtfSpec types = Encode();

        Assert.Equal("Pair_u32__u64_", types[pair].Name);
        Assert.Equal(["_", "__1"], ((StructType)types[pair]).Members.Select(member => member.Name));
        Assert.Equal(("Option____", "Some_1_", "unnamed"), (
            types[value].Name, ((EnumType)types[value]).Values[0].Name, ((EnumType)types[value]).Values[1].Name));
        Assert.Equal("_lives", types[typedef].Name);
        Assert.Equal("_self", ((FunctionPrototypeType)types[prototype]).Parameters[0].Name);
        Assert.Equal("_T_as_U___f", types[function].Name);
        Assert.Equal("gr____e", types[variable].Name);
    }

    [Fact]
    public void Encode_PointersAndQualifiersWithNames_HaveNone()
    {
        uint number = _blob.Int("u8", 1);
        uint pointer = _blob.Add(BtfKind.Pointer, "*[2]u8", number);
        uint constant = _blob.Add(BtfKind.Const, "const u8", number);
        uint array = _blob.Add(BtfKind.Array, "[2]u8", 0, words: [number, number, 2]);

        BtfSpec types = Encode();

        Assert.All([pointer, constant, array], id => Assert.Equal("", types[id].Name));
    }

    [Fact]
    public void Encode_NamesThatTheKernelAccepts_AreUntouched()
    {
        uint number = _blob.Int("unsigned int", 4);
        _blob.Struct("s", 4, ("a.b", number, 0), ("", number, 0));
        _blob.Variable("main.count", number, VariableLinkage.Static);
        _blob.Typedef(new string('x', 511), number);
        byte[] raw = _blob.Build();

        Assert.Equal(raw, BtfSpec.Parse(raw).EncodeForKernel());
    }

    [Theory]
    [InlineData(BtfKernelSupport.All, 511)]
    [InlineData(BtfKernelSupport.Function | BtfKernelSupport.DataSection, 127)]
    internal void Encode_LongNames_AreCut(BtfKernelSupport support, int length)
    {
        uint id = _blob.Struct(new string('x', 3000), 0);

        Assert.Equal(new string('x', length), Encode(support)[id].Name);
    }

    [Fact]
    public void Encode_OneNameOfManyTypes_IsWrittenOnce()
    {
        uint number = _blob.Int("u32", 4);
        for (int i = 0; i < 1000; i++) _blob.Typedef("a<" + new string('b', 200) + ">", number);
        byte[] raw = _blob.Build();

        Assert.Equal(raw.Length + 204, BtfSpec.Parse(raw).EncodeForKernel().Length);
    }

    [Fact]
    public void Encode_NameOutsideOfTheStrings_IsLeftToTheKernel()
    {
        uint number = _blob.Int("u32", 4);
        uint id = _blob.Add(BtfKind.Enum, "e", 4, length: 1, words: [0x7fff_ffff, 1]);

        BtfSpec types = Encode();

        Assert.Throws<ObjectFormatException>(() => ((EnumType)types[id]).Values[0].Name);
        Assert.Equal("u32", types[number].Name);
    }
}
