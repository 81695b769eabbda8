using System.Runtime.CompilerServices;
using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Maps;

public sealed class MappedMapTests
{
    [Fact]
    public void AsSpan_OfAnArray_IsWhatProgramsAndLookupsSee()
    {
        using BpfCollection collection = Load();
        BpfMap map = collection.Maps["numbers"];
        Span<ulong> numbers = map.AsSpan<ulong>();

        numbers[1] = 41;
        collection.Programs["mirror"].TestRun(Packets.Udp());

        Assert.Equal(4, numbers.Length);
        Assert.Equal(42ul, numbers[1]);
        Assert.Equal(42ul, map.As<uint, ulong>()[1]);
        Assert.Equal(32, map.AsReadOnlySpan().Length);
        Assert.Equal(42, map.AsSpan()[8]);
        map.As<uint, ulong>()[3] = 7;
        Assert.Equal(7ul, map.Ref<ulong>(3));
    }

    [Fact]
    public void Ref_OfAnArrayWithGaps_FindsEveryElement()
    {
        using BpfCollection collection = Load();
        BpfMap map = collection.Maps["odd"];
        collection.Maps["numbers"].Ref<ulong>(1) = 8;

        collection.Programs["mirror"].TestRun(Packets.Udp());
        map.Ref<Twelve>(2)[0] = 5;

        Assert.Equal((12, 16, 44), (map.ValueSize, map.ElementStride, map.AsSpan().Length));
        Assert.Equal(9u, map.ReadOnlyRef<Twelve>(1)[2]);
        Assert.Equal(5u, map.As<uint, Twelve>()[2][0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => map.Ref<Twelve>(3));
        Assert.Contains("lie 16 bytes apart", Assert.Throws<ArgumentException>(() => map.AsSpan<Twelve>().Length).Message);
        Assert.Contains("has another layout", Assert.Throws<ArgumentException>(() => map.Ref<Shifted>()).Message);
        Assert.Contains("has values of 12 bytes", Assert.Throws<ArgumentException>(() => map.Ref<ulong>()).Message);
    }

    [Fact]
    public void AsSpan_OfAMapThatProgramsOnlyRead_CanOnlyBeRead()
    {
        using BpfCollection collection = Load();
        BpfMap map = collection.Maps["constants"];
        map.As<uint, ulong>()[1] = 99;

        Assert.Equal(99ul, map.AsReadOnlySpan<ulong>()[1]);
        Assert.Equal(1000, map.AsReadOnlySpan<ulong>().Length);
        Assert.Equal(99u, collection.Programs["mirror"].TestRun(Packets.Udp()));
        Assert.Contains("can only be read", Assert.Throws<InvalidOperationException>(() => map.AsSpan().Length).Message);
        Assert.Throws<InvalidOperationException>(() => map.Ref<ulong>());
    }

    [Fact]
    public void AsSpan_OfAFrozenMap_CanOnlyBeRead()
    {
        using BpfMap map = Make.Map(MapType.Array, flags: MapFlags.Mmapable);
        map.As<uint, ulong>()[5] = 55;
        map.Freeze();

        Assert.Equal(55ul, map.AsReadOnlySpan<ulong>()[5]);
        Assert.Throws<InvalidOperationException>(() => map.AsSpan<ulong>().Length);
    }

    [Fact]
    public void AsSpan_OfAMapThatWasOpenedAgain_IsTheSameMemory()
    {
        using BpfMap map = Make.Map(MapType.Array, flags: MapFlags.Mmapable);
        using BpfMap again = BpfMap.Open(map.Id);

        map.Ref<ulong>(7) = 70;

        Assert.Equal(70ul, again.AsSpan<ulong>()[7]);
    }

    [Theory]
    [InlineData(MapFlags.ReadOnly)]
    [InlineData(MapFlags.WriteOnly)]
    public void AsSpan_OfAMapWithLessAccess_IsRefused(MapFlags flag)
    {
        using BpfMap map = Make.Map(MapType.Array, flags: MapFlags.Mmapable | flag);

        Assert.False(map.IsMappable);
        Assert.Contains(
            "not opened for both reading and writing",
            Assert.Throws<NotSupportedException>(() => map.AsReadOnlySpan().Length).Message);
    }

    [Fact]
    public void Freeze_OfAMapThatIsMappedWritable_IsRefused()
    {
        using BpfMap map = Make.Map(MapType.Array, flags: MapFlags.Mmapable);
        map.AsSpan<ulong>()[0] = 1;

        Assert.Equal(Errno.EBUSY, Assert.Throws<BpfException>(map.Freeze).Errno);
    }

    [Fact]
    public void AsSpan_OfWhatCannotBeMapped_SaysWhy()
    {
        using BpfMap plain = Make.Map(MapType.Array);
        using BpfMap hash = Make.Map(MapType.Hash);

        Assert.False(plain.IsMappable);
        Assert.Contains("made without MapFlags.Mmapable", Assert.Throws<NotSupportedException>(() => plain.AsSpan().Length).Message);
        Assert.Contains("of type Hash", Assert.Throws<NotSupportedException>(() => hash.AsSpan().Length).Message);
    }

    [Fact]
    public void Ref_OfTheLastOfManyElements_FindsIt()
    {
        FaultyKernel kernel = new();
        using BpfMap map = Make.Map(kernel, Make.Spec(MapType.Array, maxEntries: 1 << 20, flags: MapFlags.Mmapable));

        Assert.Equal(8 << 20, map.AsSpan().Length);
        map.Ref<ulong>((1 << 20) - 1) = 3;
        Assert.Equal(3ul, map.As<uint, ulong>()[(1 << 20) - 1]);
    }

    [Fact]
    public void Dispose_WithSpansAbout_LeavesZerosInTheirPlace()
    {
        FaultyKernel kernel = new();
        BpfMap map = Make.Map(kernel, Make.Spec(MapType.Array, flags: MapFlags.Mmapable));
        Span<ulong> span = map.AsSpan<ulong>();
        ref ulong first = ref map.Ref<ulong>();
        span[0] = 1;

        map.Dispose();

        Assert.Equal((0, 0, 1), (kernel.OpenDescriptors, kernel.MappedDescriptors, kernel.MappedRanges));
        Assert.Equal((0ul, 0ul), (span[0], first));
        first = 5;
        Assert.Equal(5ul, span[0]);
        Assert.Throws<ObjectDisposedException>(() => map.AsSpan<ulong>().Length);
        map.Dispose();
    }

    [Fact]
    public void Dispose_WithoutSpans_GivesTheAddressesBack()
    {
        FaultyKernel kernel = new();
        UseAndDispose(kernel);
        for (int i = 0; i < 10 && kernel.MappedRanges > 0; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.Equal(0, kernel.MappedRanges);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void UseAndDispose(FaultyKernel kernel)
        {
            CollectionSpec spec = CollectionSpec.Load(TestObject.Path("memory"));
            using BpfCollection collection = BpfCollection.Load(spec, new CollectionOptions { Kernel = kernel });
            collection.Variables["counter"].Set(1ul);
            Assert.Equal(1, kernel.MappedRanges);
        }
    }

    [Fact]
    public void Collect_MapThatNobodyHolds_KeepsWhatSpansAreOver()
    {
        FaultyKernel kernel = new();
        Span<ulong> span = Forget(kernel);
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.Equal((77ul, 1), (span[2], kernel.MappedDescriptors));

        [MethodImpl(MethodImplOptions.NoInlining)]
        static Span<ulong> Forget(FaultyKernel kernel)
        {
            Span<ulong> span = Make.Map(kernel, Make.Spec(MapType.Array, flags: MapFlags.Mmapable)).AsSpan<ulong>();
            span[2] = 77;
            return span;
        }
    }

    [Fact]
    public void AsSpan_WhenMappingFails_SaysSoAndCanBeTriedAgain()
    {
        FaultyKernel kernel = new();
        using BpfMap map = Make.Map(kernel, Make.Spec(MapType.Array, flags: MapFlags.Mmapable));
        kernel.FailingCall = kernel.Calls + 1;
        kernel.FailingWith = Errno.ENOMEM;

        BpfException error = Assert.Throws<BpfException>(() => map.AsSpan().Length);

        Assert.Equal((Errno.ENOMEM, "Map the memory of map \"test\""), (error.Errno, error.Operation));
        Assert.Equal(512, map.AsSpan().Length);
    }

    private static BpfCollection Load() => BpfCollection.Load(CollectionSpec.Load(TestObject.Path("memory")));

    private readonly record struct Shifted(ushort First, ushort Second, ushort Third, ushort Fourth, uint Fifth);

    [InlineArray(3)]
    private struct Twelve
    {
        private uint _first;
    }
}
