using Ebpf.Btf;
using Ebpf.Maps.Layout;

namespace Ebpf.Tests.Maps;

/// <summary>Comparing with types that no compiler makes, but an object can hold.</summary>
public sealed class LayoutComparisonTests
{
    [Fact]
    public void Differences_StructThatContainsItself_Ends()
    {
        BtfBuilder builder = new();
        BtfTypeId number = builder.AddInt("int", 4);
        BtfTypeId circle = builder.AddStruct("circle").Add("self", number).WithSize(8).Id;
        byte[] raw = builder.Build().ToArray();

        // The types follow the header: a number of 16 bytes, then 12 bytes of the struct, and the name of its member.
        BitConverter.TryWriteBytes(raw.AsSpan(BitConverter.ToInt32(raw, 4) + 16 + 12 + 4), circle.Value);

        Assert.Empty(Compare<Halves>(BtfSpec.Parse(raw)[circle]));
    }

    [Fact]
    public void Differences_UnionsThatDoubleAtEachStep_AreGivenUp()
    {
        BtfBuilder builder = new();
        BtfTypeId type = builder.AddInt("long", 8);
        for (int i = 0; i < 30; i++) type = builder.AddUnion($"u{i}").Add("a", type).Add("b", type).Id;
        BtfSpec types = builder.Build();
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.NotNull(Compare<Halves>(types[type]));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }

    private static List<string> Compare<T>(BtfType type)
        where T : unmanaged =>
        LayoutComparison.Differences(type, ManagedLayout.FieldsOf<T>(), mayHaveGaps: false);

    private struct Halves
    {
        public uint Low, High;
    }
}
