using System.Text.Json;
using Ebpf.Btf;

namespace Ebpf.Spec.Tests.Btf;

/// <summary>Values of types that no compiler writes: they end soon, and with the right exception.</summary>
public sealed class BtfValueHostileTests
{
    private static readonly byte[] Bytes = [.. Enumerable.Repeat((byte)1, 4096)];

    private static void Exercise(BtfSpec types, uint id)
    {
        BtfValueFormat[] formats =
        [
            BtfValueFormat.Compact, new() { SkipZeros = true, MaxDepth = 128 }, new() { MaxElements = int.MaxValue, MultipleLines = true },
        ];
        foreach (byte[] bytes in new[] { Bytes, new byte[4096], [] })
        {
            foreach (BtfValueFormat format in formats)
            {
                BtfValue value = new(types[id], bytes);
                Assert.InRange(value.Format(format).Length, 1, (1 << 16) + 1);
                using Utf8JsonWriter writer = new(Stream.Null);
                value.WriteJson(writer, format);
            }
        }
    }

    [Fact]
    public void StructuresThatContainThemselves_AreCutOff()
    {
        BtfBlob blob = new();
        blob.Struct("s", 8, ("a", 1, 0), ("b", 1, 0), ("c", 1, 32));

        Exercise(blob.Parse(), 1);
    }

    [Fact]
    public void AnonymousStructuresThatContainThemselves_AreCutOff()
    {
        BtfBlob blob = new();
        blob.Struct("s", 8, ("", 1, 0), ("", 1, 0), ("", 2, 32));
        blob.Struct("", 8, ("", 1, 0), ("", 2, 0));

        Exercise(blob.Parse(), 1);
        Assert.False(new BtfValue(blob.Parse()[1], Bytes).TryGetMember("x", out _));
    }

    [Theory]
    [InlineData(1u)]
    [InlineData(0u)]
    public void ArraysOfBillions_AreCutOff(uint elementSize)
    {
        BtfBlob blob = new();
        uint element = blob.Struct("element", elementSize);
        uint array = blob.Array(element, element, uint.MaxValue);
        uint arrays = blob.Array(array, element, uint.MaxValue);

        Exercise(blob.Parse(), array);
        Exercise(blob.Parse(), arrays);
    }

    [Fact]
    public void MembersFarOutside_AreTruncated()
    {
        BtfBlob blob = new();
        uint number = blob.Int("int", 4, 1);
        uint holder = blob.Struct("s", 4, ("far", number, uint.MaxValue));
        uint bits = blob.Composite(BtfKind.Struct, "b", 4, true, ("far", number, 0xffffffff));

        Exercise(blob.Parse(), holder);
        Exercise(blob.Parse(), bits);
        Assert.Equal("{ far = <truncated> }", new BtfValue(blob.Parse()[holder], Bytes).ToString());
    }

    [Fact]
    public void BitFieldsOfTooManyBits_AreNoNumbers()
    {
        BtfBlob blob = new();
        uint number = blob.Int("int", 4, 1);
        uint bits = blob.Composite(BtfKind.Struct, "b", 4, true, ("wide", number, 255u << 24));

        Exercise(blob.Parse(), bits);
        BtfSpec types = blob.Parse();
        Assert.Throws<InvalidOperationException>(() => new BtfValue(types[bits], Bytes)["wide"].ToInt128());
    }

    [Fact]
    public void IntegersOfImpossibleBits_EndWithTheBytes()
    {
        BtfBlob blob = new();
        uint number = blob.Int("n", 1, bits: 200, offset: 255);
        uint far = blob.Int("far", 4, bits: 8, offset: 200);
        uint none = blob.Int("none", 0, bits: 0);
        BtfSpec types = blob.Parse();

        Exercise(types, number);
        Exercise(types, far);
        Exercise(types, none);
        Assert.Throws<ObjectFormatException>(() => new BtfValue(types[far], [1, 2, 3, 4]).ToInt64());
    }

    [Fact]
    public void TypesThatGoInCircles_AreMalformed()
    {
        BtfBlob blob = new();
        blob.Const(2);
        blob.Typedef("t", 1);
        BtfSpec types = blob.Parse();

        Assert.Throws<ObjectFormatException>(() => new BtfValue(types[1], Bytes).Format());
        Assert.Throws<ObjectFormatException>(() => new BtfValue(types[1], Bytes).ToInt64());
        Assert.Throws<ObjectFormatException>(() => types[1].Locate("a"));
        Assert.StartsWith("<type 1 goes through more than", new BtfValue(types[1], Bytes).ToString());
    }

    [Fact]
    public void NamesThatControlATerminal_AreTamed()
    {
        BtfBlob blob = new();
        uint number = blob.Int("int", 4);
        blob.Struct("s", 4, ("\u001b[31m\u009b", number, 0));

        Assert.Equal("{ ?[31m? = 16843009 }", new BtfValue(blob.Parse()[2], Bytes).ToString());
    }

    [Fact]
    public void ManyAnonymousParts_AreSearchedEachTime()
    {
        BtfBlob blob = new();
        const uint count = 200;
        for (uint i = 1; i <= count; i++) blob.Struct(i == 1 ? "s" : "", 4, ("", i + 1, 0));
        uint number = blob.NextId + 1;
        blob.Struct("", 4, ("deep", number, 0));
        blob.Int("int", 4);

        Assert.Equal(0x01010101, new BtfValue(blob.Parse()[1], Bytes)["deep"].ToInt64());
    }

    [Fact]
    public void FlagsWithEndlessNames_AreShownAsNumbers()
    {
        BtfBlob blob = new();
        string name = new('x', 4000);
        blob.Enum("e", false, (name + "a", 1), (name + "b", 2), (name + "c", 8));

        Assert.Equal("3", new BtfValue(blob.Parse()[1], [3, 0, 0, 0]).ToString());
    }
}
