using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Maps.Creation;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Maps;

public sealed class MapCreationTests
{
    private static readonly int Cpus = Ebpf.Kernel.KernelFacts.Of(RunningKernel.Instance).PossibleCpus[^1] + 1;

    public static TheoryData<MapType, uint, uint, uint, MapFlags> Kinds => new()
    {
        { MapType.Hash, 4, 8, 10, MapFlags.None },
        { MapType.Array, 4, 8, 10, MapFlags.Mmapable },
        { MapType.ProgramArray, 0, 0, 10, MapFlags.None },
        { MapType.PerfEventArray, 0, 0, 0, MapFlags.None },
        { MapType.PerCpuHash, 4, 8, 10, MapFlags.None },
        { MapType.PerCpuArray, 4, 8, 10, MapFlags.None },
        { MapType.StackTrace, 4, 80, 10, MapFlags.None },
        { MapType.CgroupArray, 0, 0, 10, MapFlags.None },
        { MapType.LruHash, 4, 8, 10, MapFlags.NoCommonLru },
        { MapType.LruPerCpuHash, 4, 8, 10, MapFlags.None },
        { MapType.LpmTrie, 8, 8, 10, MapFlags.NoPreallocation },
        { MapType.CpuMap, 4, 4, 0, MapFlags.None },
        { MapType.DevMap, 4, 4, 10, MapFlags.None },
        { MapType.DevMapHash, 4, 4, 10, MapFlags.None },
        { MapType.SockHash, 4, 8, 10, MapFlags.None },
        { MapType.Queue, 0, 8, 10, MapFlags.None },
        { MapType.Stack, 0, 8, 10, MapFlags.None },
        { MapType.RingBuf, 0, 0, 5000, MapFlags.None },
        { MapType.UserRingBuf, 0, 0, 4096, MapFlags.None },
        { MapType.BloomFilter, 0, 8, 10, MapFlags.None },
        { MapType.Arena, 0, 0, 10, MapFlags.Mmapable },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Create_EveryKind_HasWhatTheKernelSays(MapType type, uint key, uint value, uint entries, MapFlags flags)
    {
        Requires.Map(type);
        ListLogger log = new();
        using BpfMap map = BpfMap.Create(Make.Spec(type, key, value, entries, flags), new MapOptions { Logger = log });
        MapInfo info = map.GetInfo();

        Assert.Equal(type, info.Type);
        Assert.Equal("test", info.Name);
        Assert.Equal((info.KeySize, info.ValueSize), (map.KeySize, map.ValueSize));
        Assert.Equal((info.MaxEntries, info.Id), (map.MaxEntries, map.Id));

        // The kernel makes maps of devices read-only for programs by itself.
        Assert.Equal(info.Flags & ~MapFlags.ReadOnlyProgram, map.Flags);
        Assert.Empty(log.Messages);
    }

    [Fact]
    public void Create_OpenNumbers_AreFilledIn()
    {
        using BpfMap events = Make.Map(MapType.PerfEventArray, 0, 0, 0);
        using BpfMap tooMany = Make.Map(MapType.PerfEventArray, 4, 4, 100_000);
        using BpfMap few = Make.Map(MapType.PerfEventArray, 4, 4, 1);
        using BpfMap ring = Make.Map(MapType.RingBuf, 0, 0, 5000);

        Assert.Equal(((uint)Cpus, 4, 4), (events.MaxEntries, events.KeySize, events.ValueSize));
        Assert.Equal((uint)Cpus, tooMany.MaxEntries);
        Assert.Equal(1u, few.MaxEntries);
        Assert.Equal(8192u, ring.MaxEntries);
    }

    [Fact]
    public void Create_SpecOfWrongMagicSize_SaysWhichIsRight()
    {
        BpfException error = Assert.Throws<BpfException>(() => Make.Map(MapType.PerfEventArray, keySize: 8));

        Assert.Equal("Create map \"test\": a PerfEventArray map has a key of 4 bytes, not of 8", error.Message);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a_name_longer_than_that", "a_name_longer_t")]
    [InlineData("with space/ü-", "with_space___")]
    [InlineData("counter.rodata", "counter.rodata")]
    [InlineData("", "")]
    public void Create_Name_IsMadeOneThatTheKernelTakes(string name, string expected)
    {
        MapSpec spec = Make.Spec(MapType.Hash);
        spec.Name = name;
        using BpfMap map = BpfMap.Create(spec);

        Assert.Equal(expected, map.GetInfo().Name);
        Assert.Equal(name, map.Name);
    }

    [Theory]
    [InlineData(nameof(MapOmissions.Dots), "a.b", "a_b")]
    [InlineData(nameof(MapOmissions.Name), "a.b", "")]
    [InlineData(nameof(MapOmissions.Types), "a.b", "a.b")]
    public void Create_OldKernel_IsDoneWithoutWhatItLacks(string what, string name, string expected)
    {
        MapOmissions lacking = Enum.Parse<MapOmissions>(what);
        FaultyKernel kernel = new() { OnBpf = (command, attr) => Lacks(command, attr, lacking) };
        MapSpec spec = Make.Spec(MapType.Hash);
        spec.Name = name;
        using BpfHandle btf = LoadIntBtf(kernel);
        ListLogger log = new();
        using BpfMap map = Make.Map(kernel, spec, new() { Btf = btf, KeyTypeId = 1, ValueTypeId = 2, Logger = log });

        Assert.Equal(
            [$"Information: Map \"{name}\" is created without {lacking.InWords()}, which this kernel does not accept"], log.Messages);
        Assert.Equal(expected, map.GetInfo().Name);
        Assert.Equal(lacking == MapOmissions.Types ? 0u : 1u, map.GetInfo().KeyTypeId.Value);
    }

    [Fact]
    public void Create_InitialValueAndFreeze_AreDone()
    {
        MapSpec spec = Make.Spec(MapType.Array, valueSize: 4, maxEntries: 1);
        spec.InitialValue = new byte[] { 1, 2, 3, 4 };
        spec.Freeze = true;
        using BpfMap map = BpfMap.Create(spec);
        byte[] value = new byte[4];

        Assert.True(map.TryGetValue(new byte[4], value));
        Assert.Equal([1, 2, 3, 4], value);
        BpfException error = Assert.Throws<BpfException>(() => map.Update(new byte[4], value));
        Assert.Equal(Errno.EPERM, error.Errno);
        Assert.Contains("frozen", error.Advice);
        Assert.Contains("it is frozen already", Assert.Throws<BpfException>(map.Freeze).Advice);
    }

    [Theory]
    [InlineData(MapType.ArrayOfMaps)]
    [InlineData(MapType.HashOfMaps)]
    public void Create_MapOfMaps_TakesMapsLikeItsTemplate(MapType type)
    {
        MapSpec spec = Make.Spec(type, valueSize: 0, maxEntries: 2);
        spec.InnerMap = Make.Spec(MapType.Hash);
        FaultyKernel kernel = new();
        using (BpfMap outer = Make.Map(kernel, spec))
        {
            Assert.Equal(1, kernel.OpenDescriptors);
            using BpfMap fitting = Make.Map(MapType.Hash);
            using BpfMap other = Make.Map(MapType.Array);
            using (BorrowedDescriptor inner = fitting.Handle.Borrow())
                outer.Update(new byte[4], BitConverter.GetBytes(inner.Descriptor));
            byte[] id = new byte[4];
            Assert.True(outer.TryGetValue(new byte[4], id));
            Assert.Equal(fitting.Id, BitConverter.ToUInt32(id));

            using BorrowedDescriptor wrong = other.Handle.Borrow();
            byte[] value = BitConverter.GetBytes(wrong.Descriptor);
            Assert.Equal(Errno.EINVAL, Assert.Throws<BpfException>(() => outer.Update(new byte[4], value)).Errno);
        }

        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void Create_MapOfMapsWithoutTemplate_Throws()
    {
        MapSpec spec = Make.Spec(MapType.ArrayOfMaps, valueSize: 0);

        Assert.Contains("InnerMap", Assert.Throws<BpfException>(() => BpfMap.Create(spec)).Message);
        spec.InnerMap = Make.Spec(MapType.HashOfMaps);
        Assert.Contains("maps of maps", Assert.Throws<BpfException>(() => BpfMap.Create(spec)).Message);
    }

    [Fact]
    public void Create_InitializersWithoutACollection_AreRefused()
    {
        MapSpec spec = Make.Spec(MapType.ProgramArray, valueSize: 4);
        spec.Initializers.Add(new MapInitializer(0, "parse_ipv4"));

        Assert.Contains("\"parse_ipv4\"", Assert.Throws<ArgumentException>(() => BpfMap.Create(spec)).Message);
    }

    public static TheoryData<MapType, uint, uint, uint, MapFlags, Errno, string> Mistakes => new()
    {
        { MapType.Unspecified, 4, 8, 1, MapFlags.None, Errno.EINVAL, "the type of the map is not set" },
        { MapType.Hash, 4, 8, 0, MapFlags.None, Errno.EINVAL, "MaxEntries is 0" },
        { MapType.Hash, 0, 8, 1, MapFlags.None, Errno.EINVAL, "KeySize is 0" },
        { MapType.Array, 4, 0, 1, MapFlags.None, Errno.EINVAL, "ValueSize is 0" },
        { MapType.Array, 8, 8, 1, MapFlags.None, Errno.EINVAL, "keys of arrays are 4 bytes, not 8" },
        { MapType.Array, 4, 8, 1, MapFlags.NoPreallocation, Errno.EINVAL, "cannot have the flag NoPreallocation" },
        { MapType.LpmTrie, 8, 8, 1, MapFlags.None, Errno.EINVAL, "needs the flag NoPreallocation" },
        { MapType.LpmTrie, 4, 8, 1, MapFlags.NoPreallocation, Errno.EINVAL, "keys of tries are 4 bytes of prefix" },
        { MapType.TaskStorage, 4, 8, 1, MapFlags.NoPreallocation, Errno.EINVAL, "MaxEntries must be 0" },
        { MapType.Queue, 4, 8, 1, MapFlags.None, Errno.EINVAL, "KeySize must be 0" },
        { MapType.RingBuf, 4, 0, 4096, MapFlags.None, Errno.EINVAL, "neither key nor value size" },
        { MapType.RingBuf, 0, 0, 0, MapFlags.None, Errno.EINVAL, "MaxEntries is 0" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Create_MistakeInTheSpec_IsNamed(
        MapType type, uint key, uint value, uint entries, MapFlags flags, Errno errno, string advice)
    {
        BpfException error = Assert.Throws<BpfException>(() => Make.Map(type, key, value, entries, flags));

        Assert.Equal((errno, $"Create {type} map \"test\""), (error.Errno, error.Operation));
        Assert.Contains(advice, error.Advice);
    }

    [Fact]
    public void Create_MapTypeOfALaterKernel_NamesTheVersion()
    {
        FaultyKernel kernel = Release("5.4.0", command => command == BpfCommand.MapCreate ? Errno.EINVAL : null);

        FeatureNotSupportedException error = Assert.Throws<FeatureNotSupportedException>(
            () => Make.Map(kernel, Make.Spec(MapType.RingBuf, 0, 0, 4096)));

        Assert.Equal("RingBuf maps", error.Feature);
        Assert.Equal(new Version(5, 8), error.Since);
        Assert.Equal(Errno.EINVAL, error.Errno);
    }

    [Fact]
    public void Create_FlagOfALaterKernel_NamesTheVersion()
    {
        FaultyKernel kernel = Release("5.4.0", command => command == BpfCommand.MapCreate ? Errno.EINVAL : null);

        FeatureNotSupportedException error = Assert.Throws<FeatureNotSupportedException>(
            () => Make.Map(kernel, Make.Spec(MapType.Array, flags: MapFlags.Mmapable)));

        Assert.Equal(("the map flag Mmapable", new Version(5, 5)), (error.Feature, error.Since!));
    }

    [Fact]
    public void Create_KernelThatCountsLockedMemory_RaisesTheLimitOnce()
    {
        FaultyKernel kernel = Release("5.10.0", null);
        int refusals = 0;
        kernel.OnBpf = (command, _) => command == BpfCommand.MapCreate && refusals++ == 0 ? Errno.EPERM : null;
        using BpfMap map = Make.Map(kernel, Make.Spec(MapType.Hash));

        Assert.Equal(ResourceLimit.Infinity, kernel.ResourceLimits[ResourceLimit.LockedMemory].Current);
        Assert.Equal([BpfCommand.MapCreate, BpfCommand.MapCreate], kernel.Commands);
    }

    [Fact]
    public void Create_KernelThatStillRefuses_AdvisesOnLockedMemory()
    {
        FaultyKernel kernel = Release("5.10.0", command => command == BpfCommand.MapCreate ? Errno.EPERM : null);

        BpfException error = Assert.Throws<BpfException>(() => Make.Map(kernel, Make.Spec(MapType.Hash)));

        Assert.Contains("RLIMIT_MEMLOCK", error.Advice);
        Assert.Equal(2, kernel.Commands.Count);
    }

    [Fact]
    public void Create_NewKernel_LeavesTheLimitAlone()
    {
        FaultyKernel kernel = Release("6.12.0", command => command == BpfCommand.MapCreate ? Errno.EPERM : null);

        Assert.Throws<BpfException>(() => Make.Map(kernel, Make.Spec(MapType.Hash)));

        Assert.Empty(kernel.ResourceLimits);
        Assert.Single(kernel.Commands);
    }

    [Fact]
    public void Create_AnyCallFails_LeavesNoDescriptor()
    {
        // Every call that creation makes fails once, with two errors: nothing stays open, and only BpfException comes out.
        MapSpec spec = Make.Spec(MapType.ArrayOfMaps, valueSize: 4);
        spec.InnerMap = Make.Spec(MapType.Array);
        MapSpec frozen = Make.Spec(MapType.PerCpuArray);
        frozen.Freeze = true;
        int failures = 0;
        foreach (MapSpec each in (MapSpec[])[spec, frozen])
        {
            foreach (Errno errno in (Errno[])[Errno.EPERM, Errno.EINVAL, Errno.ENOMEM, Errno.EMFILE])
            {
                for (int call = 1; ; call++)
                {
                    FaultyKernel kernel = new() { FailingCall = call, FailingWith = errno };
                    Exception? error = Record.Exception(() => Make.Map(kernel, each).Dispose());
                    Assert.Equal(0, kernel.OpenDescriptors);
                    if (error is not null)
                    {
                        failures++;
                        Assert.Equal(errno, Assert.IsType<BpfException>(error).Errno);
                    }

                    if (kernel.Calls < call) break;
                }
            }
        }

        Assert.InRange(failures, 12, 200);
    }

    private static FaultyKernel Release(string version, Func<BpfCommand, Errno?>? answer) => new()
    {
        OnBpf = answer is null ? null : (command, _) => answer(command),
        Files = { ["/proc/version_signature"] = null, [FaultyKernel.Build] = "#1 SMP", [FaultyKernel.Release] = version },
    };

    private static unsafe Errno? Lacks(BpfCommand command, nint pointer, MapOmissions lacking)
    {
        if (command != BpfCommand.MapCreate) return null;
        MapCreateAttr* attr = (MapCreateAttr*)pointer;
        return lacking switch
        {
            MapOmissions.Dots => attr->Name.ToString().Contains('.', StringComparison.Ordinal) ? Errno.EINVAL : null,
            MapOmissions.Name => attr->Name.IsEmpty ? null : Errno.E2BIG,
            _ => attr->Btf != 0 ? Errno.ENOTSUPP : null,
        };
    }

    /// <summary>BTF with two integers: 1 of 4 bytes, 2 of 8 bytes.</summary>
    private static BpfHandle LoadIntBtf(LinuxKernel kernel)
    {
        byte[] btf =
        [
            0x9f, 0xeb, 1, 0, 24, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0, 0, 32, 0, 0, 0, 5, 0, 0, 0,
            1, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0, 32, 0, 0, 0,
            3, 0, 0, 0, 0, 0, 0, 1, 8, 0, 0, 0, 64, 0, 0, 0,
            0, (byte)'i', 0, (byte)'l', 0,
        ];
        return kernel.LoadBtf(btf, out Errno error) ?? throw new BpfException("Load BTF", error);
    }
}
