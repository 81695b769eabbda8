using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ebpf.Features;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Maps;

public sealed class ArenaTests
{
    private const int Pages = 16;

    [Fact]
    public void Load_ArenaVariables_HoldWhatTheObjectSays_AndAreShared()
    {
        using BpfCollection collection = Load();
        BpfVariable magic = collection.Variables["magic"];

        Assert.Equal(0x1234567ul, magic.Get<ulong>());
        Run(collection, "sum");
        Assert.Equal(0x1234568ul, magic.Get<ulong>());
        magic.Ref<ulong>() = 1;
        Run(collection, "sum");
        Assert.Equal(2ul, magic.Get<ulong>());
        Assert.Equal((".addr_space.1", "arena", true, false), (magic.Section, magic.Map.Name, magic.TryMap(), !magic.CanWrite()));
    }

    [Fact]
    public void Load_ChangedArenaVariable_IsWhatTheProgramFinds()
    {
        CollectionSpec spec = Spec();
        spec.Variables["magic"].Set(99ul);
        using BpfCollection collection = BpfCollection.Load(spec);

        Run(collection, "sum");

        Assert.Equal(100ul, collection.Variables["magic"].Get<ulong>());
    }

    [Theory]
    [InlineData(Pages)]
    [InlineData(1 << 18)]
    public void Load_ArenaVariables_AreWhereLibbpfPutsThem(uint pages)
    {
        CollectionSpec spec = Spec();
        spec.Maps["arena"].MaxEntries = pages;
        using BpfCollection collection = BpfCollection.Load(spec);
        BpfArena arena = collection.Maps["arena"].AsArena();
        Run(collection, "build");

        // As libbpf: at the beginning, if the kernel lets no program name an offset of 512 MiB and more.
        bool isAtEnd = ProbedFacts.Of(RunningKernel.Instance).HasWideMapOffsets;
        ulong expected = isAtEnd ? arena.Address + arena.Length - PageSize : arena.Address;
        Assert.Equal(expected, arena.PointerTo(ref collection.Variables["magic"].Ref<ulong>()) - collection.Variables["magic"].Offset);
        Assert.Equal(310ul, arena.Ref<Node>(collection.Variables["head"].Get<ulong>()).Value);
    }

    [Fact]
    public void Load_ArenaOfAnotherCollection_IsShared()
    {
        FaultyKernel kernel = new();
        BpfCollection first = BpfCollection.Load(Spec(), new CollectionOptions { Kernel = kernel });
        CollectionOptions options = new() { Maps = new Dictionary<string, BpfMap> { ["arena"] = first.Maps["arena"] } };
        using (BpfCollection second = BpfCollection.Load(Spec(), options with { Kernel = kernel }))
        {
            Run(first, "build");
            Assert.Equal(4960u, Run(second, "sum"));
            Assert.Equal(0x1234568ul, second.Variables["magic"].Get<ulong>());

            first.Dispose();
            Assert.Throws<ObjectDisposedException>(() => first.Variables["magic"].Get<ulong>());
            Assert.Equal(4960u, Run(second, "sum"));
            Assert.Equal(0x1234569ul, second.Variables["magic"].Get<ulong>());
            Assert.Equal(1, kernel.MappedDescriptors);
        }

        Assert.Equal((0, 0), (kernel.OpenDescriptors, kernel.MappedDescriptors));
    }

    [Fact]
    public void Ref_FollowsTheListThatAProgramBuilt()
    {
        using BpfCollection collection = Load();
        BpfArena arena = collection.Maps["arena"].AsArena();

        Run(collection, "build");

        List<ulong> values = [];
        for (ulong next = collection.Variables["head"].Get<ulong>(); next != 0;)
        {
            Assert.True(arena.Contains(next));
            ref Node node = ref arena.Ref<Node>(next);
            Assert.Equal(next, arena.PointerTo(ref node));
            values.Add(node.Value);
            next = node.Next;
        }

        Assert.Equal(Enumerable.Range(0, 32).Reverse().Select(i => (ulong)i * 10), values);
    }

    [Fact]
    public void Program_FollowsTheListThatWasBuiltHere()
    {
        using BpfCollection collection = Load();
        BpfArena arena = collection.Maps["arena"].AsArena();

        // In pages that nobody has touched yet.
        Span<Node> nodes = arena.AsSpan<Node>(arena.Address + (5 * PageSize) - 32, 20);
        ulong first = 0;
        for (int i = 0; i < nodes.Length; i++)
        {
            nodes[i] = new Node { Next = first, Value = (ulong)i };
            first = arena.PointerTo(ref nodes[i]);
        }

        collection.Variables["head"].Set(first);
        Assert.Equal(190u, Run(collection, "sum"));
        collection.Variables["head"].Set(0ul);
        Assert.Equal(0u, Run(collection, "sum"));
    }

    [Fact]
    public void AsArena_KnowsItsPlace()
    {
        using BpfMap map = Create();
        BpfArena arena = map.AsArena();

        Assert.Equal(Pages * PageSize, arena.Length);
        Assert.Equal(0ul, arena.Address % PageSize);
        Assert.Equal(arena.Address >> 32, (arena.Address + arena.Length - 1) >> 32);
        arena.Ref<ulong>(arena.Address + 16) = 7;

        // The lower half is what a program stores that has not converted the pointer.
        Assert.Equal(7ul, arena.Ref<ulong>((uint)(arena.Address + 16)));
        Assert.True(arena.Contains(arena.Address + arena.Length - 1));
        Assert.False(arena.Contains(arena.Address + arena.Length));
        Assert.False(arena.Contains(0));
        Assert.False(arena.Contains(arena.Address + (1ul << 32)));
        Assert.Throws<ArgumentOutOfRangeException>(() => arena.Ref<ulong>(arena.Address - 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => arena.Ref<ulong>(arena.Address + arena.Length - 7));
        Assert.Contains("is null", Assert.Throws<ArgumentOutOfRangeException>(() => arena.Ref<ulong>(0)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => arena.AsSpan<ulong>(arena.Address, Pages * 4096).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => arena.AsSpan<ulong>(arena.Address, -1).Length);
        ulong elsewhere = 0;
        Assert.Throws<ArgumentOutOfRangeException>(() => arena.PointerTo(ref elsewhere));
    }

    [Fact]
    public void Create_AtAnAddress_IsThere()
    {
        const ulong address = 0x1_2340_0000_000;
        using (BpfMap map = Create(address))
        {
            Assert.Equal(address, map.AsArena().Address);
            BpfException error = Assert.Throws<BpfException>(() => Create(address).Dispose());
            Assert.Equal(Errno.EEXIST, error.Errno);
            Assert.Contains("this process has something else, or the arena already", error.Message);
        }

        using BpfMap misplaced = Create(address * 2);
        Assert.Equal(address * 2, misplaced.AsArena().Address);
    }

    [Fact]
    public void Create_WhereAnotherWasDisposed_TakesItsPlace()
    {
        const ulong address = 0x1_2350_0000_000;
        using (BpfMap first = Create(address)) first.AsArena().Ref<ulong>(address) = 7;

        for (int i = 0; i < 3; i++)
        {
            using BpfMap again = Create(address);
            BpfArena arena = again.AsArena();
            Assert.Equal((address, 0ul), (arena.Address, arena.Ref<ulong>(address)));
            arena.Ref<ulong>(address) = 8;
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        using BpfMap larger = Create(address, pages: 3 * Pages);
        BpfArena all = larger.AsArena();
        Assert.Equal((0ul, 0ul), (all.Ref<ulong>(address), all.Ref<ulong>(address + all.Length - 8)));
    }

    [Fact]
    public void Dispose_NothingHandedOut_GivesTheAddressesBack()
    {
        const ulong address = 0x1_2360_0000_000;
        UseOnce(address);

        GC.Collect();
        GC.WaitForPendingFinalizers();

        Assert.DoesNotContain(File.ReadLines("/proc/self/maps"), line => line.StartsWith($"{address:x}-", StringComparison.Ordinal));

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void UseOnce(ulong address)
        {
            using BpfMap map = Create(address);
            Assert.Equal(address, map.AsArena().Address);
        }
    }

    [Theory]
    [InlineData(-8, Pages)]
    [InlineData(8, Pages)]
    [InlineData(-8, 2 * Pages)]
    [InlineData(4, 2)]
    public void Create_OverlappingDisposedArenas_TakesTheirPlace(int distance, uint pages)
    {
        const ulong address = 0x1_2370_0100_000;
        BpfMap first = Create(address), second = Create(address + (2 * Pages * PageSize));
        ref ulong old = ref first.AsArena().Ref<ulong>(address);
        second.AsArena().Ref<ulong>(second.AsArena().Address) = 9;
        old = 7;
        first.Dispose();
        second.Dispose();

        ulong place = address + (ulong)(distance * (long)PageSize);
        using (BpfMap third = Create(place, pages: pages))
        {
            BpfArena arena = third.AsArena();
            Assert.Equal(place, arena.Address);
            arena.AsSpan<byte>(place, (int)arena.Length).Fill(1);
            if (arena.Contains(address)) Assert.Equal(0x0101010101010101ul, old);
        }

        Assert.Equal(0ul, old);
    }

    [Fact]
    public void Create_WhereSomethingElseIsBesideADisposedArena_IsRefusedAndLeavesIt()
    {
        const ulong address = 0x1_2380_0000_000;
        using (BpfMap first = Create(address)) first.AsArena().Ref<ulong>(address) = 7;
        using BpfMap neighbour = Create(address + ((Pages + 2) * PageSize), pages: 2);
        neighbour.AsArena().Ref<ulong>(neighbour.AsArena().Address) = 5;

        Assert.Equal(Errno.EEXIST, Assert.Throws<BpfException>(() => Create(address, pages: 2 * Pages).Dispose()).Errno);

        Assert.Equal(5ul, neighbour.AsArena().Ref<ulong>(neighbour.AsArena().Address));
        using BpfMap again = Create(address, pages: Pages + 2);
        Assert.Equal(address, again.AsArena().Address);
    }

    [Fact]
    public void Dispose_WithReferencesAbout_LeavesZerosInTheirPlace()
    {
        FaultyKernel kernel = new();
        BpfMap map = Create(kernel: kernel);
        BpfArena arena = map.AsArena();
        ref ulong place = ref arena.Ref<ulong>(arena.Address + 8);
        place = 5;

        map.Dispose();

        Assert.Equal((0, 0), (kernel.OpenDescriptors, kernel.MappedDescriptors));
        Assert.Equal(0ul, place);
        Assert.Throws<ObjectDisposedException>(() => arena.Ref<ulong>(arena.Address));
    }

    [Fact]
    public void Load_ArenaThatIsTooSmall_SaysSo()
    {
        CollectionSpec spec = Spec();
        spec.Maps["arena"].MaxEntries = 0;
        Assert.Contains("MaxEntries is 0", Assert.Throws<BpfException>(() => BpfCollection.Load(spec)).Message);

        FaultyKernel kernel = new();
        spec.Maps["arena"].MaxEntries = 2;
        spec.Maps["arena"].DataSize = 20_000;
        BpfException error = Assert.Throws<BpfException>(() => BpfCollection.Load(spec, new CollectionOptions { Kernel = kernel }));
        Assert.Equal("Create map \"arena\": its 2 pages are too few for 20000 bytes of variables", error.Message);
        Assert.Equal((0, 0), (kernel.OpenDescriptors, kernel.MappedDescriptors));
    }

    [Fact]
    public void Load_VariablesInAnArenaWhosePagesOnlyProgramsMake_SaysSo()
    {
        CollectionSpec spec = Spec();
        spec.Maps["arena"].Flags |= MapFlags.SegvOnFault;

        Assert.Contains("SegvOnFault", Assert.Throws<BpfException>(() => BpfCollection.Load(spec)).Message);
    }

    [Fact]
    public void AsArena_OfAnotherMap_IsRefused()
    {
        using BpfMap map = Make.Map(MapType.Array, flags: MapFlags.Mmapable);
        Assert.Contains("of type Array", Assert.Throws<NotSupportedException>(map.AsArena).Message);

        using BpfMap arena = Create();
        Assert.Contains("use AsArena", Assert.Throws<NotSupportedException>(() => arena.AsSpan().Length).Message);
    }

    private static ulong PageSize => (ulong)Environment.SystemPageSize;

    private static CollectionSpec Spec()
    {
        Requires.Map(MapType.Arena);
        return CollectionSpec.Load(TestObject.Path("arena_list"));
    }

    private static BpfCollection Load() => BpfCollection.Load(Spec());

    private static BpfMap Create(ulong address = 0, LinuxKernel? kernel = null, uint pages = Pages)
    {
        Requires.Map(MapType.Arena);
        MapSpec spec = Make.Spec(MapType.Arena, keySize: 0, valueSize: 0, maxEntries: pages, flags: MapFlags.Mmapable);
        spec.MapExtra = address;
        return Make.Map(kernel ?? RunningKernel.Instance, spec);
    }

    private static uint Run(BpfCollection collection, string program) =>
        collection.Programs[program].TestRun(new TestRunOptions()).ReturnValue;

    [StructLayout(LayoutKind.Sequential)]
    private struct Node
    {
        public ulong Next;
        public ulong Value;
    }
}
