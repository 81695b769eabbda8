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
