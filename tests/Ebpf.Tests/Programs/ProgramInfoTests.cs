using Ebpf.Linux;
using Ebpf.Tests.Linux;
using Ebpf.Tests.Maps;

namespace Ebpf.Tests.Programs;

public sealed unsafe class ProgramInfoTests
{
    private const string LongName = "a_program_with_a_long_name";

    [Fact]
    public void Info_TellsWhatTheProgramIs()
    {
        DateTimeOffset before = DateTimeOffset.UtcNow;
        using BpfCollection trial = Trial.Load(LongName);
        BpfProgram program = trial.Programs[LongName];
        ProgramInfo info = program.GetInfo();

        Assert.Equal((ProgramType.SchedCls, program.Id, LongName, LongName[..15]), (info.Type, info.Id, info.Name, info.KernelName));
        Assert.Matches("^[0-9a-f]{16}$", info.Tag);
        Assert.Equal((0u, true), (info.UserId, info.IsGplCompatible));
        Assert.InRange(info.LoadTime!.Value, before.AddSeconds(-1), DateTimeOffset.UtcNow.AddSeconds(1));
        Assert.True(info.MemorySize > 0);
        Assert.Equal((0, null), (info.InterfaceIndex, info.HiddenBecause));
        Assert.True(info.BtfId > 0);
        Assert.Equal(new[] { trial.Maps[".bss"].Id, trial.Maps["unused"].Id }.Order(), info.MapIds.Order());
        Assert.Equal(0, info.TranslatedSize!.Value % 8);
    }

    [Fact]
    public void Info_TellsTheFunctions()
    {
        using BpfCollection trial = Trial.Load(LongName);
        ProgramInfo info = trial.Programs[LongName].GetInfo();

        Assert.Equal(2, info.Functions.Count);
        Assert.Equal(0, info.Functions[0].Slot);
        Assert.All(info.Functions, function => Assert.Matches("^[0-9a-f]{16}$", function.Tag));
        Assert.NotEqual(info.Functions[0].Tag, info.Functions[1].Tag);
        Assert.InRange(info.Functions[1].Slot!.Value, 1, info.TranslatedSize!.Value / 8);
        Assert.NotEqual(info.Functions[0].TypeId, info.Functions[1].TypeId);
        Assert.Equal(info.JitedSize, info.Functions.Sum(function => function.JitedSize));
        Assert.All(info.Functions, function => Assert.True(function.Address > 1UL << 63));
    }

    [Fact]
    public void Info_TellsHowMuchTheVerifierFollowed()
    {
        Requires.Kernel(5, 16, "counts of verified instructions");
        using BpfCollection trial = Trial.Load("mark_packet");

        Assert.InRange(trial.Programs["mark_packet"].GetInfo().VerifiedInstructions!.Value, 5, 100);
    }

    [Fact]
    public void Info_OlderKernel_LeavesOutWhatItDoesNotTell()
    {
        // Linux 4.13 ends behind the pointer to the instructions.
        const int known = 40;
        using BpfProgram program = Opened((info, attr) =>
        {
            new Span<byte>((byte*)info + known, sizeof(KernelProgramInfo) - known).Clear();
            attr->InfoSize = known;
        });
        ProgramInfo old = program.GetInfo();

        Assert.Equal(ProgramType.Xdp, old.Type);
        Assert.Equal((null, null, null, null), (old.LoadTime, old.LoadNanoseconds, old.UserId, old.IsGplCompatible));
        Assert.Equal((null, null, null, null), (old.VerifiedInstructions, old.Statistics, old.AttachTypeId, old.AttachBtfId));
        Assert.Equal(("", 0), (old.KernelName, old.MapIds.Count));
        Assert.NotNull(old.TranslatedSize);
    }

    [Fact]
    public void Info_WithoutCapabilities_HidesAndSaysWhy()
    {
        using BpfProgram program = Opened((info, _) =>
        {
            info->TranslatedSize = info->JitedSize = info->JitedSymbolCount = info->JitedLengthCount = 0;
            info->FunctionInfoCount = info->LineInfoCount = info->JitedLineInfoCount = info->TagCount = 0;
        });
        ProgramInfo info = program.GetInfo();

        Assert.Equal((null, null, 0), (info.TranslatedSize, info.JitedSize, info.Functions.Count));
        Assert.Equal("needs CAP_BPF (this process does not have it); sysctl kernel.unprivileged_bpf_disabled is 2", info.HiddenBecause);
        BpfException error = Assert.Throws<BpfException>(program.ReadInstructions);
        Assert.Equal((Errno.EPERM, info.HiddenBecause), (error.Errno, error.Advice));
        Assert.Equal(info.HiddenBecause, Assert.Throws<BpfException>(program.ReadJitedCode).Advice);
    }

    [Fact]
    public void Info_HiddenAddresses_AreNullAndSayWhy()
    {
        using BpfProgram program = Opened((info, _) =>
        {
            info->JitedSymbols = null;
            info->JitedLengths = null;
            info->Jited = null;
            info->Translated = null;
        });
        ProgramInfo info = program.GetInfo();

        Assert.Equal((null, null), (info.Functions[0].Address, info.Functions[0].JitedSize));
        Assert.True(info.JitedSize > 0);
        Assert.Equal("the kernel hides its addresses from this process: sysctl kernel.kptr_restrict is 2: set it to 1; and it needs CAP_SYSLOG", info.HiddenBecause);
        Assert.Equal(info.HiddenBecause, Assert.Throws<BpfException>(program.ReadJitedCode).Advice);
        Assert.Equal(
            $"its constants are blinded (sysctl net.core.bpf_jit_harden is 1), and {info.HiddenBecause}",
            Assert.Throws<BpfException>(program.ReadInstructions).Advice);
    }

    [Fact]
    public void Info_MapIsBoundMeanwhile_AsksAgain()
    {
        using BpfCollection trial = Trial.Load("mark_packet");
        using BpfMap map = Maps.Make.Map(MapType.Array);
        int asked = 0;
        FaultyKernel kernel = new();
        using BpfProgram program = BpfProgram.Open(trial.Programs["mark_packet"].Id, kernel: kernel);
        program.BindMap(trial.Maps["unused"]);
        kernel.OnBpf = (command, _) =>
        {
            if (command == BpfCommand.ObjectGetInfo && ++asked == 2) program.BindMap(map);
            return null;
        };

        Assert.Equal([trial.Maps["unused"].Id, map.Id], program.GetInfo().MapIds);
        Assert.Equal(4, asked);
    }

    [Fact]
    public void BindMap_OlderKernel_NamesTheVersion()
    {
        using BpfCollection trial = Trial.Load("mark_packet");
        FaultyKernel kernel = new() { Files = { ["/proc/version_signature"] = null, [FaultyKernel.Build] = "", [FaultyKernel.Release] = "5.9.0" } };
        using BpfProgram program = BpfProgram.Open(trial.Programs["mark_packet"].Id, kernel: kernel);
        kernel.OnBpf = (command, _) => command == BpfCommand.ProgramBindMap ? Errno.EINVAL : null;

        Assert.Equal(
            new Version(5, 10), Assert.Throws<FeatureNotSupportedException>(() => program.BindMap(trial.Maps["unused"])).Since);
    }

    [Fact]
    public void Statistics_CountWhileTheyAreOn()
    {
        using BpfCollection trial = Trial.Load("mark_packet");
        BpfProgram program = trial.Programs["mark_packet"];
        ProgramStatistics counted;
        using (BpfStatistics.Enable())
        {
            program.TestRun(new TestRunOptions { Data = Packets.Udp(), Repeat = 50 });
            counted = program.GetStatistics();
        }

        Assert.Equal(50UL, counted.RunCount);
        Assert.True(counted.RunNanoseconds > 0);
        Assert.Equal(counted.RunNanoseconds / 50.0, counted.AverageNanoseconds);
        Assert.Equal((long)counted.RunNanoseconds / 100, counted.RunTime.Ticks);
        Assert.Equal(counted, program.GetInfo().Statistics);
    }

    [Fact]
    public void Statistics_AllocateNothing()
    {
        using BpfCollection trial = Trial.Load("mark_packet");
        BpfProgram program = trial.Programs["mark_packet"];

        Maps.Allocations.AssertNone(() => _ = program.GetStatistics());
    }

    [Fact]
    public void EnableStatistics_OlderKernel_NamesTheSetting()
    {
        FaultyKernel kernel = new() { OnBpf = (_, _) => Errno.EINVAL };

        Assert.Contains("sysctl kernel.bpf_stats_enabled", Assert.Throws<FeatureNotSupportedException>(() => BpfStatistics.Enable(kernel)).Message);
    }

    /// <summary>A program of a kernel that changes what it tells.</summary>
    private static BpfProgram Opened(Editor edit)
    {
        using BpfCollection trial = Trial.Load("mark_packet");
        FaultyKernel kernel = new()
        {
            Files =
            {
                ["/proc/thread-self/status"] = "CapEff:\t0000000000000000\n",
                ["/proc/sys/kernel/unprivileged_bpf_disabled"] = "2\n",
                ["/proc/sys/kernel/kptr_restrict"] = "2\n",
                ["/proc/sys/net/core/bpf_jit_harden"] = "1\n",
            },
        };
        BpfProgram program = BpfProgram.Open(trial.Programs["mark_packet"].Id, kernel: kernel);
        kernel.OnBpf = (command, pointer) =>
        {
            if (command != BpfCommand.ObjectGetInfo) return null;
            ObjectInfoAttr* attr = (ObjectInfoAttr*)pointer;
            bool isProgram = attr->InfoSize == sizeof(KernelProgramInfo);
            Errno error = RunningKernel.Instance.Bpf(command, attr, sizeof(ObjectInfoAttr)).Error;
            if (isProgram) edit((KernelProgramInfo*)attr->Info, attr);
            return error;
        };
        return program;
    }

    private delegate void Editor(KernelProgramInfo* info, ObjectInfoAttr* attr);
}
