using System.IO.Compression;
using System.Text;
using Ebpf.Features;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Loading.Externs;
using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Kernel;

public sealed class KernelSettingsTests
{
    private const string Text = """
        # Automatically generated file; DO NOT EDIT.
        # CONFIG_T_ABSENT is not set
        CONFIG_UNRELATED=nonsense
        CONFIG_T_BOOL=y
        CONFIG_T_TRISTATE=m
        CONFIG_T_CHAR=n
        CONFIG_T_S8=-128
        CONFIG_T_U8=0xff
        CONFIG_T_S16=-32768
        CONFIG_T_U16=65535
        CONFIG_T_S32=-2147483648
        CONFIG_T_U32=0xFFFFFFFF
        CONFIG_T_S64=-9223372036854775808
        CONFIG_T_U64=18446744073709551615
        CONFIG_T_TEXT="abc\"defgh"
        CONFIG_T_U8=1
        """;

    [Fact]
    public void Load_EveryTypeOfSetting_HasItsValue()
    {
        using BpfCollection collection = BpfCollection.Load(Spec(), new CollectionOptions { Kernel = With(Text) });
        NameTable<BpfVariable> variables = collection.Variables;

        Assert.True(variables["CONFIG_T_BOOL"].Get<bool>());
        Assert.Equal(2, variables["CONFIG_T_TRISTATE"].Get<int>());
        Assert.Equal((byte)'n', variables["CONFIG_T_CHAR"].Get<byte>());
        Assert.Equal(sbyte.MinValue, variables["CONFIG_T_S8"].Get<sbyte>());
        Assert.Equal(byte.MaxValue, variables["CONFIG_T_U8"].Get<byte>());
        Assert.Equal(short.MinValue, variables["CONFIG_T_S16"].Get<short>());
        Assert.Equal(ushort.MaxValue, variables["CONFIG_T_U16"].Get<ushort>());
        Assert.Equal(int.MinValue, variables["CONFIG_T_S32"].Get<int>());
        Assert.Equal(uint.MaxValue, variables["CONFIG_T_U32"].Get<uint>());
        Assert.Equal(long.MinValue, variables["CONFIG_T_S64"].Get<long>());
        Assert.Equal(ulong.MaxValue, variables["CONFIG_T_U64"].Get<ulong>());
        Assert.Equal("abc\\\"de\0"u8, variables["CONFIG_T_TEXT"].ToArray());
        Assert.Equal(0, variables["CONFIG_T_ABSENT"].Get<int>());
        Assert.Equal(0, variables["LINUX_HAS_TELEPATHY"].Get<int>());
    }

    [Fact]
    public void Load_Settings_AreWhatProgramsFind()
    {
        using BpfCollection collection = BpfCollection.Load(Spec(), new CollectionOptions { Kernel = With(Text) });

        Assert.Equal(
            unchecked((uint)(1 + 2 + 'n' - 128 + 255 + 'b')), collection.Programs["small"].TestRun(Packets.Udp()));
        Assert.Equal(
            unchecked((uint)(-32768 + 65535 + int.MinValue + -1 + 0 + -1)), collection.Programs["wide"].TestRun(Packets.Udp()));
    }

    [Fact]
    public void Load_Settings_CanOnlyBeRead()
    {
        using BpfCollection collection = BpfCollection.Load(Spec(), new CollectionOptions { Kernel = With(Text) });
        BpfVariable setting = collection.Variables["CONFIG_T_U32"];

        Assert.Equal((false, ".kconfig"), (setting.CanWrite(), setting.Section));
        Assert.Throws<InvalidOperationException>(() => setting.Set(1u));
        Assert.Equal(MapFlags.ReadOnlyProgram | MapFlags.Mmapable, collection.Maps[".kconfig"].Flags);
        Assert.Throws<BpfException>(() => collection.Maps[".kconfig"].Update(new byte[4], new byte[setting.Map.ValueSize]));
    }

    [Fact]
    public void Load_TheUsersSettings_ComeFirst()
    {
        CollectionOptions options = new() { Kconfig = "CONFIG_T_U8=7\r\nCONFIG_T_U8=8\nCONFIG_T_ABSENT=0755\nCONFIG_T_TEXT=\"é\"\n" };
        using BpfCollection collection = BpfCollection.Load(Spec(), options with { Kernel = With(Text) });

        Assert.Equal(7, collection.Variables["CONFIG_T_U8"].Get<byte>());
        Assert.Equal(493, collection.Variables["CONFIG_T_ABSENT"].Get<int>());
        Assert.Equal("é\0\0\0\0\0\0"u8, collection.Variables["CONFIG_T_TEXT"].ToArray());
        Assert.Equal(ushort.MaxValue, collection.Variables["CONFIG_T_U16"].Get<ushort>());
    }

    [Fact]
    public void Load_AllSettingsGiven_DoesNotLookForMore()
    {
        FaultyKernel kernel = With(null);
        CollectionOptions options = new() { Kconfig = Text };

        BpfCollection.Load(Spec(), options with { Kernel = kernel }).Dispose();
    }

    [Theory]
    [InlineData("CONFIG_T_BOOL=m", "m, which a bool does not hold")]
    [InlineData("CONFIG_T_BOOL=1", "a number, not a bool")]
    [InlineData("CONFIG_T_BOOL=\"y\"", "text, not a bool")]
    [InlineData("CONFIG_T_TRISTATE=1", "a number, not yes, no or module")]
    [InlineData("CONFIG_T_S16=y", "yes, no or module, not an integer")]
    [InlineData("CONFIG_T_TEXT=y", "yes, no or module, not text")]
    [InlineData("CONFIG_T_TEXT=12", "a number, not text")]
    [InlineData("CONFIG_T_TEXT=\"abc", "text without a closing quotation mark")]
    [InlineData("CONFIG_T_TEXT=\"", "text without a closing quotation mark")]
    [InlineData("CONFIG_T_U8=256", "does not fit into 1 unsigned byte")]
    [InlineData("CONFIG_T_U8=-1", "does not fit into 1 unsigned byte")]
    [InlineData("CONFIG_T_S8=128", "does not fit into 1 signed byte")]
    [InlineData("CONFIG_T_S8=-129", "does not fit into 1 signed byte")]
    [InlineData("CONFIG_T_S16=32768", "does not fit into 2 signed bytes")]
    [InlineData("CONFIG_T_U32=0x100000000", "does not fit into 4 unsigned bytes")]
    [InlineData("CONFIG_T_U64=18446744073709551616", "no number")]
    [InlineData("CONFIG_T_U64=12x", "no number")]
    [InlineData("CONFIG_T_U64=08", "no number")]
    [InlineData("CONFIG_T_U64=0x", "no number")]
    [InlineData("CONFIG_T_U64=-", "no number")]
    [InlineData("CONFIG_T_U64= ", "no number")]
    [InlineData("CONFIG_T_U64=", "there is no value")]
    [InlineData("CONFIG_T_U64", "there is no value")]
    public void Load_ValueThatDoesNotFit_NamesLineAndReason(string line, string reason)
    {
        CollectionFixture.AssertNoDescriptorStays(kernel =>
        {
            kernel.Files["/proc/config.gz"] = $"# first\n{line}\n{Text}";
            BpfException error = Assert.Throws<BpfException>(() => BpfCollection.Load(Spec(), new CollectionOptions { Kernel = kernel }));
            Assert.Contains($"line 2 of /proc/config.gz, \"{line}\"", error.Message);
            Assert.Contains(reason, error.Message);
        });
    }

    [Theory]
    [InlineData("+5", 5)]
    [InlineData("\t 5", 5)]
    [InlineData("0", 0)]
    [InlineData("0x7f", 127)]
    [InlineData("0X7F", 127)]
    [InlineData("0177", 127)]
    [InlineData("-0x80", -128)]
    public void Load_Numbers_AreReadAsInC(string text, sbyte expected)
    {
        CollectionOptions options = new() { Kconfig = $"CONFIG_T_S8={text}" };
        using BpfCollection collection = BpfCollection.Load(Spec(), options with { Kernel = With(Text) });

        Assert.Equal(expected, collection.Variables["CONFIG_T_S8"].Get<sbyte>());
    }

    [Fact]
    public void Load_SettingsThatAreMissing_AreNamedTogether()
    {
        string text = Text.Replace("CONFIG_T_BOOL=y", "# CONFIG_T_BOOL is not set", StringComparison.Ordinal)
            .Replace("CONFIG_T_U64=", "CONFIG_OTHER=", StringComparison.Ordinal);

        BpfException error = Assert.Throws<BpfException>(() => BpfCollection.Load(Spec(), new CollectionOptions { Kernel = With(text) }));

        Assert.Equal(
            "Find out the kernel's settings: CONFIG_T_BOOL, CONFIG_T_U64: not set in /proc/config.gz; declare what may be missing "
            + "__weak, or give values with CollectionOptions.Kconfig",
            string.Join(", ", error.Message));
    }

    [Fact]
    public void Load_NoConfigurationToBeFound_SaysWhereItWasLookedFor()
    {
        FaultyKernel kernel = With(null);
        kernel.BinaryFiles["/boot/config-6.1.0-test"] = [0x1f, 0x8b, 8, 0, 1, 2, 3];

        BpfException error = Assert.Throws<BpfException>(() => BpfCollection.Load(Spec(), new CollectionOptions { Kernel = kernel }));

        Assert.Contains("/proc/config.gz cannot be read (ENOENT), /boot/config-6.1.0-test is damaged, or too long", error.Message);
    }

    [Fact]
    public void Read_ReleaseThatCannotBeRead_SaysSo()
    {
        FaultyKernel kernel = With(null);
        kernel.Files[FaultyKernel.Release] = null;

        Assert.Null(KernelConfig.Read(kernel, out _, out string problem));
        Assert.Equal("/proc/config.gz cannot be read (ENOENT), /boot/config- cannot be read (ENOENT)", problem);
    }

    [Fact]
    public void Load_OnlyWeakSettingsAndNoConfiguration_AreZero()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("externs"));
        CollectionOptions options = new() { Kconfig = "CONFIG_BPF_SYSCALL=y" };
        using BpfCollection collection = BpfCollection.Load(spec, options with { Kernel = With(null) });

        Assert.Equal(0ul, collection.Variables["CONFIG_HZ"].Get<ulong>());
    }

    [Fact]
    public void Load_ConfigurationInBoot_PlainOrPacked_IsRead()
    {
        FaultyKernel plain = With(null), packed = With(null), bomb = With(null);
        plain.Files["/boot/config-6.1.0-test"] = Text;
        packed.BinaryFiles["/boot/config-6.1.0-test"] = Pack(Encoding.UTF8.GetBytes(Text));
        bomb.BinaryFiles["/boot/config-6.1.0-test"] = Pack(new byte[40 << 20]);

        foreach (FaultyKernel kernel in (FaultyKernel[])[plain, packed])
        {
            using BpfCollection collection = BpfCollection.Load(Spec(), new CollectionOptions { Kernel = kernel });
            Assert.Equal(255, collection.Variables["CONFIG_T_U8"].Get<byte>());
        }

        Assert.Contains("too long", Assert.Throws<BpfException>(() => BpfCollection.Load(Spec(), new CollectionOptions { Kernel = bomb })).Message);

        static byte[] Pack(byte[] content)
        {
            using MemoryStream packed = new();
            using (GZipStream stream = new(packed, CompressionLevel.Fastest)) stream.Write(content);
            return packed.ToArray();
        }
    }

    [Fact]
    public void Load_FactsAboutTheKernel_AreTrue()
    {
        using BpfCollection collection = BpfCollection.Load(Spec(), new CollectionOptions { Kernel = With(Text) });
        Version version = KernelFacts.Of(RunningKernel.Instance).Version;
        FaultyKernel numbered = With(Text);
        numbered.Files["/proc/version_signature"] = "Ubuntu 5.15.0-91.101-generic 5.15.301\n";
        using BpfCollection ubuntu = BpfCollection.Load(Spec(), new CollectionOptions { Kernel = numbered });

        Assert.Equal((5u << 16) | (15 << 8) | 255, ubuntu.Variables["LINUX_KERNEL_VERSION"].Get<uint>());
        Assert.Equal(version >= new Version(5, 15), collection.Variables["LINUX_HAS_BPF_COOKIE"].Get<bool>());
        Assert.Equal(1ul, collection.Variables["LINUX_HAS_SYSCALL_WRAPPER"].Get<ulong>());
    }

    [Fact]
    public void Facts_ThatCannotBeProbed_FollowFromTheVersion()
    {
        FaultyKernel kernel = new() { OnBpf = (_, _) => Errno.EPERM };
        kernel.Files["/proc/version_signature"] = "Ubuntu 5.4.0-12.15-generic 5.4.8";
        kernel.Files["/sys/bus/event_source/devices/kprobe/type"] = null;
        ProbedFacts facts = ProbedFacts.Of(kernel);

        Assert.Equal((false, true, false), (facts.HasBpfCookie, facts.HasSystemCallWrapper, facts.HasWideMapOffsets));
        Assert.False(facts.HasExactTrieWalks);
    }

    [Fact]
    public void ExactTrieWalks_AreThereSinceLinux6_13()
    {
        // Stable kernels from before have them too.
        if (KernelFacts.Of(RunningKernel.Instance).Version >= TrieWalkProbe.Since) Assert.True(ProbedFacts.Of(RunningKernel.Instance).HasExactTrieWalks);
        Assert.NotNull(TrieWalkProbe.Probe(RunningKernel.Instance));
    }

    [Fact]
    public void Load_SettingsThatNobodyKnows_AreNamed()
    {
        CollectionSpec spec = Spec();
        ExternSpec old = spec.Externs["LINUX_HAS_TELEPATHY"];
        BpfException error = Assert.Throws<BpfException>(() => KernelSettings.Read(
            With(Text),
            [
                new ExternSpec("LINUX_HAS_TELEPATHY", ExternKind.Kconfig, isWeak: false, old.Type, 0),
                new ExternSpec("SOMETHING", ExternKind.Kconfig, isWeak: true, old.Type, 4),
            ],
            8,
            null));

        Assert.StartsWith("Find out the kernel's settings: LINUX_HAS_TELEPATHY, SOMETHING: neither CONFIG_", error.Message);
    }

    [Fact]
    public void Load_TheRunningKernelsOwnSettings()
    {
        string? source = KernelConfig.Read(RunningKernel.Instance, out byte[] text, out _);
        Assert.SkipWhen(source is null, "the kernel's configuration is not to be found here");
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("externs"));
        spec.Programs["settings"].AutoLoad = true;
        using BpfCollection collection = BpfCollection.Load(spec);

        Assert.True(collection.Variables["CONFIG_BPF_SYSCALL"].Get<bool>());
        string line = Encoding.UTF8.GetString(text).Split('\n').Single(line => line.StartsWith("CONFIG_HZ=", StringComparison.Ordinal));
        Assert.Equal(line, $"CONFIG_HZ={collection.Variables["CONFIG_HZ"].Get<ulong>()}");
        uint expected = collection.Variables["LINUX_KERNEL_VERSION"].Get<uint>()
            + 1
            + collection.Variables["CONFIG_MODULES"].Get<byte>()
            + collection.Variables["CONFIG_VETH"].Get<uint>()
            + (uint)collection.Variables["CONFIG_HZ"].Get<ulong>()
            + collection.Variables["CONFIG_DEFAULT_HOSTNAME"].AsReadOnlySpan<byte>()[3];
        Assert.Equal(expected, collection.Programs["settings"].TestRun(Packets.Udp()));
    }

    private static CollectionSpec Spec() => CollectionSpec.Load(TestObject.Path("kconfig"));

    private static FaultyKernel With(string? text) => new()
    {
        Files = { ["/proc/config.gz"] = text, [FaultyKernel.Release] = "6.1.0-test\n" },
    };
}
