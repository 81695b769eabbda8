using System.Buffers.Binary;
using Ebpf.Linux;
using Ebpf.Linux.Netlink;

namespace Ebpf.Tests.Linux.Netlink;

/// <summary>The talk with the kernel, with one that answers as a test wants.</summary>
public sealed class NetlinkSocketTests : IDisposable
{
    private static readonly byte[] FromKernel = new byte[12], FromProcess = [16, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0];

    private readonly FaultyKernel _kernel = new();
    private readonly Queue<(byte[] Data, byte[]? Address)> _queue = [];
    private readonly NetlinkSocket _socket;
    private uint _sequence;
    private int _sent;

    public NetlinkSocketTests()
    {
        _socket = NetlinkSocket.Open(_kernel, out Errno error)!;
        Assert.Equal(Errno.None, error);
        _kernel.OnReceive = stays => _queue.Count == 0 ? null : stays ? _queue.Peek() : _queue.Dequeue();
    }

    public void Dispose()
    {
        _socket.Dispose();
        Assert.Equal(0, _kernel.OpenDescriptors);
    }

    [Fact]
    public void Ask_Acknowledged_HasNoError()
    {
        Answer(() => Send(Message(2, 0, "00000000" + Zeros(16))));

        Assert.False(Get().Failed);
    }

    [Fact]
    public void Ask_RepliesBeforeTheAcknowledgement_AreGiven()
    {
        Answer(() =>
        {
            Send(Message(16, 0, "AABB"));
            Send(Message(2, 0, "00000000" + Zeros(16)));
        });
        List<NetlinkReply> replies = [];

        Assert.False(_socket.Ask(InterfaceMessages.Get(new byte[64], 1), replies).Failed);

        Assert.Equal("AABB", Convert.ToHexString(Assert.Single(replies).Payload));
    }

    [Fact]
    public void Ask_SequenceOfAnother_IsPassedOver()
    {
        Answer(() =>
        {
            _sequence--;
            Send(Message(2, 0, "EAFFFFFF" + Zeros(16)));
            _sequence++;
            Send(Message(2, 0, "00000000" + Zeros(16)));
        });

        Assert.False(Get().Failed);
    }

    [Fact]
    public void Ask_MessageOfAnotherProcess_IsPassedOver()
    {
        Answer(() =>
        {
            Send(Message(2, 0, "EAFFFFFF" + Zeros(16)), FromProcess);
            Send(Message(2, 0, "00000000" + Zeros(16)));
        });

        Assert.False(Get().Failed);
    }

    [Fact]
    public void Ask_ProcessThatSendsWithoutEnd_EndsAll()
    {
        Answer(() =>
        {
            for (int i = 0; i < NetlinkSocket.MaxStrangers + 10; i++) Send(Message(2, 0, "00000000" + Zeros(16)), FromProcess);
        });

        Assert.Equal(Errno.EBADMSG, Get().Error);
        Assert.NotEmpty(_queue);
    }

    [Fact]
    public void Ask_DatagramLongerThanTheBuffer_IsReceivedWhole()
    {
        Answer(() =>
        {
            Send(Message(16, 0, Convert.ToHexString(new byte[100_000])));
            Send(Message(2, 0, "00000000" + Zeros(16)));
        });
        List<NetlinkReply> replies = [];

        Assert.False(_socket.Ask(InterfaceMessages.Get(new byte[64], 1), replies).Failed);

        Assert.Equal(100_000, Assert.Single(replies).Payload.Length);
    }

    [Fact]
    public void Ask_NoAnswer_SaysSoAndDoesNotWait()
    {
        Answer(() => { });

        Assert.Equal(Errno.EAGAIN, Get().Error);
    }

    [Fact]
    public void Ask_MalformedDatagram_IsAnError()
    {
        Answer(() => Send(Convert.FromHexString("FF00000010000000" + Zeros(8))));

        Assert.Equal(Errno.EBADMSG, Get().Error);
    }

    [Fact]
    public void Ask_ListThatEndsWithAnError_IsNoEmptyList()
    {
        Answer(() =>
        {
            Send(Message(44, 2, "AA"));
            Send(Message(3, 2, "EDFFFFFF"));
        });

        Assert.Equal(Errno.ENODEV, List(out _).Error);
    }

    [Fact]
    public void Ask_ListThatChangedMeanwhile_IsReadAgain()
    {
        Answer(() =>
        {
            Send(Message(44, _sent == 1 ? 0x12 : 2, "AA"), FromKernel);
            Send(Message(3, 2, "00000000"));
        });

        Assert.False(List(out List<NetlinkReply> replies).Failed);

        Assert.Equal((2, 1), (_sent, replies.Count));
    }

    [Fact]
    public void Ask_ListThatAlwaysChanges_IsSaidToAfterSomeTimes()
    {
        Answer(() =>
        {
            Send(Message(44, 2, "AA"));
            Send(Message(3, 0x12, "00000000"));
        });

        NetlinkAnswer answer = List(out _);

        Assert.Equal((Errno.EINTR, NetlinkSocket.MaxAttempts), (answer.Error, _sent));
        Assert.Contains("the list changed", answer.Text);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Ask_ReceivingFailsOnce_TriesAgain_SinceTheRequestWasDone(int receiving)
    {
        Answer(() => Send(Message(2, 0, "EAFFFFFF" + Zeros(16))));
        _kernel.FailingCall = _kernel.Calls + 1 + receiving;
        _kernel.FailingWith = Errno.ENOBUFS;

        NetlinkAnswer answer = Get();

        Assert.Equal((Errno.EINVAL, false), (answer.Error, answer.IsLost));
    }

    [Fact]
    public void Ask_AnswerThatNeverComes_IsLost_AndARequestThatWasNotSentIsNot()
    {
        Answer(() => { });
        Assert.True(Get().IsLost);

        _kernel.FailingCall = _kernel.Calls + 1;
        NetlinkAnswer unsent = Get();
        Assert.Equal((Errno.EPERM, false), (unsent.Error, unsent.IsLost));
    }

    [Fact]
    public void Ask_SignalsInterrupt_GoesOn()
    {
        int signals = 3;
        Answer(() => Send(Message(2, 0, "00000000" + Zeros(16))));
        Func<byte[], CallResult?> send = _kernel.OnSend!;
        _kernel.OnSend = data => signals-- > 0 ? CallResult.Of(Errno.EINTR) : send(data);

        Assert.False(Get().Failed);
        Assert.Equal(1, _sent);
    }

    [Fact]
    public void Ask_Closed_NamesTheOwner()
    {
        _socket.Owner = "the link";
        _socket.Dispose();

        Assert.Equal("the link", Assert.Throws<ObjectDisposedException>(() => Get()).ObjectName);
    }

    [Theory]
    [InlineData(Errno.EMFILE)]
    [InlineData(Errno.EAFNOSUPPORT)]
    public void Open_AnyCallFails_LeavesNothing(Errno error)
    {
        for (int call = 1; call <= 4; call++)
        {
            FaultyKernel kernel = new() { FailingCall = call, FailingWith = error };
            using (NetlinkSocket? socket = NetlinkSocket.Open(kernel, out Errno found))
            {
                // An option that the kernel lacks is no error.
                Assert.Equal(call is 1 or 4 ? error : Errno.None, found);
                Assert.Equal(call is 1 or 4, socket is null);
            }

            Assert.Equal(0, kernel.OpenDescriptors);
        }
    }

    [Fact]
    public void Ask_TheRunningKernel_TellsOfTheLoopbackInterface()
    {
        using NetlinkSocket socket = NetlinkSocket.Open(RunningKernel.Instance, out _)!;
        List<NetlinkReply> replies = [];

        Assert.False(socket.Ask(InterfaceMessages.Get(new byte[64], 1), replies).Failed);
        Assert.Equal("lo", InterfaceMessages.Read(Assert.Single(replies))!.Name);
        Assert.Equal(Errno.ENODEV, socket.Ask(InterfaceMessages.Get(new byte[64], int.MaxValue)).Error);
    }

    [Fact]
    public void Ask_WhatTheRunningKernelRefuses_HasItsWords()
    {
        using NetlinkSocket socket = NetlinkSocket.Open(RunningKernel.Instance, out _)!;

        NetlinkAnswer answer = socket.Ask(TrafficMessages.RemoveFilter(new byte[64], new FilterPlace(1, 0x7FFF_0001, 1, 1)));

        Assert.True(answer.Failed);
        Assert.NotNull(answer.Text);
    }

    private NetlinkAnswer Get() => _socket.Ask(InterfaceMessages.Get(new byte[64], 1));

    private NetlinkAnswer List(out List<NetlinkReply> replies)
    {
        replies = [];
        return _socket.Ask(TrafficMessages.ListFilters(new byte[64], 1, TrafficMessages.Ingress), replies);
    }

    private void Answer(Action answer) => _kernel.OnSend = data =>
    {
        _sent++;
        _sequence = BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan(8));
        answer();
        return new CallResult(data.Length);
    };

    private void Send(byte[] message, byte[]? address = null) => _queue.Enqueue((message, address ?? FromKernel));

    private byte[] Message(ushort type, int flags, string payload)
    {
        byte[] content = Convert.FromHexString(payload);
        byte[] message = new byte[NetlinkWriter.Align(16 + content.Length)];
        BinaryPrimitives.WriteInt32LittleEndian(message, 16 + content.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(4), type);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(6), (ushort)flags);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(8), _sequence);
        content.CopyTo(message, 16);
        return message;
    }

    private static string Zeros(int bytes) => new('0', bytes * 2);
}
