using Ebpf.Btf;

namespace Ebpf.Spec.Tests.Btf;

public sealed class TypeLayoutTests
{
    private readonly BtfBlob _blob = new();
    private readonly uint _char;
    private readonly uint _int;
    private readonly uint _long;

    public TypeLayoutTests()
    {
        _char = _blob.Int("char", 1, 1);
        _int = _blob.Int("int", 4, 1);
        _long = _blob.Int("long", 8, 1);
    }

    private (uint Size, uint Alignment)? LayoutOf(uint id)
    {
        BtfType type = _blob.Parse()[id];
        bool hasSize = type.TryGetSize(out uint size);
        bool hasAlignment = type.TryGetAlignment(out uint alignment);
        Assert.Equal(hasSize, hasAlignment);
        return hasSize ? (size, alignment) : null;
    }

    [Fact]
    public void Scalars_AreAlignedToTheirSize()
    {
        Assert.Equal((1u, 1u), LayoutOf(_char));
        Assert.Equal((8u, 8u), LayoutOf(_long));
        Assert.Equal((8u, 8u), LayoutOf(_blob.Pointer(0)));
        Assert.Equal((4u, 4u), LayoutOf(_blob.Enum("e", false)));
        Assert.Equal((8u, 8u), LayoutOf(_blob.Add(BtfKind.Float, "double", 8)));
        Assert.Equal((16u, 16u), LayoutOf(_blob.Int("__int128", 16)));
    }

    [Fact]
    public void Arrays_MultiplyThroughTypedefsAndQualifiers()
    {
        uint rows = _blob.Array(_blob.Const(_blob.Typedef("row", _blob.Array(_int, _int, 3))), _int, 5);

        Assert.Equal((60u, 4u), LayoutOf(rows));
        Assert.Equal((0u, 4u), LayoutOf(_blob.Array(rows, _int, 0)));
        Assert.Equal((60u, 4u), LayoutOf(_blob.Variable("v", rows, VariableLinkage.Global)));
    }

    [Fact]
    public void Array_Of4GiBOrMore_HasNoSize()
    {
        uint large = _blob.Array(_char, _int, uint.MaxValue);
        uint tooLarge = _blob.Array(_blob.Array(_char, _int, 1 << 16), _int, 1 << 16);
        uint squares = large;
        for (int i = 0; i < 20; i++) squares = _blob.Array(squares, _int, uint.MaxValue);
        BtfSpec types = _blob.Parse();

        Assert.True(types[large].TryGetSize(out uint size));
        Assert.Equal(uint.MaxValue, size);
        Assert.False(types[tooLarge].TryGetSize(out _));
        Assert.False(types[squares].TryGetSize(out _));
    }

    [Fact]
    public void Struct_IsAlignedLikeItsLargestMember()
    {
        uint inner = _blob.Struct("inner", 16, ("a", _char, 0), ("b", _long, 64));
        uint outer = _blob.Struct("outer", 24, ("a", _char, 0), ("in", _blob.Array(inner, _int, 1), 64));

        Assert.Equal((16u, 8u), LayoutOf(inner));
        Assert.Equal((24u, 8u), LayoutOf(outer));
        Assert.Equal((0u, 1u), LayoutOf(_blob.Struct("empty", 0)));
    }

    [Fact]
    public void Struct_WithAMemberOrSizeOutOfPlace_IsPacked()
    {
        Assert.Equal((12u, 1u), LayoutOf(_blob.Struct("offset", 12, ("a", _int, 0), ("b", _long, 32))));
        Assert.Equal((9u, 1u), LayoutOf(_blob.Struct("size", 9, ("b", _long, 0), ("a", _char, 64))));
        Assert.Equal((4u, 4u), LayoutOf(_blob.Composite(BtfKind.Struct, "bits", 4, true, ("a", _int, (3u << 24) | 5))));
    }

    [Fact]
    public void WhatHasNoSize_SaysSo()
    {
        Assert.Null(LayoutOf(0));
        Assert.Null(LayoutOf(_blob.Add(BtfKind.Forward, "later", 0)));
        Assert.Null(LayoutOf(_blob.Prototype(0)));
        Assert.Null(LayoutOf(_blob.Const(0)));
        Assert.Null(LayoutOf(_blob.Typedef("dangling", 999)));
        Assert.Null(LayoutOf(_blob.Array(_blob.Function("f", 0, FunctionLinkage.Static), _int, 2)));
    }

    [Fact]
    public void DataSection_HasASizeButNoAlignment()
    {
        uint id = _blob.DataSection(".bss", 40);
        BtfType section = _blob.Parse()[id];

        Assert.True(section.TryGetSize(out uint size));
        Assert.Equal(40u, size);
        Assert.False(section.TryGetAlignment(out _));
    }

    [Fact]
    public void Structs_ThatContainEachOther_HaveNoAlignment()
    {
        uint first = _blob.NextId;
        _blob.Struct("a", 8, ("b", first + 1, 0));
        _blob.Struct("b", 8, ("a", first, 0));
        _blob.Struct("outside", 8, ("a", first, 0));
        _blob.Struct("sound", 8, ("p", _blob.Pointer(first), 0));
        BtfSpec types = _blob.Parse();

        Assert.False(types[first].TryGetAlignment(out _));
        Assert.False(types[first + 1].TryGetAlignment(out _));
        Assert.False(types.Get<StructType>("outside").TryGetAlignment(out _));
        Assert.True(types.Get<StructType>("sound").TryGetAlignment(out uint alignment));
        Assert.Equal(8u, alignment);
    }
}
