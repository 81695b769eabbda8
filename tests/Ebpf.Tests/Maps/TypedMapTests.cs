using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ebpf.Tests.Maps;

public sealed class TypedMapTests
{
    [Fact]
    public void Indexer_ReadsWhatWasWritten()
    {
        using BpfMap map = Make.Map(MapType.Hash);
        BpfMap<uint, ulong> counts = map.As<uint, ulong>();

        counts[6] = 42;
        counts[6] += 1;

        Assert.Equal(43UL, counts[6]);
        Assert.True(counts.ContainsKey(6));
        Assert.False(counts.ContainsKey(7));
    }

    [Fact]
    public void Indexer_MissingKey_NamesMapAndKey()
    {
        using BpfMap map = Make.Map(MapType.Hash);

        KeyNotFoundException error = Assert.Throws<KeyNotFoundException>(() => map.As<uint, ulong>()[17]);

        Assert.Equal("Map \"test\" has no element under the key 17.", error.Message);
    }

    [Fact]
    public void TryGetValue_MissingKey_GivesDefault()
    {
        using BpfMap map = Make.Map(MapType.Hash);
        ulong value = 5;

        Assert.False(map.As<uint, ulong>().TryGetValue(1, out value));
        Assert.Equal(0UL, value);
    }

    [Fact]
    public void TryAddRemoveAndTryRemove_TellWhatHappened()
    {
        using BpfMap map = Make.Map(MapType.Hash);
        BpfMap<uint, ulong> counts = map.As<uint, ulong>();

        Assert.True(counts.TryAdd(1, 10));
        Assert.False(counts.TryAdd(1, 11));
        Assert.Equal(10UL, counts[1]);
        Assert.True(counts.TryRemove(1, out ulong value));
        Assert.Equal(10UL, value);
        Assert.False(counts.TryRemove(1, out _));
        counts[2] = 20;
        Assert.True(counts.Remove(2));
        Assert.False(counts.Remove(2));
        Assert.Equal(0, counts.Count());
    }

    [Fact]
    public void Operations_AllocateNothing()
    {
        using BpfMap map = Make.Map(MapType.Hash);
        BpfMap<Flow, ulong> flows = Make.Map(MapType.Hash, keySize: 16).As<Flow, ulong>();
        Flow flow = new() { Source = 1, Target = 2, Ports = 3, Protocol = 4 };
        Use(flows, flow);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) Use(flows, flow);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        flows.Map.Dispose();

        Assert.Equal(0, allocated);

        static void Use(BpfMap<Flow, ulong> flows, Flow flow)
        {
            flows.Update(in flow, 1);
            flows.TryGetValue(in flow, out _);
            flows.TryAdd(in flow, 2);
            flows.Remove(in flow);
            flows.TryRemove(in flow, out _);
            flows[flow] = 3;
        }
    }

    [Fact]
    public void Enumeration_AllocatesNothingPerElement()
    {
        using BpfMap map = Make.Map(MapType.Hash, maxEntries: 1000);
        BpfMap<uint, ulong> counts = map.As<uint, ulong>();
        for (uint i = 0; i < 1000; i++) counts[i] = i;
        Assert.Equal(499_500UL, Sum(counts));

        long before = GC.GetAllocatedBytesForCurrentThread();
        Sum(counts);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(allocated, 0, 256);

        static ulong Sum(BpfMap<uint, ulong> counts)
        {
            ulong sum = 0;
            foreach ((uint _, ulong value) in counts) sum += value;
            return sum;
        }
    }

    [Fact]
    public void As_WrongSizes_NamesThem()
    {
        using BpfMap map = Make.Map(MapType.Hash);

        Assert.Equal(
            "Map \"test\" has keys of 4 bytes; System.UInt64 has 8.",
            Assert.Throws<ArgumentException>(() => map.As<ulong, ulong>()).Message);
        Assert.Equal(
            "Map \"test\" has values of 8 bytes; System.Byte has 1.",
            Assert.Throws<ArgumentException>(() => map.As<uint, byte>()).Message);
    }

    [Fact]
    public void As_KeyWithPadding_NamesTheField()
    {
        using BpfMap map = Make.Map(MapType.Hash, keySize: 8);
        using BpfMap larger = Make.Map(MapType.Hash, keySize: 16);

        Assert.Contains(
            "3 bytes of padding after field Protocol",
            Assert.Throws<ArgumentException>(() => map.As<PaddedInside, ulong>()).Message);
        Assert.Contains(
            "2 bytes of padding after field Port are not under your control; add a field of your own there (ushort)",
            Assert.Throws<ArgumentException>(() => map.As<PaddedAtTheEnd, ulong>()).Message);
        Assert.Contains(
            "2 bytes of padding after field Inner.Port",
            Assert.Throws<ArgumentException>(() => larger.As<PaddedWithin, ulong>()).Message);
    }

    [Fact]
    public void As_KeyWithBoolCharOrPointer_IsRefused()
    {
        using BpfMap map = Make.Map(MapType.Hash, keySize: 8);

        Assert.Contains("field Flag is of type bool", Assert.Throws<ArgumentException>(() => map.As<WithBool, ulong>()).Message);
        Assert.Contains("field Letter is of type char", Assert.Throws<ArgumentException>(() => map.As<WithChar, ulong>()).Message);
        Assert.Contains("is a pointer", Assert.Throws<ArgumentException>(() => map.As<WithPointer, ulong>()).Message);
    }

    [Fact]
    public void As_KeysOfEveryOrdinaryShape_AreTaken()
    {
        using BpfMap map = Make.Map(MapType.Hash, keySize: 16);

        Assert.NotNull(map.As<Flow, ulong>());
        Assert.NotNull(map.As<Packed, ulong>());
        Assert.NotNull(map.As<Overlaid, ulong>());
        Assert.NotNull(map.As<Name16, ulong>());
        Assert.NotNull(map.As<FixedName, ulong>());
        Assert.NotNull(map.As<Outer, ulong>());
        Assert.NotNull(map.As<Guid, ulong>());
        Assert.NotNull(map.As<UInt128, ulong>());
    }

    [Theory]
    [InlineData(MapType.PerCpuHash)]
    [InlineData(MapType.PerCpuArray)]
    public void As_PerCpuMap_PointsToAsPerCpu(MapType type)
    {
        using BpfMap map = Make.Map(type);

        Assert.Contains("AsPerCpu", Assert.Throws<NotSupportedException>(() => map.As<uint, ulong>()).Message);
    }

    [Fact]
    public void As_KindsOfOtherShapes_AreRefused()
    {
        using BpfMap queue = Make.Map(MapType.Queue, keySize: 0);
        using BpfMap ring = Make.Map(MapType.RingBuf, keySize: 0, valueSize: 0, maxEntries: 4096);
        using BpfMap programs = Make.Map(MapType.ProgramArray, valueSize: 4);

        Assert.Throws<NotSupportedException>(() => queue.As<uint, ulong>());
        Assert.Throws<NotSupportedException>(() => ring.As<uint, ulong>());
        Assert.Throws<NotSupportedException>(() => programs.As<uint, uint>());
    }

    [Fact]
    public void Array_HasEveryElementFromTheStart()
    {
        using BpfMap map = Make.Map(MapType.Array, maxEntries: 5);
        BpfMap<uint, ulong> array = map.As<uint, ulong>();
        array[3] = 9;

        Assert.Equal([(0u, 0ul), (1u, 0ul), (2u, 0ul), (3u, 9ul), (4u, 0ul)], array.Select(pair => (pair.Key, pair.Value)));
        Assert.Equal(5, array.Count());
        Assert.False(array.TryAdd(1, 1));
        Assert.False(array.TryGetValue(5, out _));
        array.Clear();
        Assert.All(array, pair => Assert.Equal(0UL, pair.Value));
    }

    [Fact]
    public void Trie_FindsTheLongestPrefix()
    {
        using BpfMap map = Make.Map(MapType.LpmTrie, keySize: 8, flags: MapFlags.NoPreallocation);
        BpfMap<Prefix, ulong> routes = map.As<Prefix, ulong>();
        routes[new Prefix { Length = 8, A = 10 }] = 1;
        routes[new Prefix { Length = 16, A = 10, B = 1 }] = 2;

        Assert.Equal(2UL, routes[new Prefix { Length = 32, A = 10, B = 1, C = 5 }]);
        Assert.Equal(1UL, routes[new Prefix { Length = 32, A = 10, B = 2 }]);
        Assert.False(routes.ContainsKey(new Prefix { Length = 32, A = 11 }));
        Assert.Equal(2, routes.Count());
        routes.Clear();
        Assert.Empty(routes);
    }

    private struct Flow
    {
        public uint Source, Target, Ports, Protocol;
    }

    private struct PaddedInside
    {
        public byte Protocol;
        public uint Port;
    }

    private struct PaddedAtTheEnd
    {
        public uint Address;
        public ushort Port;
    }

    private struct PaddedWithin
    {
        public PaddedAtTheEnd Inner;
        public ulong Other;
    }

    private struct WithBool
    {
        public uint Number;
        public bool Flag;
    }

    private struct WithChar
    {
        public uint Number;
        public char Letter;
    }

    private unsafe struct WithPointer
    {
        public byte* Pointer;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct Packed
    {
        public byte First;
        public ulong Second;
        public uint Third;
        public ushort Fourth;
        public byte Fifth;
    }

    [StructLayout(LayoutKind.Explicit, Size = 16)]
    private struct Overlaid
    {
        [FieldOffset(0)]
        public uint Version4;

        [FieldOffset(0)]
        public ulong Upper;

        [FieldOffset(8)]
        public ulong Lower;
    }

    [InlineArray(16)]
    private struct Name16
    {
        private byte _first;
    }

    private unsafe struct FixedName
    {
        public fixed byte Name[16];
    }

    private struct Outer
    {
        public Inner One, Two;
    }

    private struct Inner
    {
        public readonly uint Number;
        public ushort Low;
        public Kind Kind;
        public byte Last;
    }

    private enum Kind : byte;

    private struct Prefix
    {
        public uint Length;
        public byte A, B, C, D;
    }
}
