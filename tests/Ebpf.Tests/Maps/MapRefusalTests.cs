using Ebpf.Linux;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Maps;

/// <summary>Mistakes that the running kernel really refuses, and what is said about them.</summary>
public sealed class MapRefusalTests
{
    public static TheoryData<MapType, uint, uint, uint, MapFlags, Errno, string> Mistakes => new()
    {
        { MapType.Array, 4, 8, 1, MapFlags.ReadOnlyProgram | MapFlags.WriteOnlyProgram, Errno.EINVAL, "ReadOnlyProgram and WriteOnlyProgram" },
        { MapType.Hash, 4, 8, 1, MapFlags.ReadOnly | MapFlags.WriteOnly, Errno.EINVAL, "ReadOnly and WriteOnly together" },
        { MapType.Hash, 4, 8, 1, MapFlags.Mmapable, Errno.EINVAL, "cannot have the flag Mmapable" },
        { MapType.Hash, 4, 8, 1, MapFlags.NoCommonLru, Errno.EINVAL, "NoCommonLru is for LRU maps" },
        { MapType.LruHash, 4, 8, 1, MapFlags.NoPreallocation, Errno.ENOTSUPP, "cannot have the flag NoPreallocation" },
        { MapType.PerCpuArray, 4, 8, 1, MapFlags.Mmapable, Errno.EINVAL, "cannot have the flag Mmapable" },
        { MapType.PerCpuArray, 4, 40_000, 1, MapFlags.None, Errno.E2BIG, "a per-CPU map has at most 32768" },
        { MapType.PerCpuHash, 4, 40_000, 1, MapFlags.None, Errno.E2BIG, "a per-CPU map has at most 32768" },
        { MapType.ProgramArray, 4, 4, 1, MapFlags.ReadOnlyProgram, Errno.EINVAL, "cannot have the flag ReadOnlyProgram" },
        { MapType.CgroupArray, 4, 4, 1, MapFlags.NoPreallocation, Errno.EINVAL, "cannot have the flag NoPreallocation" },
        { MapType.PerfEventArray, 4, 4, 1, MapFlags.ZeroSeed, Errno.EINVAL, "cannot have the flag ZeroSeed" },
        { MapType.StackTrace, 8, 80, 1, MapFlags.None, Errno.EINVAL, "keys of this kind of map are 4 bytes, not 8" },
        { MapType.StackTrace, 4, 81, 1, MapFlags.None, Errno.EINVAL, "a multiple of 8 bytes, not 81" },
        { MapType.StackTrace, 4, 40, 1, MapFlags.StackBuildId, Errno.EINVAL, "a multiple of 32 bytes, not 40" },
        { MapType.StackTrace, 4, 80_000, 1, MapFlags.None, Errno.EINVAL, "sysctl kernel.perf_event_max_stack" },
        { MapType.LpmTrie, 300, 8, 1, MapFlags.NoPreallocation, Errno.EINVAL, "1 to 256 of data, not 300" },
        { MapType.DevMap, 4, 5, 1, MapFlags.None, Errno.EINVAL, "4 or 8 bytes, not 5" },
        { MapType.DevMap, 8, 4, 1, MapFlags.None, Errno.EINVAL, "keys of this kind of map are 4 bytes, not 8" },
        { MapType.SockHash, 4, 16, 1, MapFlags.None, Errno.EINVAL, "4 or 8 bytes, not 16" },
        { MapType.SockHash, 1000, 4, 1, MapFlags.None, Errno.E2BIG, "a key of 1000 bytes" },
        { MapType.XskMap, 4, 8, 1, MapFlags.None, Errno.EINVAL, "values of this kind of map are 4 bytes, not 8" },
        { MapType.CpuMap, 4, 12, 1, MapFlags.None, Errno.EINVAL, "4 or 8 bytes, not 12" },
        { MapType.Queue, 0, 0, 1, MapFlags.None, Errno.EINVAL, "ValueSize is 0" },
        { MapType.Stack, 0, 8, 1, MapFlags.NoPreallocation, Errno.EINVAL, "cannot have the flag NoPreallocation" },
        { MapType.BloomFilter, 4, 8, 1, MapFlags.None, Errno.EINVAL, "KeySize must be 0" },
        { MapType.RingBuf, 0, 0, 3_000_000_000, MapFlags.None, Errno.EINVAL, "a power of two" },
        { MapType.RingBuf, 0, 0, 4096, MapFlags.Mmapable, Errno.EINVAL, "cannot have the flag Mmapable" },
        { MapType.SkStorage, 4, 8, 0, MapFlags.NoPreallocation, Errno.EINVAL, "needs BTF" },
        { MapType.SkStorage, 8, 8, 0, MapFlags.NoPreallocation, Errno.EINVAL, "keys of this kind of map are 4 bytes, not 8" },
        { MapType.SkStorage, 4, 8, 0, MapFlags.None, Errno.EINVAL, "needs the flag NoPreallocation" },
        { MapType.CgroupStorage, 4, 8, 0, MapFlags.None, Errno.EINVAL, "keys are the id of a cgroup" },
        { MapType.StructOps, 4, 8, 1, MapFlags.None, Errno.EINVAL, "needs its type in the kernel's BTF" },
        { MapType.Arena, 4, 8, 1, MapFlags.Mmapable, Errno.EINVAL, "an arena has neither key nor value size" },
        { MapType.Arena, 0, 0, 2_000_000, MapFlags.Mmapable, Errno.E2BIG, "an arena has at most 4 GiB, 1048576 pages" },
        { MapType.InsnArray, 4, 8, 1, MapFlags.None, Errno.EINVAL, "values of this kind of map are 16 bytes, not 8" },
        { MapType.RHash, 4, 8, 1, MapFlags.None, Errno.EINVAL, "needs the flag NoPreallocation" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Create_Mistake_IsNamed(
        MapType type, uint key, uint value, uint entries, MapFlags flags, Errno errno, string advice)
    {
        Requires.Map(type);
        BpfException error = Assert.Throws<BpfException>(() => Make.Map(type, key, value, entries, flags));

        Assert.Equal(errno, error.Errno);
        Assert.Contains(advice, error.Advice);
    }

    [Theory]
    [InlineData(MapType.Hash, 1UL, "no meaning for MapExtra")]
    [InlineData(MapType.BloomFilter, 16UL, "at most 15 hash functions")]
    [InlineData(MapType.Arena, 4097UL, "a multiple of the page size")]
    public void Create_WrongExtra_IsNamed(MapType type, ulong extra, string advice)
    {
        Requires.Map(type);
        Requires.Map(MapType.BloomFilter);
        MapSpec spec = type switch
        {
            MapType.Arena => Make.Spec(type, 0, 0, 1, MapFlags.Mmapable),
            MapType.BloomFilter => Make.Spec(type, keySize: 0),
            _ => Make.Spec(type),
        };
        spec.MapExtra = extra;

        Assert.Contains(advice, Assert.Throws<BpfException>(() => BpfMap.Create(spec)).Advice);
    }

    [Fact]
    public void Create_ArenaAcrossABoundary_IsNamed()
    {
        Requires.Map(MapType.Arena);
        MapSpec spec = Make.Spec(MapType.Arena, 0, 0, 2, MapFlags.Mmapable);
        spec.MapExtra = (1UL << 32) - 4096;

        BpfException error = Assert.Throws<BpfException>(() => BpfMap.Create(spec));

        Assert.Equal(Errno.ERANGE, error.Errno);
        Assert.Contains("crosses a multiple of 4 GiB", error.Advice);
    }

    [Fact]
    public void Create_NumaNodeThatIsNotThere_IsNamed()
    {
        MapSpec spec = Make.Spec(MapType.Hash);
        spec.NumaNode = 900;

        BpfException error = Assert.Throws<BpfException>(() => BpfMap.Create(spec));

        Assert.Equal((Errno.EINVAL, true), (error.Errno, error.Advice?.StartsWith("this machine has no NUMA node 900", StringComparison.Ordinal) ?? true));
        spec.NumaNode = 0;
        using BpfMap map = BpfMap.Create(spec);
        Assert.True(map.Flags.HasFlag(MapFlags.NumaNode));
    }

    [Fact]
    public void Create_InnerMapOfAKindThatCannotBe_IsNamed()
    {
        MapSpec spec = Make.Spec(MapType.ArrayOfMaps, valueSize: 4);
        spec.InnerMap = Make.Spec(MapType.ProgramArray, valueSize: 4);

        Assert.Equal(
            "a ProgramArray map cannot be held by a map of maps", Assert.Throws<BpfException>(() => BpfMap.Create(spec)).Advice);
    }

    [Fact]
    public void Create_KernelThatSpeaks_IsQuoted()
    {
        FaultyKernel kernel = new()
        {
            OnBpf = (command, _) => command == BpfCommand.MapCreate ? Errno.EINVAL : null,
            OnCommon = (_, common) => Say(common, "Invalid something.\n"),
        };

        Assert.Equal(
            "the kernel says: Invalid something.",
            Assert.Throws<BpfException>(() => Make.Map(kernel, Make.Spec(MapType.Hash))).Advice);
        Assert.Equal(
            "MaxEntries is 0 (the kernel: Invalid something.)",
            Assert.Throws<BpfException>(() => Make.Map(kernel, Make.Spec(MapType.Hash, maxEntries: 0))).Advice);

        static unsafe Errno Say(nint common, string text)
        {
            CommonAttr* attr = (CommonAttr*)common;
            System.Text.Encoding.UTF8.GetBytes(text, new Span<byte>(attr->Log, (int)attr->LogSize));
            return Errno.EINVAL;
        }
    }

    [Fact]
    public void Create_SevenTwo_SpeaksItself()
    {
        Requires.Kernel(7, 2, "words about refused maps");
        MapSpec spec = Make.Spec(MapType.Hash);
        spec.MapExtra = 1;

        Assert.Contains("(the kernel: Invalid map_extra.)", Assert.Throws<BpfException>(() => BpfMap.Create(spec)).Advice);
    }

    [Fact]
    public void Create_ExclusiveHashOfTheWrongLength_IsNamed()
    {
        Requires.Kernel(6, 18, "exclusive programs");
        MapSpec spec = Make.Spec(MapType.Array);
        spec.ExclusiveProgramHash = new byte[20];

        Assert.StartsWith(
            "a SHA-256 (ExclusiveProgramHash) has 32 bytes, not 20",
            Assert.Throws<BpfException>(() => BpfMap.Create(spec)).Advice,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Create_ExclusiveProgramOnAnOlderKernel_NamesTheVersion()
    {
        FaultyKernel kernel = new()
        {
            OnBpf = (command, _) => command == BpfCommand.MapCreate ? Errno.E2BIG : null,
            Files = { ["/proc/version_signature"] = null, [FaultyKernel.Build] = "#1 SMP", [FaultyKernel.Release] = "6.1.0" },
        };
        MapSpec spec = Make.Spec(MapType.Array);
        spec.ExclusiveProgramHash = new byte[32];

        FeatureNotSupportedException error = Assert.Throws<FeatureNotSupportedException>(() => Make.Map(kernel, spec));

        Assert.Equal(("maps that only one program can use", new Version(6, 18)), (error.Feature, error.Since!));
    }
}
