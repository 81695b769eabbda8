using System.Buffers.Binary;
using Ebpf.TestData;
using Ebpf.Usdt;
using Ebpf.Usdt.Machines;

namespace Ebpf.Spec.Tests.Usdt;

public sealed class UsdtLayoutTests
{
    private const int IndexedSize = 24, PlainSize = 16;

    [Theory]
    [InlineData("usdt", ByteOrder.LittleEndian)]
    [InlineData("usdt", ByteOrder.BigEndian)]
    [InlineData("usdt_indexed", ByteOrder.LittleEndian)]
    [InlineData("usdt_indexed", ByteOrder.BigEndian)]
    public void Encode_EveryKind_PutsFieldsWhereTheObjectHasThem(string name, ByteOrder order)
    {
        UsdtLayout layout = Read(name, order);
        bool isIndexed = layout.Size == (12 * IndexedSize) + 16;
        Assert.Equal(isIndexed, layout.KnowsIndex);

        byte[] spec = layout.Encode(Probe("-4@$-9 8@%rax 2@-20(%rbp) 1@-96(%rbp,%rcx,8) 8@%xmm0 8@8(%rip)"), 0x1122334455667788, order, shift: 1);

        Assert.Equal(layout.Size, spec.Length);
        int stride = isIndexed ? IndexedSize : PlainSize;
        Assert.Equal(unchecked((ulong)-9), Number(spec, 0, 8, order));
        Assert.Equal((0, 0, 1, 32), Fields(spec, 0, stride, order));
        Assert.Equal((1, 80, 0, 0), Fields(spec, 1, stride, order));
        Assert.Equal(unchecked((ulong)-20), Number(spec, 2 * stride, 8, order));
        Assert.Equal((2, 32, 0, 48), Fields(spec, 2, stride, order));
        Assert.Equal(isIndexed ? (3, 32, 0, 56) : (0xff, 0, 0, 56), Fields(spec, 3, stride, order));
        Assert.Equal((0xff, 0, 0, 0), Fields(spec, 4, stride, order));

        // From one byte behind the probe, what is relative to its address is one byte nearer.
        Assert.Equal((7ul, (2, 128, 0, 0)), (Number(spec, 5 * stride, 8, order), Fields(spec, 5, stride, order)));
        Assert.Equal(0x1122334455667788ul, Number(spec, 12 * stride, 8, order));
        Assert.Equal(6ul, Number(spec, (12 * stride) + 8, 2, order));
        if (!isIndexed) return;

        // 12 bits of index and 4 of scale, in the third of three half-words.
        ulong index = Number(spec, (3 * stride) + 10, 2, order);
        Assert.Equal((88ul, 3ul), order == ByteOrder.LittleEndian ? (index & 0xfff, index >> 12) : (index >> 4, index & 0xf));
    }

    [Fact]
    public void ProblemOf_IndexedArgument_DependsOnTheObject()
    {
        UsdtArgument argument = Probe("8@(%rax,%rcx)").Arguments[0];

        Assert.Null(Read("usdt_indexed", ByteOrder.LittleEndian).ProblemOf(argument));
        Assert.Equal(
            "the object was compiled with a usdt.bpf.h before libbpf 1.7, which knows no index registers",
            Read("usdt", ByteOrder.LittleEndian).ProblemOf(argument));
    }

    [Fact]
    public void Encode_MoreArgumentsThanProgramsRead_CountsTwelve()
    {
        UsdtLayout layout = Read("usdt", ByteOrder.LittleEndian);

        byte[] spec = layout.Encode(Probe(string.Join(' ', Enumerable.Repeat("8@%rax", 14))), 0, ByteOrder.LittleEndian);

        Assert.Equal(12, BinaryPrimitives.ReadInt16LittleEndian(spec.AsSpan(200)));
    }

    [Fact]
    public void TryRead_AnotherStruct_Refuses()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("usdt"));
        MapSpec map = spec.Maps["__bpf_usdt_specs"];

        Assert.False(UsdtLayout.TryRead(null, map.ValueSize, out _));
        Assert.False(UsdtLayout.TryRead(map.ValueType, map.ValueSize + 8, out _));
        Assert.False(UsdtLayout.TryRead(spec.Types!.Get<Ebpf.Btf.StructType>("__bpf_usdt_arg_spec"), 16, out _));
    }

    private static UsdtLayout Read(string name, ByteOrder order)
    {
        MapSpec map = CollectionSpec.Load(TestObject.Path(name, order)).Maps["__bpf_usdt_specs"];
        Assert.True(UsdtLayout.TryRead(map.ValueType, map.ValueSize, out UsdtLayout? layout));
        return layout;
    }

    private static UsdtProbe Probe(string arguments) =>
        new("app", "probe", arguments, new UsdtArgumentReader(X64.Instance, isFixed: false, _ => []).Read(arguments, 0x1000));

    /// <summary>Kind, register, sign and shift of an argument.</summary>
    private static (int Kind, int Register, int IsSigned, int Shift) Fields(byte[] spec, int argument, int stride, ByteOrder order)
    {
        int start = argument * stride;
        bool isWide = stride == IndexedSize;
        int kindAt = isWide ? (order == ByteOrder.LittleEndian ? 8 : 12) : order == ByteOrder.LittleEndian ? 8 : 11;
        int register = start + (isWide ? 14 : 12);
        return (spec[start + kindAt], (int)Number(spec, register, 2, order), spec[register + 2], spec[register + 3]);
    }

    private static ulong Number(byte[] spec, int offset, int size, ByteOrder order)
    {
        ulong value = 0;
        for (int i = 0; i < size; i++) value |= (ulong)spec[offset + i] << (8 * (order == ByteOrder.LittleEndian ? i : size - 1 - i));
        return value;
    }
}
