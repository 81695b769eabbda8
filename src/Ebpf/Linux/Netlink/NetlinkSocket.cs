using System.Runtime.InteropServices;

namespace Ebpf.Linux.Netlink;

/// <summary>A part of what the kernel answered with: a message that is neither an error nor the end of a list.</summary>
/// <param name="Type">What it is.</param>
/// <param name="Payload">What follows its header.</param>
internal readonly record struct NetlinkReply(NetlinkType Type, byte[] Payload);

/// <summary>A socket of rtnetlink, which asks one thing at a time.</summary>
/// <remarks>
/// <para>
/// It belongs to the network namespace of the thread that opened it, whichever thread uses it later, and keeps that namespace alive.
/// </para>
/// <para>
/// The kernel has answered when send(2) returns, and goes on with a list while it is received: receiving never waits, so an answer that
/// never comes (EAGAIN) hangs nobody.
/// </para>
/// </remarks>
internal sealed class NetlinkSocket : IDisposable
{
    /// <summary>As often as a list is asked for anew that changes while it is read.</summary>
    public const int MaxAttempts = 5;

    /// <summary>The largest datagram that is received. Those of the kernel have 32 KiB at most, and some more for an interface with many functions.</summary>
    public const int MaxDatagram = 16 * 1024 * 1024;

    /// <summary>As many datagrams of other processes, or of requests that ended early, are passed over.</summary>
    public const int MaxStrangers = 1024;

    private const int FamilyNetlink = 16, Raw = 3, Route = 0; // AF_NETLINK, SOCK_RAW, NETLINK_ROUTE
    private const int AddressSize = 12, PortAt = 4;           // struct sockaddr_nl

    private readonly BpfHandle _handle;
    private readonly Lock _gate = new();
    private byte[] _buffer = new byte[8 * 1024];
    private uint _sequence;

    private NetlinkSocket(BpfHandle handle) => _handle = handle;

    /// <summary>The kernel that is asked.</summary>
    public LinuxKernel Kernel => _handle.Kernel;

    /// <summary>The object that users know, which is named once this is closed.</summary>
    public object? Owner
    {
        set => _handle.Owner = value;
    }

    /// <summary>Opens a socket in the network namespace of this thread.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="error">The error.</param>
    /// <returns>The socket; <c>null</c> after an error.</returns>
    public static NetlinkSocket? Open(LinuxKernel kernel, out Errno error)
    {
        if (BpfHandle.Take(kernel, kernel.Socket(FamilyNetlink, Raw, Route), out error) is not { } handle) return null;
        using (BorrowedDescriptor socket = handle.Borrow())
        {
            // Old kernels lack the options, and then say less in answers.
            const int netlinkLevel = 270, cappedAnswers = 10, extendedAnswers = 11; // SOL_NETLINK, NETLINK_CAP_ACK, NETLINK_EXT_ACK
            ReadOnlySpan<byte> on = MemoryMarshal.AsBytes((ReadOnlySpan<int>)[1]);
            kernel.SetSocketOption(socket.Descriptor, netlinkLevel, extendedAnswers, on);
            kernel.SetSocketOption(socket.Descriptor, netlinkLevel, cappedAnswers, on);

            // Port 0: the kernel chooses one that is free.
            Span<byte> address = stackalloc byte[AddressSize];
            address.Clear();
            MemoryMarshal.Write(address, (ushort)FamilyNetlink);
            error = kernel.Bind(socket.Descriptor, address).Error;
        }

        if (error == Errno.None) return new NetlinkSocket(handle);
        handle.Dispose();
        return null;
    }

    /// <summary>Sends a request and receives how it ended.</summary>
    /// <param name="request">The request, finished; its sequence number is written here.</param>
    /// <param name="replies">Gets the parts of the answer; <c>null</c> if they do not matter.</param>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public NetlinkAnswer Ask(Span<byte> request, List<NetlinkReply>? replies = null)
    {
        NetlinkHeader header = MemoryMarshal.Read<NetlinkHeader>(request);
        bool isGet = header.Type is NetlinkType.GetLink or NetlinkType.GetQdisc or NetlinkType.GetFilter;
        bool isDump = isGet && (header.Flags & NetlinkFlags.Dump) == NetlinkFlags.Dump;
        lock (_gate)
        {
            for (int attempt = 1; ; attempt++)
            {
                replies?.Clear();
                NetlinkAnswer answer = AskOnce(request, isDump, replies, out bool isInterrupted);
                if (answer.Failed || !isInterrupted) return answer;
                if (attempt == MaxAttempts)
                    return new NetlinkAnswer(Errno.EINTR, $"the list changed each of the {MaxAttempts} times that it was read");
            }
        }
    }

    public void Dispose() => _handle.Dispose();

    private NetlinkAnswer AskOnce(Span<byte> request, bool isDump, List<NetlinkReply>? replies, out bool isInterrupted)
    {
        isInterrupted = false;
        NetlinkWriter.SetSequence(request, ++_sequence);
        using BorrowedDescriptor socket = _handle.Borrow();
        CallResult sent = Kernel.Send(socket.Descriptor, request);
        if (sent.Failed) return new NetlinkAnswer(sent.Error);

        for (int strangers = 0; strangers <= MaxStrangers;)
        {
            Errno error = Receive(socket.Descriptor, out ReadOnlySpan<byte> datagram, out bool isFromKernel);
            if (error != Errno.None) return new NetlinkAnswer(error) { IsLost = true };
            bool isOurs = false;
            NetlinkMessages messages = new(isFromKernel ? datagram : default);
            while (messages.MoveNext())
            {
                NetlinkMessage message = messages.Current;
                if (message.Sequence != _sequence) continue;
                isOurs = true;
                isInterrupted |= isDump && (message.Flags & NetlinkFlags.DumpInterrupted) != 0;
                switch (message.Type)
                {
                    case NetlinkType.Error:
                    case NetlinkType.Done:
                        return NetlinkAnswer.Read(in message);
                    default:
                        replies?.Add(new NetlinkReply(message.Type, message.Payload.ToArray()));
                        break;
                }
            }

            if (messages.IsMalformed) return new NetlinkAnswer(Errno.EBADMSG) { IsLost = true };
            if (!isOurs) strangers++;
        }

        return new NetlinkAnswer(Errno.EBADMSG, $"{MaxStrangers} messages were no answer to the request") { IsLost = true };
    }

    /// <summary>
    /// Receives a datagram, and tries again where that fails: the kernel has done by now what it was asked for, and nothing else tells
    /// whether it refused.
    /// </summary>
    private Errno Receive(int socket, out ReadOnlySpan<byte> datagram, out bool isFromKernel)
    {
        for (int attempt = 1; ; attempt++)
        {
            Errno error = ReceiveOnce(socket, out datagram, out isFromKernel);
            if (error is Errno.None or Errno.EAGAIN or Errno.EMSGSIZE || attempt == MaxAttempts) return error;
        }
    }

    /// <summary>Receives a whole datagram, however long it is: what does not fit would be lost.</summary>
    private Errno ReceiveOnce(int socket, out ReadOnlySpan<byte> datagram, out bool isFromKernel)
    {
        const int peek = 0x02, wholeLength = 0x20, doNotWait = 0x40; // MSG_PEEK, MSG_TRUNC, MSG_DONTWAIT
        datagram = default;
        isFromKernel = false;
        CallResult size = Kernel.Receive(socket, _buffer, peek | wholeLength | doNotWait);
        if (size.Failed) return size.Error;
        if (size.Value > MaxDatagram) return Errno.EMSGSIZE;
        if (size.Value > _buffer.Length) _buffer = new byte[size.Value];

        Span<byte> address = stackalloc byte[AddressSize];
        address.Fill(byte.MaxValue);
        CallResult received = Kernel.ReceiveFrom(socket, _buffer, wholeLength | doNotWait, address);
        if (received.Failed) return received.Error;
        if (received.Value > _buffer.Length) return Errno.EMSGSIZE;
        isFromKernel = MemoryMarshal.Read<uint>(address[PortAt..]) == 0;
        datagram = _buffer.AsSpan(0, received.Value);
        return Errno.None;
    }
}
