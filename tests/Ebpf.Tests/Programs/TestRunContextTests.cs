using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Ebpf.Btf;
using Ebpf.Linux;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Programs;

/// <summary>Contexts and results of test runs, with types.</summary>
public sealed class TestRunContextTests
{
    private const uint XdpPass = 2, TcShot = 2;

    [Fact]
    public void Verdict_OfAResult_ComparesWithTheEnumOfItsType()
    {
        using BpfCollection xdp = Trial.Load("mark_packet"), tc = Trial.Load("classify");
        TestRunOptions options = new() { Data = Packets.Udp() };

        Assert.Equal(XdpAction.Pass, xdp.Programs["mark_packet"].TestRun(options).Verdict<XdpAction>());
        Assert.Equal(XdpAction.Pass, (XdpAction)xdp.Programs["mark_packet"].TestRun(Packets.Udp()));
        Assert.Equal(TcAction.Shot, tc.Programs["classify"].TestRun(options).Verdict<TcAction>());
        Assert.Equal(TcAction.Unspecified, new TestRunResult { ReturnValue = uint.MaxValue }.Verdict<TcAction>());
        Assert.Throws<ArgumentException>(() => new TestRunResult().Verdict<Small>());
    }

    [Fact]
    public void TypedContext_OfAClassifier_IsReadAndWritten()
    {
        using BpfCollection trial = Trial.Load("classify");
        SkBuffBeginning context = new() { Mark = 1000 };

        Assert.Equal(TcAction.Shot, (TcAction)trial.Programs["classify"].TestRun(ref context, Packets.Udp()));
        Assert.Equal((uint)(1000 + Packets.Udp().Length), context.Mark);
    }

    [Fact]
    public void TypedContext_WithAPacket_GivesThePacketBack()
    {
        Requires.Kernel(5, 15, "contexts of XDP programs in test runs");
        using BpfCollection trial = Trial.Load("grow_packet");
        BpfProgram program = trial.Programs["grow_packet"];
        byte[] packet = Packets.Udp(), changed = new byte[packet.Length + 40];
        XdpMd context = new() { DataEnd = (uint)packet.Length };

        Assert.Equal(XdpAction.Pass, (XdpAction)program.TestRun(ref context, packet, changed, out int size));
        Assert.Equal(packet.Length + 32, size);
        Assert.Equal(packet, changed[32..size]);
        Assert.Equal((uint)size, context.DataEnd);

        context = new() { DataEnd = (uint)packet.Length };
        BpfException error = Assert.Throws<BpfException>(() => program.TestRun(ref context, packet, changed.AsSpan(0, packet.Length), out _));
        Assert.Equal(Errno.ENOSPC, error.Errno);
        Assert.Contains($"the packet has {packet.Length + 32} bytes now, and there was room for {packet.Length}", error.Advice);
    }

    [Fact]
    public void TypedContext_OfASyscallProgram_IsChangedInPlace()
    {
        Requires.Kernel(5, 14, "syscall programs");
        using BpfCollection trial = Trial.Load("add");
        Sum context = new() { Left = 30, Right = 12 };

        Assert.Equal(3u, trial.Programs["add"].TestRun(ref context));
        Assert.Equal(42UL, context.Result);
    }

    [Fact]
    public void Context_ThatDoesNotFit_SaysWhatDoes()
    {
        using BpfCollection xdp = Trial.Load("mark_packet"), tc = Trial.Load("classify");
        XdpMd context = new() { DataMeta = 4 };
        SkBuffBeginning socketBuffer = new() { Length = 5 };

        Assert.Contains("data_end that of both", Assert.Throws<BpfException>(() => xdp.Programs["mark_packet"].TestRun(ref context, Packets.Udp())).Advice);
        Assert.Contains(
            "the rest must be zero", Assert.Throws<BpfException>(() => tc.Programs["classify"].TestRun(ref socketBuffer, Packets.Udp())).Advice);
        byte[] tooLong = [.. new byte[299], 1];
        TestRunOptions options = new() { Data = Packets.Udp(), Context = tooLong };
        BpfException error = Assert.Throws<BpfException>(() => tc.Programs["classify"].TestRun(options));
        Assert.Equal((Errno.E2BIG, "the context is longer than this kernel's struct, and not zero behind the end of that"), (error.Errno, error.Advice));
    }

    private enum Small : byte;

    private struct SkBuffBeginning
    {
        public uint Length, PacketType, Mark;
    }

    private struct XdpMd
    {
        public uint Data, DataEnd, DataMeta, IngressInterface, RxQueue, EgressInterface;
    }

    private struct Sum
    {
        public ulong Left, Right, Result;
    }

    /// <summary>Not every kernel has trampolines: skips where it lacks them.</summary>
}
