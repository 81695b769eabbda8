using System.Collections.Immutable;
using Ebpf.Btf;
using Ebpf.Btf.Extensions;
using Ebpf.CoRe;

namespace Ebpf.Spec.Tests.Btf;

public sealed class BtfExtensionBuilderTests
{
    [Theory]
    [InlineData(ByteOrder.LittleEndian)]
    [InlineData(ByteOrder.BigEndian)]
    public void ToArray_AllThreeParts_ComesBack(ByteOrder order)
    {
        BtfBuilder types = new(order);
        BtfTypeId number = types.AddInt("int", 4);
        BtfTypeId function = types.AddFunction("f", types.AddFunctionPrototype(number).Id);
        BtfExtensionBuilder builder = new();
        builder.AddFunction("xdp", 16, function);
        builder.AddFunction("xdp", 0, function);
        builder.AddLine("tc", 8, new LineInfo { File = "a.c", Text = "return 0;", Line = 12, Column = 3 });
        builder.AddRelocation("xdp", 24, number, "0:1", CoReRelocationKind.FieldByteSize);

        byte[] raw = builder.ToArray(types);
        BtfSpec built = types.Build();
        BtfExtensions read = BtfExtensions.Parse(raw, built);

        Assert.Equal(new FunctionInfoRecord(0, function.Value), read.FunctionsOf("xdp")[0]);
        Assert.Equal(new FunctionInfoRecord(16, function.Value), read.FunctionsOf("xdp")[1]);
        Assert.Equal("return 0; @ a.c:12:3", read.LinesOf("tc")[0].ToLineInfo(built).ToString());
        CoReRelocationRecord relocation = read.RelocationsOf("xdp")[0];
        Assert.Equal((24u, number.Value, "0:1", (uint)CoReRelocationKind.FieldByteSize), (
            relocation.InstructionOffset, relocation.TypeId, built.Strings.Text(relocation.AccessorOffset), relocation.Kind));
    }

    [Fact]
    public void ToArray_WithoutRelocations_CanHaveTheOldHeader()
    {
        BtfBuilder types = new();
        BtfExtensionBuilder builder = new();
        builder.AddLine("xdp", 0, new LineInfo { Text = "x" });

        byte[] raw = builder.ToArray(types, withRelocations: false);

        Assert.Equal(24, raw[4]);
        Assert.Equal(1, BtfExtensions.Parse(raw, types.Build()).LinesOf("xdp").Count);
    }

    [Fact]
    public void MapTypes_FollowsDeduplication()
    {
        BtfBuilder types = new();
        BtfTypeId number = types.AddInt("int", 4), again = types.AddInt("int", 4);
        BtfExtensionBuilder builder = new();
        builder.AddRelocation("xdp", 0, again, "0", CoReRelocationKind.TypeExists);
        BtfSpec once = types.Build().Deduplicate(out BtfTypeIdMap newIds);
        builder.MapTypes(newIds);
        BtfBuilder result = BtfBuilder.From(once);

        BtfExtensions read = BtfExtensions.Parse(builder.ToArray(result), result.Build());

        Assert.Equal(number.Value, read.RelocationsOf("xdp")[0].TypeId);
        Assert.Throws<ArgumentOutOfRangeException>(() => builder.MapTypes(new BtfTypeIdMap([0])));
    }

    [Fact]
    public void Add_WhatCannotBe_Throws()
    {
        BtfExtensionBuilder builder = new();
        builder.AddFunction("xdp", 0, new BtfTypeId(1));

        Assert.Throws<ArgumentException>(() => builder.AddFunction("xdp", 0, new BtfTypeId(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => builder.AddFunction("xdp", 4, new BtfTypeId(1)));
        Assert.Throws<ArgumentException>(() => builder.AddFunction("", 0, new BtfTypeId(1)));
    }
}
