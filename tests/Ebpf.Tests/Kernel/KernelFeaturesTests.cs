using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Linux;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Kernel;

public class KernelFeaturesTests
{
    // What depends on how a kernel was built: the ones here differ, and none can be expected.
    private static readonly ProgramType[] OptionalPrograms = [ProgramType.LircMode2];

    private static readonly Version Running = KernelFeatures.Running.KernelVersion;

    public static TheoryData<ProgramType> ProgramTypes => [.. Enum.GetValues<ProgramType>().Where(type => type != 0)];

    public static TheoryData<MapType> MapTypes => [.. Enum.GetValues<MapType>().Where(type => type != 0)];

    public static TheoryData<MapFlags> Flags => [.. Enum.GetValues<MapFlags>().Where(flag => flag != 0)];

    public static TheoryData<ProgramFlags> ProgramFlag => [.. Enum.GetValues<ProgramFlags>().Where(flag => flag != 0)];

    public static TheoryData<AttachType> AttachTypes => [.. Enum.GetValues<AttachType>()];

    public static TheoryData<LinkType> LinkTypes => [.. Enum.GetValues<LinkType>().Where(type => type != 0)];

    public static TheoryData<BtfKind> Kinds => [.. Enum.GetValues<BtfKind>().Where(kind => kind != 0)];

    public static TheoryData<GeneralFeature> GeneralFeatures => [.. Enum.GetValues<GeneralFeature>()];

    [Theory]
    [MemberData(nameof(ProgramTypes))]
    public void Of_ProgramType_IsSupportedSinceTheVersionThatBroughtIt(ProgramType type)
    {
        KernelFeature feature = KernelFeatures.Running.Of(type);
        Assert.SkipWhen(Array.IndexOf(OptionalPrograms, type) >= 0, $"{type} programs depend on how the kernel was built; {feature}");

        // A kernel that is locked down refuses these to everybody.
        bool mayBeForbidden = type is ProgramType.Lsm or ProgramType.Ext;
        Assert.SkipWhen(mayBeForbidden && feature is { Support: FeatureSupport.Unknown, Reason: "EPERM" }, feature.ToString());
        AssertFollowsVersion(feature);
    }

    [Theory]
    [MemberData(nameof(MapTypes))]
    public void Of_MapType_IsSupportedSinceTheVersionThatBroughtIt(MapType type) => AssertFollowsVersion(KernelFeatures.Running.Of(type));

    [Theory]
    [MemberData(nameof(Flags))]
    public void Of_MapFlag_IsSupportedSinceTheVersionThatBroughtIt(MapFlags flag) => AssertFollowsVersion(KernelFeatures.Running.Of(flag));

    [Theory]
    [MemberData(nameof(ProgramFlag))]
    public void Of_ProgramFlag_IsSupportedSinceTheVersionThatBroughtIt(ProgramFlags flag) =>
        AssertFollowsVersion(KernelFeatures.Running.Of(flag));

    [Theory]
    [MemberData(nameof(AttachTypes))]
    public void Of_AttachType_IsSupportedSinceTheVersionThatBroughtIt(AttachType type) =>
        AssertFollowsVersion(KernelFeatures.Running.Of(type));

    [Theory]
    [MemberData(nameof(LinkTypes))]
    public void Of_LinkType_IsSupportedSinceTheVersionThatBroughtIt(LinkType type) => AssertFollowsVersion(KernelFeatures.Running.Of(type));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Of_BtfKind_IsSupportedSinceTheVersionThatBroughtIt(BtfKind kind) => AssertFollowsVersion(KernelFeatures.Running.Of(kind));

    [Theory]
    [MemberData(nameof(GeneralFeatures))]
    public void Of_GeneralFeature_IsSupportedSinceTheVersionThatBroughtIt(GeneralFeature feature) =>
        AssertFollowsVersion(KernelFeatures.Running.Of(feature));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void InstructionSet_IsSupportedSinceTheVersionThatBroughtIt(int generation) =>
        AssertFollowsVersion(KernelFeatures.Running.InstructionSet(generation));

    [Theory]
    [InlineData(ProgramType.Xdp, Helper.XdpAdjustHead, FeatureSupport.Supported)]
    [InlineData(ProgramType.Xdp, Helper.KtimeGetNs, FeatureSupport.Supported)]
    [InlineData(ProgramType.Xdp, Helper.SkbStoreBytes, FeatureSupport.Missing)]
    [InlineData(ProgramType.SocketFilter, Helper.XdpAdjustHead, FeatureSupport.Missing)]
    [InlineData(ProgramType.SchedCls, Helper.SkbStoreBytes, FeatureSupport.Supported)]
    [InlineData(ProgramType.Tracepoint, Helper.PerfEventOutput, FeatureSupport.Supported)]
    [InlineData(ProgramType.Kprobe, Helper.GetCurrentComm, FeatureSupport.Supported)]
    [InlineData(ProgramType.CgroupSockAddr, Helper.Bind, FeatureSupport.Supported)]
    [InlineData(ProgramType.Tracing, Helper.GetCurrentComm, FeatureSupport.Supported)]
    [InlineData(ProgramType.Tracing, Helper.SkbStoreBytes, FeatureSupport.Missing)]
    [InlineData(ProgramType.StructOps, Helper.TcpSendAck, FeatureSupport.Supported)]
    [InlineData(ProgramType.Xdp, (Helper)100_000, FeatureSupport.Missing)]
    public void Of_Helper_SaysWhetherTheTypeMayCallIt(ProgramType type, Helper helper, FeatureSupport expected) =>
        Assert.Equal(expected, KernelFeatures.Running.Of(type, helper).Support);

    [Fact]
    public void Of_HelperThatMaySleep_IsSupportedForProgramsThatMay()
    {
        Requires.Kernel(5, 14, "sleepable tracing without a function of the kernel");
        Assert.Equal(FeatureSupport.Supported, KernelFeatures.Running.Of(ProgramType.Syscall, Helper.CopyFromUser).Support);
        Assert.Equal(FeatureSupport.Missing, KernelFeatures.Running.Of(ProgramType.Xdp, Helper.CopyFromUser).Support);
    }

    [Fact]
    public void Of_HelperOfExtensions_CannotBeTold()
    {
        Assert.SkipUnless(KernelFeatures.Running.Of(ProgramType.Ext).IsSupported, "extensions are not there");
        KernelFeature feature = KernelFeatures.Running.Of(ProgramType.Ext, Helper.KtimeGetNs);
        Assert.Equal(FeatureSupport.Unknown, feature.Support);
        Assert.Contains("what they are attached to", feature.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Kfunc_OfTheKernel_IsFoundWhereTheKernelMarksThem()
    {
        Requires.Kernel(6, 12, "the marks of kfuncs in BTF");
        Assert.Equal(FeatureSupport.Supported, KernelFeatures.Running.Kfunc("bpf_rcu_read_lock").Support);
        KernelFeature plain = KernelFeatures.Running.Kfunc("vfs_read");
        Assert.Equal(FeatureSupport.Missing, plain.Support);
        Assert.Equal("kfunc vfs_read: missing: the function exists, but programs may not call it", plain.ToString());
    }

    [Fact]
    public void Kfunc_ThatNoKernelHas_IsMissing() =>
        Assert.Equal(FeatureSupport.Missing, KernelFeatures.Running.Kfunc("bpf_no_such_function").Support);

    [Fact]
    public void Of_WithoutPermission_IsUnknownAndAskedForAgain()
    {
        FaultyKernel kernel = new() { OnBpf = (command, _) => command == BpfCommand.ProgramLoad ? Errno.EPERM : null };
        KernelFeatures features = KernelFeatures.For(kernel);
        KernelFeature refused = features.Of(ProgramType.Xdp);
        kernel.OnBpf = null;

        Assert.Equal(FeatureSupport.Unknown, refused.Support);
        Assert.StartsWith("program type Xdp: cannot be told: EPERM", refused.ToString(), StringComparison.Ordinal);
        Assert.True(features.Of(ProgramType.Xdp).IsSupported);
    }

    [Fact]
    public void Of_TypeThatIsMissing_SaysSinceWhenItIsThere()
    {
        FaultyKernel kernel = new() { OnBpf = (command, _) => command == BpfCommand.ProgramLoad ? Errno.EINVAL : null };
        KernelFeature feature = KernelFeatures.For(kernel).Of(ProgramType.Netfilter);
        Assert.Equal("program type Netfilter: missing (Linux 6.4 has it)", feature.ToString());
        FeatureNotSupportedException error =
            Assert.Throws<FeatureNotSupportedException>(() => feature.ThrowIfMissing("Attach program \"x\""));
        Assert.Equal(new Version(6, 4), error.Since);
    }

    [Fact]
    public void Of_CertainAnswer_IsKeptUntilForgotten()
    {
        FaultyKernel kernel = new();
        KernelFeatures features = KernelFeatures.For(kernel);
        features.Of(MapType.Hash);
        int calls = kernel.Calls;

        KernelFeature again = features.Of(MapType.Hash);
        Assert.Equal(calls, kernel.Calls);
        features.Forget();
        Assert.Equal(again, features.Of(MapType.Hash));
        Assert.NotEqual(calls, kernel.Calls);
    }

    [Fact]
    public void Of_EveryQuestion_LeavesNothingOpen()
    {
        FaultyKernel kernel = new();
        KernelFeatures features = KernelFeatures.For(kernel);
        foreach (ProgramType type in Enum.GetValues<ProgramType>()) features.Of(type);
        foreach (MapType type in Enum.GetValues<MapType>()) features.Of(type);
        foreach (MapFlags flag in Enum.GetValues<MapFlags>().Where(flag => flag != 0)) features.Of(flag);
        foreach (GeneralFeature feature in Enum.GetValues<GeneralFeature>()) features.Of(feature);
        features.Of(ProgramType.Tracing, Helper.CopyFromUser);
        features.Of(BtfKind.Float);
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void Of_SeveralFlags_IsRefused() =>
        Assert.Throws<ArgumentException>(() => KernelFeatures.Running.Of(MapFlags.Mmapable | MapFlags.ReadOnly));

    private static void AssertFollowsVersion(KernelFeature feature)
    {
        Assert.NotNull(feature.Since);
        FeatureSupport expected = feature.Since <= Running ? FeatureSupport.Supported : FeatureSupport.Missing;
        Assert.True(feature.Support == expected, $"{feature}; since {feature.Since}, and this is {Running}");
    }
}
