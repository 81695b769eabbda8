using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Ebpf.Btf;
using Ebpf.Linux;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Programs;

public sealed class TestRunTests
{
    private const uint XdpPass = 2, TcShot = 2;

    [Fact]
    public void Xdp_ChangesThePacket()
    {
        using BpfCollection trial = Trial.Load("mark_packet");
        TestRunResult result = trial.Programs["mark_packet"].TestRun(new TestRunOptions { Data = new byte[60], Repeat = 3 });

        Assert.Equal((XdpPass, 60, (byte)60), (result.ReturnValue, result.Data.Length, result.Data.Span[0]));
    }

    [Fact]
    public void Xdp_GrowsByMoreThanTheHeadroom_SaysHowMuchIsNeeded()
    {
        using BpfCollection trial = Trial.Load("grow_packet");
        BpfProgram program = trial.Programs["grow_packet"];
        TestRunOptions options = new() { Data = new byte[64], Headroom = 31 };
        BpfException error = Assert.Throws<BpfException>(() => program.TestRun(options));

        Assert.Equal(
            (Errno.ENOSPC, "the packet has 96 bytes now, and there was room for 95: set Headroom to 32, or give a longer span"),
            (error.Errno, error.Advice));
        Assert.Equal(96, program.TestRun(options with { Headroom = 32 }).Data.Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(13)]
    public void Xdp_PacketWithoutEthernetHeader_SaysSo(int length)
    {
        Requires.Kernel(5, 18, "refusal of XDP packets without header");
        using BpfCollection trial = Trial.Load("mark_packet");
        BpfException error = Assert.Throws<BpfException>(() => trial.Programs["mark_packet"].TestRun(new byte[length]));

        Assert.Equal($"a packet for a Xdp program has at least 14 bytes, this one {length}", error.Advice);
    }

    [Fact]
    public void Classifier_GetsAndGivesTheContext()
    {
        using BpfCollection trial = Trial.Load("classify");

        // The mark is the third word; the kernel gives all of its 192 bytes back, whatever was given.
        byte[] context = new byte[12];
        BinaryPrimitives.WriteUInt32LittleEndian(context.AsSpan(8), 1000);
        TestRunResult result = trial.Programs["classify"].TestRun(new TestRunOptions { Data = Packets.Udp(), Context = context });

        Assert.Equal(TcShot, result.ReturnValue);
        Assert.Equal(1000u + Packets.Udp().Length, MemoryMarshal.Read<uint>(result.Context.Span[8..]));
    }

    [Theory]
    [InlineData("filter_egress", 1)]
    [InlineData("route", 0)]
    public void OtherPacketPrograms_Run(string name, uint expected)
    {
        using BpfCollection trial = Trial.Load(name);

        Assert.Equal(expected, trial.Programs[name].TestRun(Packets.Udp()));
    }

    [Fact]
    public void FlowDissector_GivesTheKeys()
    {
        using BpfCollection trial = Trial.Load("dissect");
        TestRunResult result = trial.Programs["dissect"].TestRun(new TestRunOptions { Data = Packets.Udp() });

        // struct bpf_flow_keys: ip_proto at 9.
        Assert.Equal((56, 6), (result.Data.Length, result.Data.Span[9]));
    }

    [Fact]
    public void SkLookup_GetsTheContext()
    {
        Requires.Kernel(5, 14, "trial runs of sk_lookup programs");
        using BpfCollection trial = Trial.Load("look_up");
        BpfProgram program = trial.Programs["look_up"];

        Assert.Equal((0u, 1u), (Look(80), Look(443)));
        Assert.Equal(
            "a struct bpf_sk_lookup is needed as the context",
            Assert.Throws<BpfException>(() => program.TestRun(new TestRunOptions())).Advice);

        uint Look(uint port)
        {
            // struct bpf_sk_lookup: sk 0, family 8, protocol 12, remote_ip4 16, remote_ip6 20, remote_port 36, local_ip4 40, local_ip6 44, local_port 60.
            byte[] context = new byte[68];
            MemoryMarshal.Write(context.AsSpan(8), 2u);
            MemoryMarshal.Write(context.AsSpan(12), 6u);
            MemoryMarshal.Write(context.AsSpan(60), port);
            return program.TestRun(new TestRunOptions { Context = context }).ReturnValue;
        }
    }

    [Fact]
    public void RawTracepoint_RunsOnTheCpuThatIsAskedFor()
    {
        using BpfCollection trial = Trial.Load("on_enter");
        BpfProgram program = trial.Programs["on_enter"];
        ulong[] arguments = [5, 42];
        int last = Environment.ProcessorCount - 1;
        TestRunResult result = program.TestRun(
            new TestRunOptions { Context = MemoryMarshal.AsBytes<ulong>(arguments).ToArray(), Cpu = last });

        Assert.Equal(7u, result.ReturnValue);
        Assert.Equal((42UL, (ulong)last), (trial.Variables["argument"].Get<ulong>(), trial.Variables["cpu"].Get<ulong>()));
        Assert.Equal(0, result.Context.Length);
    }

    [Fact]
    public void RawTracepoint_NoSuchCpu_SaysSo()
    {
        using BpfCollection trial = Trial.Load("on_enter");
        TestRunOptions options = new() { Context = new byte[16], Cpu = 8191 };

        Assert.Contains("there is no CPU 8191", Assert.Throws<BpfException>(() => trial.Programs["on_enter"].TestRun(options)).Advice);
    }

    [Fact]
    public void Syscall_ChangesItsContext()
    {
        Requires.Kernel(5, 14, "syscall programs");
        using BpfCollection trial = Trial.Load("add");
        ulong[] arguments = [30, 12, 0];
        TestRunResult result = trial.Programs["add"].TestRun(
            new TestRunOptions { Context = MemoryMarshal.AsBytes<ulong>(arguments).ToArray() });

        Assert.Equal((3u, 42UL), (result.ReturnValue, MemoryMarshal.Read<ulong>(result.Context.Span[16..])));
        Assert.Equal(0UL, arguments[2]);
    }

    [Fact]
    public void Tracing_IsCalledByTheFunctionsOfTheKernel()
    {
        using BpfCollection trial = Trial.LoadOrSkip("on_function");
        using BpfLink link = trial.Programs["on_function"].Attach();
        trial.Programs["on_function"].TestRun(new TestRunOptions());

        Assert.Equal(101UL, trial.Variables["argument"].Get<ulong>());
    }

    [Fact]
    public void Netfilter_NeedsAnIpHeader()
    {
        Requires.Kernel(6, 4, "netfilter programs");
        using BpfCollection trial = Trial.Load("accept");
        BpfProgram program = trial.Programs["accept"];

        Assert.Equal(1u, program.TestRun(Packets.Udp()));
        Assert.Equal(
            "a packet for a Netfilter program has at least 20 bytes, this one 19",
            Assert.Throws<BpfException>(() => program.TestRun(new byte[19])).Advice);
    }

    [Fact]
    public void KindWithoutTrial_SaysSo()
    {
        using BpfCollection trial = Trial.Load("no_trial");
        BpfException error = Assert.Throws<BpfException>(() => trial.Programs["no_trial"].TestRun(Packets.Udp()));

        Assert.Equal("Kprobe programs have no test runs on this kernel", error.Advice);
    }

    [Theory]
    [InlineData("on_enter")]
    [InlineData("add")]
    public void Repeat_ProgramThatRunsOnce_IsRefused(string name)
    {
        if (name == "add") Requires.Kernel(5, 14, "syscall programs");
        using BpfCollection trial = Trial.Load(name);

        Assert.Throws<ArgumentException>(() => trial.Programs[name].TestRun(new TestRunOptions { Context = new byte[24], Repeat = 2 }));
        Assert.Throws<ArgumentException>(() => trial.Programs[name].Benchmark([], 10));
    }

    [Fact]
    public void Packet_ForAProgramThatTakesNone_IsRefused()
    {
        using BpfCollection trial = Trial.Load("on_enter");
        TestRunOptions options = new() { Data = new byte[64], Context = new byte[16] };

        Assert.Equal(
            "RawTracepoint programs take no packet, but a context",
            Assert.Throws<BpfException>(() => trial.Programs["on_enter"].TestRun(options)).Advice);
    }

    [Fact]
    public void LiveFrames_AreReallySent()
    {
        Requires.Kernel(5, 18, "live frames");
        using VirtualInterfaces pair = new();
        using BpfCollection trial = Trial.Load("count_and_send");

        // Without a program on the peer, veth takes no frames.
        using BpfCollection receiver = Trial.Load("mark_packet");
        using BpfLink link = receiver.Programs["mark_packet"].AttachXdp(pair.PeerName);
        long before = Sent(pair.Name);
        TestRunOptions options = TestRunOptions.LiveFrames(Packets.Udp(), pair.Index, 500) with { BatchSize = 32 };
        TestRunResult result = trial.Programs["count_and_send"].TestRun(options);

        Assert.Equal(500UL, trial.Variables["seen"].Get<ulong>());
        Assert.Equal((0u, 0, 0), (result.ReturnValue, result.Data.Length, result.Context.Length));
        SpinWait.SpinUntil(() => Sent(pair.Name) - before >= 500, TimeSpan.FromSeconds(10));
        Assert.Equal(500, Sent(pair.Name) - before);
        Assert.Equal(
            "at most 256 packets are handled at once",
            Assert.Throws<BpfException>(() => trial.Programs["count_and_send"].TestRun(options with { BatchSize = 257 })).Advice);

        static long Sent(string name) =>
            long.Parse(File.ReadAllText($"/sys/class/net/{name}/statistics/tx_packets"), CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Benchmark_CountsEveryRun()
    {
        using BpfCollection trial = Trial.Load("count_and_send");
        BenchmarkResult result = trial.Programs["count_and_send"].Benchmark(Packets.Udp(), 25_000, TestContext.Current.CancellationToken);

        Assert.Equal((25_000, 25_000UL, 3u), (result.Runs, trial.Variables["seen"].Get<ulong>(), result.ReturnValue));
        Assert.InRange(result.AverageNanoseconds, 0, double.MaxValue);
    }

    [Fact]
    public void Benchmark_Cancelled_EndsAfterThePartThatRuns()
    {
        using CancellationTokenSource source = new();
        int parts = 0;
        FaultyKernel kernel = new();
        using BpfCollection trial = Trial.Load("count_and_send", kernel);
        kernel.OnBpf = (command, _) =>
        {
            if (command == BpfCommand.ProgramTestRun && ++parts == 2) source.Cancel();
            return null;
        };

        Assert.Throws<OperationCanceledException>(
            () => trial.Programs["count_and_send"].Benchmark(Packets.Udp(), int.MaxValue, source.Token));
        Assert.Equal(2, parts);
    }

    [Fact]
    public void TestRun_Interrupted_RunsAgain()
    {
        int interruptions = 2;
        FaultyKernel kernel = new();
        using BpfCollection trial = Trial.Load("count_and_send", kernel);
        kernel.OnBpf = (command, _) => command == BpfCommand.ProgramTestRun && interruptions-- > 0 ? Errno.EINTR : null;

        Assert.Equal(3u, trial.Programs["count_and_send"].TestRun(Packets.Udp()));
        Assert.Equal(3, kernel.Commands.Count(command => command == BpfCommand.ProgramTestRun));
    }

    [Fact]
    public void TestRun_InterruptedEachTime_GivesUpAndSaysWhy()
    {
        FaultyKernel kernel = new();
        using BpfCollection trial = Trial.Load("count_and_send", kernel);
        kernel.OnBpf = (command, _) => command == BpfCommand.ProgramTestRun ? Errno.EINTR : null;
        BpfProgram program = trial.Programs["count_and_send"];

        BpfException error = Assert.Throws<BpfException>(() => program.TestRun(Packets.Udp()));

        Assert.Equal((Errno.EINTR, "interrupted by signals again and again"), (error.Errno, error.Advice));
        Assert.Equal(5, kernel.Commands.Count(command => command == BpfCommand.ProgramTestRun));
        Assert.Equal(Errno.EINTR, Assert.Throws<BpfException>(() => program.Benchmark(Packets.Udp(), 10_000)).Errno);
    }

    [Fact]
    public void TestRun_CancelledWhileItIsInterrupted_EndsAfterThatAttempt()
    {
        FaultyKernel kernel = new();
        using BpfCollection trial = Trial.Load("count_and_send", kernel);
        using CancellationTokenSource source = new();
        kernel.OnBpf = (command, _) =>
        {
            if (command != BpfCommand.ProgramTestRun) return null;
            source.Cancel();
            return Errno.EINTR;
        };
        BpfProgram program = trial.Programs["count_and_send"];

        Assert.Throws<OperationCanceledException>(() => program.TestRun(new TestRunOptions { Data = Packets.Udp() }, source.Token));
        Assert.Equal(1, kernel.Commands.Count(command => command == BpfCommand.ProgramTestRun));
    }

    [Fact]
    public void Members_OfADisposedProgram_NameIt()
    {
        using BpfCollection trial = Trial.Load("mark_packet");
        BpfProgram program = trial.Programs["mark_packet"];
        uint id = program.Id;
        program.Dispose();

        Assert.Equal("Xdp program \"mark_packet\"", Assert.Throws<ObjectDisposedException>(() => program.TestRun(Packets.Udp())).ObjectName);
        Assert.Equal("Xdp program \"mark_packet\"", Assert.Throws<ObjectDisposedException>(program.GetInfo).ObjectName);
        Assert.Equal(id, program.Id);
    }

    [Fact]
    public unsafe void StructOps_GetsItsArguments()
    {
        Requires.Kernel(6, 1, "trial runs of bpf_dummy_ops");
        BtfSpec kernel = KernelBtf.GetTypes();
        Assert.SkipUnless(kernel.TryGet("bpf_dummy_ops", out Btf.StructType? type), "this kernel has no struct bpf_dummy_ops");

        // int (*test_2)(struct bpf_dummy_ops_state *cb, int a1, unsigned short a2, char a3, unsigned long a4): returns a1.
        ulong[] code = [0x79 | (0x10UL << 8) | (8UL << 16), 0x95];
        fixed (ulong* instructions = code)
        fixed (byte* license = "GPL\0"u8)
        {
            ProgramLoadAttr attr = new()
            {
                Type = ProgramType.StructOps,
                Instructions = instructions,
                InstructionCount = (uint)code.Length,
                License = license,
                AttachBtfId = type.Id.Value,
                ExpectedAttachType = (AttachType)1,
            };
            BpfHandle? handle = RunningKernel.Instance.LoadProgram(ref attr, out Errno error);
            Assert.Equal(Errno.None, error);
            using BpfProgram program = BpfProgram.FromHandle(handle!, "Test");
            ulong[] state = GC.AllocateArray<ulong>(4, pinned: true), arguments = [(ulong)(nint)Marshal.UnsafeAddrOfPinnedArrayElement(state, 0), 77, 0, 0, 0];
            TestRunOptions options = new() { Context = MemoryMarshal.AsBytes<ulong>(arguments).ToArray() };

            Assert.Equal(77u, program.TestRun(options).ReturnValue);
        }
    }
}
