using System.Globalization;
using Ebpf.Linux;
using Ebpf.Linux.Netlink;

namespace Ebpf.Links.Network;

/// <summary>A network interface, by its name or its index, in a network namespace.</summary>
/// <param name="Name">Its name; <c>null</c> if it is known by its index.</param>
/// <param name="Index">Its index; 0 if it is known by its name.</param>
/// <param name="Namespace">The namespace; <c>null</c> for that of the thread.</param>
internal readonly record struct InterfaceTarget(string? Name, int Index, NetworkNamespace? Namespace)
{
    public const string NoSuchInterface = "there is no such interface in this network namespace";

    public static InterfaceTarget Of(string name, NetworkNamespace? network)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new(name, 0, network);
    }

    public static InterfaceTarget Of(int index, NetworkNamespace? network)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(index);
        return new(null, index, network);
    }

    /// <summary>Attaches something to the interface, in its namespace.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="what">What is attached to what, for messages.</param>
    /// <param name="attach">Attaches to the interface with this index.</param>
    /// <exception cref="BpfException">There is no such interface, or the namespace cannot be entered.</exception>
    public BpfLink Attach(LinuxKernel kernel, string what, Func<int, BpfLink> attach)
    {
        InterfaceTarget target = this;
        string operation = $"Attach {what}";
        return NetworkNamespace.Run(Namespace, kernel, operation, () => attach(target.Resolve(kernel, operation)));
    }

    /// <summary>The index, in the namespace of this thread.</summary>
    /// <exception cref="BpfException">There is no such interface.</exception>
    public int Resolve(LinuxKernel kernel, string operation)
    {
        if (Name is null) return Index;
        CallResult index = kernel.InterfaceIndex(Name);
        if (!index.Failed) return index.Value;
        string? advice = index.Error == Errno.ENODEV ? "there is no interface of this name in this network namespace" : null;
        throw new BpfException(operation, index.Error, advice);
    }

    /// <summary>Whether a link that has this index is on this interface, as far as that can be told.</summary>
    public bool MayBe(LinuxKernel kernel, int? index)
    {
        if (index is null || Name is null) return index is null || index == Index;
        string name = Name;
        return NetworkNamespace.Run(Namespace, kernel, $"Look for {this}", () => kernel.InterfaceIndex(name) is { Failed: false } found && found.Value == index);
    }

    /// <summary>What the kernel tells about an interface of the namespace of this thread.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="index">Its index.</param>
    /// <param name="answer">How asking ended.</param>
    /// <returns><c>null</c> after an error.</returns>
    public static InterfaceState? ReadState(LinuxKernel kernel, int index, out NetlinkAnswer answer)
    {
        using NetlinkSocket? socket = NetlinkSocket.Open(kernel, out Errno error);
        if (socket is not null) return ReadState(socket, index, out answer);
        answer = new NetlinkAnswer(error);
        return null;
    }

    /// <inheritdoc cref="ReadState(LinuxKernel, int, out NetlinkAnswer)"/>
    public static InterfaceState? ReadState(NetlinkSocket socket, int index, out NetlinkAnswer answer)
    {
        List<NetlinkReply> replies = [];
        answer = socket.Ask(InterfaceMessages.Get(stackalloc byte[64], index), replies);
        if (answer.Failed) return null;
        foreach (NetlinkReply reply in replies)
        {
            if (InterfaceMessages.Read(reply) is { } state) return state;
        }

        answer = new NetlinkAnswer(Errno.EBADMSG);
        return null;
    }

    /// <summary>Returns the interface in words: <c>interface eth0</c>.</summary>
    public override string ToString()
    {
        string place = Name ?? Index.ToString(CultureInfo.InvariantCulture);
        return Namespace is null ? $"interface {place}" : $"interface {place} in {Namespace}";
    }
}
