using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ebpf.Maps.Layout;

namespace Ebpf.Tests.Maps;

public sealed class ManagedLayoutTests
{
    [Fact]
    public void FieldsOf_Number_IsTheNumber() =>
        Assert.Equal([new ManagedField("", typeof(uint), 0, 4)], ManagedLayout.FieldsOf<uint>());

    [Fact]
    public void FieldsOf_Struct_HasTheRealOffsets() =>
        Assert.Equal(
            [
                new ManagedField("A", typeof(byte), 0, 1),
                new ManagedField("Inner.X", typeof(ushort), 4, 2),
                new ManagedField("Inner.Y", typeof(uint), 8, 4),
                new ManagedField("Z", typeof(double), 16, 8),
            ],
            ManagedLayout.FieldsOf<Outer>());

    [Fact]
    public void FieldsOf_ExplicitLayout_HasTheRealOffsets() =>
        Assert.Equal(
            [new ManagedField("Low", typeof(uint), 0, 4), new ManagedField("High", typeof(int), 300, 4)],
            ManagedLayout.FieldsOf<Wide>());

    [Fact]
    public void FieldsOf_NumbersThatAreNotAligned_HasTheRealOffsets()
    {
        Assert.Equal(
            [new ManagedField("A", typeof(int), 0, 4), new ManagedField("B", typeof(ulong), 4, 8), new ManagedField("C", typeof(int), 12, 4)],
            ManagedLayout.FieldsOf<PackedByFour>());
        Assert.Equal(
            [
                new ManagedField("A", typeof(byte), 0, 1),
                new ManagedField("Inner.X", typeof(ushort), 1, 2),
                new ManagedField("Inner.Y", typeof(uint), 5, 4),
                new ManagedField("B", typeof(DayOfWeek), 9, 4),
                new ManagedField("C", typeof(nint), 13, 8),
            ],
            ManagedLayout.FieldsOf<PackedByOne>());
        Assert.Equal(
            [new ManagedField("Low", typeof(byte), 0, 1), new ManagedField("High", typeof(long), 1, 8)], ManagedLayout.FieldsOf<Odd>());
    }

    [Fact]
    public void MisalignedOffset_NumberThatIsNotAligned_IsKnownWithoutReading()
    {
        Assert.Equal(4, Misaligned<PackedByFour>("B", end: 4));
        Assert.Null(Misaligned<PackedByFour>("C", end: 12));
        Assert.Equal(9, Misaligned<PackedByOne>("B", end: 9));
        Assert.Null(Misaligned<PackedByOne>("Inner", end: 1));
        Assert.Equal(1, Misaligned<Odd>("High", end: 0));
        Assert.Null(Misaligned<Outer>("Z", end: 12));
    }

    private static int? Misaligned<T>(string field, int end)
        where T : unmanaged
    {
        FieldInfo member = typeof(T).GetField(field)!;
        return ManagedLayout.MisalignedOffset(member, RuntimeHelpers.SizeOf(member.FieldType.TypeHandle), end);
    }

    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private struct PackedByFour
    {
        public int A;
        public ulong B;
        public int C;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct PackedByOne
    {
        public byte A;
        public Inner Inner;
        public DayOfWeek B;
        public nint C;
    }

    [StructLayout(LayoutKind.Explicit)]
    private struct Odd
    {
        [FieldOffset(1)]
        public long High;

        [FieldOffset(0)]
        public byte Low;
    }

    private struct Outer
    {
        public byte A;
        public Inner Inner;
        public double Z;
    }

    private struct Inner
    {
        public ushort X;
        public uint Y;
    }

    [StructLayout(LayoutKind.Explicit)]
    private struct Wide
    {
        [FieldOffset(300)]
        public int High;

        [FieldOffset(0)]
        public uint Low;
    }
}
