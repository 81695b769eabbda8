using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ebpf.Linux;
using Ebpf.TestData;
using Ebpf.Tests.Linux;
using Ebpf.Tests.Maps;

namespace Ebpf.Tests;

public sealed class VariableTests(BpfFileSystemFixture files) : IClassFixture<BpfFileSystemFixture>
{
    private enum Step
    {
        Start = 1,
        Running,
        Done,
    }

    [Fact]
    public void Get_OfEveryKind_IsWhatTheObjectHolds()
    {
        using BpfCollection collection = Load();
        NameTable<BpfVariable> variables = collection.Variables;

        Assert.Equal(5u, variables["limit"].Get<uint>());
        Assert.Equal(0ul, variables["counter"].Get<ulong>());
        Assert.False(variables["is_on"].Get<bool>());
        Assert.Equal(-3, variables["small"].Get<short>());
        Assert.Equal(Step.Start, variables["step"].Get<Step>());
        Assert.Equal(new Pair(1, 2, 3), variables["pair"].Get<Pair>());
        Assert.Equal("hello\0"u8, variables["text"].AsReadOnlySpan<byte>()[..6]);
        Assert.Equal(1ul, variables["large"].AsReadOnlySpan<ulong>()[0]);
        Assert.Equal(0, variables["pointer"].Get<nint>());
        Assert.Equal("struct pair pair (.data)", variables["pair"].ToString());
        Assert.False(variables.ContainsKey("secret"));
        Assert.All(variables.Values, variable => Assert.True(variable.TryMap()));
    }

    [Fact]
    public void Set_IsSeenByPrograms_AndWhatTheyWriteIsSeenHere()
    {
        using BpfCollection collection = Load();
        NameTable<BpfVariable> variables = collection.Variables;
        variables["is_on"].Set(true);
        variables["pair"].Set(new Pair(20, 22, 0));
        variables["small"].Set<short>(-5);
        variables["text"].Set("goodbye.goodbye."u8);

        collection.Programs["mirror"].TestRun(Packets.Udp());

        Assert.Equal(new Pair(20, 22, 42), variables["pair"].Get<Pair>());
        Assert.Equal(Step.Done, variables["step"].Get<Step>());
        Assert.Equal(unchecked((uint)-5), variables["table"].AsSpan<uint>()[3]);
        Assert.Equal((ulong)'g', variables["large"].AsReadOnlySpan<ulong>()[511]);
        Assert.Equal("goodbye.goodbye."u8, variables["text"].ToArray());
        Assert.Equal(new Pair(20, 22, 42), CollectionFixture.Read<Pair>(collection, Spec().Variables["pair"]));
    }

    [Fact]
    public void Load_ChangedSpec_IsWhatVariablesHold()
    {
        CollectionSpec spec = Spec();
        spec.Variables["limit"].Set(77u);
        spec.Variables["counter"].Set(1000ul);
        using BpfCollection collection = BpfCollection.Load(spec);

        Assert.Equal(77u, collection.Programs["count"].TestRun(Packets.Udp()));
        Assert.Equal(77u, collection.Variables["limit"].Get<uint>());
        Assert.Equal(1001ul, collection.Variables["counter"].Get<ulong>());
    }

    [Fact]
    public void Get_WhileAProgramCounts_MakesNoSystemCall()
    {
        FaultyKernel kernel = new();
        using BpfCollection collection = BpfCollection.Load(Spec(), new CollectionOptions { Kernel = kernel });
        BpfVariable counter = collection.Variables["counter"];
        collection.Variables["rounds"].Set(100u);
        counter.Get<ulong>();
        int before = kernel.Calls, runs = 0;
        bool enough = false;
        Thread runner = new(() =>
        {
            for (; !Volatile.Read(ref enough); runs++)
                collection.Programs["count"].TestRun(new TestRunOptions { Data = Packets.Udp(), Repeat = 1000 });
        });
        runner.Start();
        ulong last = 0;
        for (int changes = 0; changes < 50;)
        {
            ulong now = counter.Get<ulong>();
            Assert.True(now >= last);
            if (now > last) changes++;
            last = now;
        }

        Volatile.Write(ref enough, true);
        runner.Join();
        Assert.Equal(100_000ul * (uint)runs, counter.Get<ulong>());
        Assert.Equal(runs, kernel.Calls - before);
    }

    [Fact]
    public void Interlocked_OnBothSides_LosesNothing()
    {
        using BpfCollection collection = Load();
        collection.Variables["rounds"].Set(1000u);
        const int repeat = 2000, additions = 2_000_000;
        Thread[] programs = [.. Enumerable.Range(0, 2).Select(_ => new Thread(() =>
            collection.Programs["count"].TestRun(new TestRunOptions { Data = Packets.Udp(), Repeat = repeat })))];
        foreach (Thread program in programs) program.Start();

        ref ulong counter = ref collection.Variables["counter"].Ref<ulong>();
        for (int i = 0; i < additions; i++) Interlocked.Increment(ref counter);
        foreach (Thread program in programs) program.Join();

        Assert.Equal((2ul * 1000 * repeat) + additions, collection.Variables["counter"].Get<ulong>());
    }

    [Fact]
    public void GetAndSet_AllocateNothing()
    {
        CollectionSpec unmapped = Spec();
        foreach (MapSpec map in unmapped.Maps.Values) map.Flags &= ~MapFlags.Mmapable;
        using BpfCollection mapped = Load(), copied = BpfCollection.Load(unmapped);
        foreach (BpfCollection collection in (BpfCollection[])[mapped, copied])
        {
            BpfVariable counter = collection.Variables["counter"], pair = collection.Variables["pair"];
            Use(counter, pair);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++) Use(counter, pair);

            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        static void Use(BpfVariable counter, BpfVariable pair)
        {
            counter.Set(counter.Get<ulong>() + 1);
            counter.Set(counter.Get<long>() + 1);
            pair.Set(new Pair(1, 2, pair.Get<Pair>().Sum));
            pair.Set("0123456789abcdef"u8);
        }
    }

    [Fact]
    public void Set_OfAConstant_IsRefused()
    {
        using BpfCollection collection = Load();
        BpfVariable limit = collection.Variables["limit"];

        Assert.False(limit.CanWrite());
        Assert.True(collection.Variables["counter"].CanWrite());
        Assert.Contains(
            "set constants in CollectionSpec.Variables before loading",
            Assert.Throws<InvalidOperationException>(() => limit.Set(6u)).Message);
        Assert.Throws<InvalidOperationException>(() => limit.Set([1, 0, 0, 0]));
        Assert.Throws<InvalidOperationException>(() => limit.Ref<uint>());
        Assert.Throws<InvalidOperationException>(() => limit.AsSpan<byte>().Length);
        Assert.Equal(5u, limit.ReadOnlyRef<uint>());
    }

    [Fact]
    public void Get_AsATypeThatDoesNotFit_SaysWhy()
    {
        using BpfCollection collection = Load();
        NameTable<BpfVariable> variables = collection.Variables;

        Assert.Equal(
            "__u64 counter (.bss): it has 8 bytes, System.UInt32 has 4.",
            Assert.Throws<ArgumentException>(() => variables["counter"].Get<uint>()).Message);
        Assert.Contains("not System.Double", Assert.Throws<ArgumentException>(() => variables["counter"].Get<double>()).Message);
        Assert.Contains("not System.Single", Assert.Throws<ArgumentException>(() => variables["step"].Set(1f)).Message);
        Assert.Throws<ArgumentException>(() => variables["pair"].Ref<ulong>());
        Assert.Contains(
            "offset 0: C has `__u32 first`", Assert.Throws<ArgumentException>(() => variables["pair"].Get<Swapped>()).Message);
        Assert.False(variables["pair"].TryGet(out Swapped _));
        Assert.Throws<ArgumentException>(() => variables["table"].AsSpan<Twelve>().Length);
        Assert.Throws<ArgumentException>(() => variables["table"].AsSpan<float>().Length);
        Assert.Throws<ArgumentException>(() => variables["table"].CopyTo(new byte[31]));
        Assert.Throws<ArgumentException>(() => variables["table"].Set(new byte[33]));
        Assert.False(variables["counter"].TryGet(out int _));
        Assert.True(variables["counter"].TryGet(out long value));
        Assert.Equal(0, value);
        Assert.Equal(1, variables["is_on"].Get<byte>() + 1);
    }

    [Fact]
    public void Load_OnAKernelThatMapsNothing_ReadsAndWritesCopies()
    {
        FaultyKernel kernel = new();
        using BpfCollection collection = LoadUnmapped(kernel);
        NameTable<BpfVariable> variables = collection.Variables;

        variables["pair"].Set(new Pair(3, 4, 0));
        variables["rounds"].Set(10u);
        collection.Programs["mirror"].TestRun(Packets.Udp());
        collection.Programs["count"].TestRun(Packets.Udp());

        Assert.Equal(new Pair(3, 4, 7), variables["pair"].Get<Pair>());
        Assert.Equal(10ul, variables["counter"].Get<ulong>());
        Assert.Equal(5u, variables["limit"].Get<uint>());
        Assert.Equal("hello"u8, variables["text"].ToArray().AsSpan(0, 5));
        Assert.False(variables["pair"].TryMap());
        Assert.True(variables["pair"].CanWrite());
        Assert.False(variables["limit"].CanWrite());
        Assert.Throws<InvalidOperationException>(() => variables["limit"].Set(6u));
        Assert.Contains("use Get and Set", Assert.Throws<NotSupportedException>(() => variables["counter"].Ref<ulong>()).Message);
        Assert.Equal(MapFlags.None, collection.Maps[".bss"].Flags);
        Assert.Equal(0, kernel.MappedRanges);
    }

    [Fact]
    public void Load_ObjectWithoutTypes_HasVariablesByCopies()
    {
        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("data.nobtf")));
        BpfVariable written = collection.Variables["bss_u64"];

        collection.Programs["write_variables"].TestRun(Packets.Udp());

        Assert.Equal((0x12345678ul, false, (object?)null), (written.Get<ulong>(), written.TryMap(), written.Type));
    }

    [Fact]
    public void Load_SectionWithALock_HasVariablesByCopies()
    {
        Requires.Kernel(6, 2, "locks in global variables");
        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("locked")));
        BpfVariable guarded = collection.Variables["guarded"], step = collection.Variables["step"];

        step.Set(3ul);
        for (int i = 0; i < 4; i++) collection.Programs["add"].TestRun(Packets.Udp());

        Assert.Equal(12ul, MemoryMarshal.Read<ulong>(guarded.ToArray().AsSpan(8)));
        Assert.False(step.TryMap());
        Assert.Contains("lock", Assert.Throws<NotSupportedException>(() => step.Ref<ulong>()).Message);
    }

    [Fact]
    public void Load_PinnedSection_IsSharedWithLaterCollections()
    {
        CollectionSpec spec = Spec();
        CollectionOptions options = new() { PinDirectory = $"{files.Root}/variables" };
        spec.Maps[".bss"].Pinning = MapPinning.ByName;
        spec.Maps[".rodata"].Pinning = MapPinning.ByName;
        using BpfCollection first = BpfCollection.Load(spec, options);
        spec.Variables["counter"].Set(99ul);
        using BpfCollection second = BpfCollection.Load(spec, options);

        first.Programs["count"].TestRun(Packets.Udp());

        Assert.Equal(1ul, second.Variables["counter"].Get<ulong>());
        Assert.Equal(5u, second.Variables["limit"].Get<uint>());
        Assert.False(second.Variables["limit"].CanWrite());
    }

    [Fact]
    public void Load_SectionOfStaticVariablesOnly_IsNotMappable()
    {
        using BpfCollection collection = Load();

        Assert.Equal(MapFlags.None, collection.Maps[".data.secret"].Flags);
        Assert.Equal(MapFlags.Mmapable, collection.Maps[".data"].Flags);
        Assert.Equal(MapFlags.Mmapable | MapFlags.ReadOnlyProgram, collection.Maps[".rodata"].Flags);
    }

    [Fact]
    public void Load_SectionThatTheUserMadeLarger_HasZerosBehind()
    {
        CollectionSpec spec = Spec();
        spec.Maps[".data.large"].ValueSize = 8192;
        spec.Maps[".bss"].ValueSize = 4096;
        using BpfCollection collection = BpfCollection.Load(spec);

        ReadOnlySpan<ulong> all = MemoryMarshal.Cast<byte, ulong>(
            collection.Maps[".data.large"].AsReadOnlySpan());
        Assert.Equal((1024, 1ul, 0ul), (all.Length, all[0], all[1023]));
    }

    [Fact]
    public void Load_SectionThatIsNotCreated_HasNoVariables()
    {
        CollectionSpec spec = Spec();
        spec.Programs["mirror"].AutoLoad = false;
        spec.Maps[".data.large"].AutoCreate = false;
        using BpfCollection collection = BpfCollection.Load(spec);

        Assert.False(collection.Variables.ContainsKey("large"));
        Assert.True(collection.Variables.ContainsKey("counter"));
    }

    [Fact]
    public void Dispose_WhileOthersReadAndWrite_EndsThemOrderly()
    {
        for (int round = 0; round < 20; round++)
        {
            BpfCollection collection = Load();
            BpfVariable counter = collection.Variables["counter"];
            int failures = 0;
            Thread[] users = [.. Enumerable.Range(0, 3).Select(_ => new Thread(() =>
            {
                try
                {
                    while (true) counter.Set(counter.Get<ulong>() + 1);
                }
                catch (ObjectDisposedException)
                {
                    Interlocked.Increment(ref failures);
                }
            }))];
            foreach (Thread user in users) user.Start();
            while (counter.Get<ulong>() < 1000) Thread.Yield();

            collection.Dispose();
            foreach (Thread user in users) user.Join();

            Assert.Equal(3, failures);
        }
    }

    private static CollectionSpec Spec() => CollectionSpec.Load(TestObject.Path("memory"));

    private static BpfCollection Load() => BpfCollection.Load(Spec());

    /// <summary>As on a kernel before 5.5. The other maps are of no interest.</summary>
    private static unsafe BpfCollection LoadUnmapped(FaultyKernel kernel)
    {
        CollectionSpec spec = Spec();
        foreach (string name in (string[])["numbers", "odd", "constants"]) spec.Maps[name].Flags &= ~MapFlags.Mmapable;
        kernel.OnBpf = (command, attr) =>
            command == BpfCommand.MapCreate && ((MapCreateAttr*)attr)->Flags.HasFlag(MapFlags.Mmapable) ? Errno.EINVAL : null;
        return BpfCollection.Load(spec, new CollectionOptions { Kernel = kernel });
    }

    private readonly record struct Pair(uint First, uint Second, ulong Sum);

    private readonly record struct Swapped(ulong Sum, uint First, uint Second);

    [InlineArray(3)]
    private struct Twelve
    {
        private uint _first;
    }
}
