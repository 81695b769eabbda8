using System.Runtime.CompilerServices;
using Ebpf.Btf;
using Ebpf.Btf.Reading;

namespace Ebpf.Spec.Tests.Btf;

/// <summary>BTF of so many types that its index lies outside of the heap.</summary>
public sealed class LargeBtfTests
{
    private const int Count = 40_000;

    [Theory]
    [InlineData(ByteOrder.LittleEndian)]
    [InlineData(ByteOrder.BigEndian)]
    public void Types_OfALargeBtf_AreFoundByIdAndName(ByteOrder order)
    {
        BtfSpec types = Large(order).Parse();

        Assert.Equal(Count + 1, types.Count);
        foreach (uint id in (uint[])[1, 2, 63, 64, 65, 20_000, Count - 1, Count])
        {
            Assert.Equal(id, types[id].Id.Value);
            Assert.Equal(NameOf(id), types[id].Name);
            Assert.Same(types[id], types.Get<BtfType>(NameOf(id)));
        }

        Assert.False(types.TryGet("type_0", out BtfType? _));
        Assert.Throws<ObjectFormatException>(() => types[Count + 1]);
    }

    [Fact]
    public void Parse_OfALargeBtf_AllocatesLessThanABytePerType()
    {
        byte[] raw = Large(ByteOrder.LittleEndian).Build();
        BtfSpec.Parse(raw).Get<BtfType>(NameOf(Count));

        long before = GC.GetAllocatedBytesForCurrentThread();
        BtfSpec types = BtfSpec.Parse(raw);
        for (uint i = 0; i < 20; i++) types.Get<BtfType>(NameOf(Count - i));
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(allocated, 0, Count);
    }

    [Fact]
    public void Parse_DamagedAtItsEnd_SaysWhere()
    {
        BtfBlob blob = Large(ByteOrder.LittleEndian);
        blob.Add(31, "unknown", 0);

        ObjectFormatException error = Assert.Throws<ObjectFormatException>(() => blob.Parse());

        Assert.Contains($"type {Count + 1} is of kind 31, which is not known", error.Message);
    }

    [Fact]
    public void Numbers_OfATableThatAFinalizerBringsBack_AreStillThere()
    {
        Abandon();
        for (int i = 0; i < 10 && Reviver.Revived is null; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.Equal(7u, Reviver.Revived![3]);
        Assert.Throws<ArgumentOutOfRangeException>(() => Reviver.Revived[Count]);
        Assert.Throws<ArgumentOutOfRangeException>(() => Reviver.Revived[-1]);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Abandon()
    {
        OffHeapNumbers numbers = OffHeapNumbers.Zeroed(Count);
        numbers.Span[3] = 7;
        GC.KeepAlive(new Reviver(numbers));
    }

    private static string NameOf(uint id) => id % 3 == 0 ? $"type_{id}___flavour" : $"type_{id}";

    private static BtfBlob Large(ByteOrder order)
    {
        BtfBlob blob = new(order);
        for (uint id = 1; id <= Count; id++)
        {
            if (id % 4 == 0) blob.Struct(NameOf(id), 4, ("member", 1, 0));
            else if (id % 4 == 1) blob.Int(NameOf(id), 4);
            else blob.Typedef(NameOf(id), 1);
        }

        return blob;
    }

    /// <summary>Brings a table back to life when both are collected.</summary>
    private sealed class Reviver(OffHeapNumbers numbers)
    {
        public static OffHeapNumbers? Revived { get; private set; }

        ~Reviver() => Revived = numbers;
    }
}
