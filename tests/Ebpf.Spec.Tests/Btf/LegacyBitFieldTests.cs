using Ebpf.Btf;

namespace Ebpf.Spec.Tests.Btf;

/// <summary>Bit fields of compilers before LLVM 7: size and a part of the offset are in the integer that a member has.</summary>
public sealed class LegacyBitFieldTests
{
    /// <summary><c>struct s { int a : 3; int b : 5; }</c>, whose integers are in the base or not.</summary>
    private static BtfSpec Split(bool inBase, bool behindTypedef = false)
    {
        BtfBlob kernel = new();
        kernel.Int("int", 4, 1);
        if (inBase) Bits(kernel, behindTypedef);
        BtfBlob module = new(firstId: kernel.NextId, firstString: kernel.EndOfStrings);
        if (!inBase) Bits(module, behindTypedef);
        uint last = module.NextId - 1;
        module.Struct("s", 4, ("a", behindTypedef ? last - 2 : last - 1, 0), ("b", last, 0));
        return module.Parse(kernel.Parse());
    }

    private static void Bits(BtfBlob blob, bool behindTypedef)
    {
        uint a = blob.Int("int", 4, 1, bits: 3), b = blob.Int("int", 4, 1, bits: 5, offset: 3);
        if (!behindTypedef) return;
        blob.Const(blob.Typedef("a_t", a));
        blob.Typedef("b_t", b);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Members_IntegersInTheBaseOrNot_AreTheSameBitFields(bool inBase, bool behindTypedef)
    {
        StructType type = Split(inBase, behindTypedef).Get<StructType>("s");

        Assert.Equal([(0u, 3u), (3u, 5u)], type.Members.Select(member => (member.BitOffset, member.BitSize)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Value_IntegersInTheBaseOrNot_ReadsTheBits(bool inBase)
    {
        StructType type = Split(inBase).Get<StructType>("s");
        BtfValue value = new(type, [0b10110_011, 0, 0, 0]);

        Assert.Equal((3, -10), (value["a"].ToInt64(), value["b"].ToInt64()));
        Assert.Equal("{ a = 3, b = -10 }", value.Format());
    }

    [Fact]
    public void ToC_IntegersInTheBase_WritesBitFields()
    {
        string text = Split(inBase: true).Get<StructType>("s").ToC();

        Assert.Contains("a: 3;", text, StringComparison.Ordinal);
        Assert.Contains("b: 5;", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Locate_IntegersInTheBase_GivesBits()
    {
        MemberLocation location = Split(inBase: true).Locate("s.b");

        Assert.Equal((3ul, 5ul), (location.BitOffset, location.BitSize));
    }

    [Fact]
    public void EditComposite_WithBitFieldsOfTheOldEncoding_KnowsWhereTheyEnd()
    {
        BtfBlob blob = new();
        uint number = blob.Int("int", 4, 1), bits = blob.Int("int", 4, 1, bits: 3, offset: 5);
        uint id = blob.Struct("s", 4, ("a", bits, 24));
        BtfBuilder types = BtfBuilder.From(blob.Parse());

        CompositeBuilder composite = types.EditComposite(new BtfTypeId(id));

        Assert.Throws<InvalidOperationException>(() => composite.AddBitField("b", new BtfTypeId(number), 1));
        Assert.Equal(4u, ((StructType)types.Build()[id]).Size);
        composite.Add("next", new BtfTypeId(number));
        Assert.Equal([(29u, 3u), (32u, 0u)], ((StructType)types.Build()[id]).Members.Select(member => (member.BitOffset, member.BitSize)));
    }

    [Fact]
    public void Get_CircleOfTypedefsBehindAMember_IsNoBitField()
    {
        BtfBlob blob = new();
        blob.Int("int", 4, bits: 3);
        uint circle = blob.NextId;
        blob.Typedef("t", circle);
        uint id = blob.Struct("s", 4, ("a", circle, 0), ("b", 99, 32));

        Assert.All(((StructType)blob.Parse()[id]).Members, member => Assert.False(member.IsBitField));
    }
}
