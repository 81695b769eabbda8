using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Ebpf.Btf;
using Ebpf.Linux;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Programs;

/// <summary>What test runs refuse, and how they say so.</summary>
public sealed class TestRunRulesTests
{
    [Theory]
    [InlineData("classify", 1_000_000)]
    [InlineData("filter_egress", 1_000_000)]
    [InlineData("mark_packet", 1_000_000)]
    [InlineData("dissect", 1_000_000)]
    public void Packet_ThatIsTooLong_SaysSo(string name, int size)
    {
        using BpfCollection trial = Trial.Load(name);

        BpfException error = Assert.Throws<BpfException>(() => trial.Programs[name].TestRun(new byte[size]));

        Assert.Equal($"a packet of {size} bytes is too long for a test run of this program", error.Advice);
    }

    [Theory]
    [InlineData("mark_packet", "Xdp")]
    [InlineData("classify", "SchedCls")]
    [InlineData("on_function", "Tracing")]
    public void Cpu_ForAProgramThatHasNoChoice_SaysSoBeforeItRuns(string name, string type)
    {
        FaultyKernel kernel = new();
        using BpfCollection trial = Trial.LoadOrSkip(name, kernel);
        BpfProgram program = trial.Programs[name];
        TestRunOptions options = new() { Data = Packets.Udp() };
        string message = $"Only raw tracepoint programs are run on a CPU that is chosen: {type} programs run on that of the calling thread. (Parameter 'options')";

        Assert.Equal(message, Assert.Throws<ArgumentException>(() => program.TestRun(options with { Cpu = 0 })).Message);
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => program.TestRun(options with { Flags = TestRunFlags.RunOnCpu })).Message);
        Assert.DoesNotContain(BpfCommand.ProgramTestRun, kernel.Commands);
    }

    [Fact]
    public void BatchSize_WithoutLiveFrames_SaysSo()
    {
        using BpfCollection trial = Trial.Load("mark_packet");
        TestRunOptions options = new() { Data = Packets.Udp(), BatchSize = 8 };

        Assert.Equal(
            "only live frames are handled in batches", Assert.Throws<BpfException>(() => trial.Programs["mark_packet"].TestRun(options)).Advice);
    }

    [Fact]
    public void RawTracepoint_ContextThatIsTooShort_SaysSo()
    {
        using BpfCollection trial = Trial.Load("on_enter");
        ulong context = 1;

        Assert.Equal(
            "the program reads more of its context than the 8 bytes that it is given",
            Assert.Throws<BpfException>(() => trial.Programs["on_enter"].TestRun(ref context)).Advice);
    }

    public static TheoryData<TestRunOptions> OutOfRange => new(
        new TestRunOptions { Repeat = 0 },
        new TestRunOptions { Repeat = -1 },
        new TestRunOptions { Headroom = -1 },
        new TestRunOptions { Data = new byte[64], Headroom = int.MaxValue },
        new TestRunOptions { BatchSize = -1 },
        new TestRunOptions { Cpu = -1 });

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public void Options_OutOfRange_AreAMistakeOfTheCaller(TestRunOptions options)
    {
        FaultyKernel kernel = new();
        using BpfCollection trial = Trial.Load("mark_packet", kernel);
        int calls = kernel.Calls;

        Assert.Throws<ArgumentOutOfRangeException>(() => trial.Programs["mark_packet"].TestRun(options));
        Assert.Equal(calls, kernel.Calls);
    }

    [Fact]
    public void LiveFrames_NoPacketOrInterface_IsAMistakeOfTheCaller()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => TestRunOptions.LiveFrames(Packets.Udp(), 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => TestRunOptions.LiveFrames(Packets.Udp(), 1, 0));
    }
}
