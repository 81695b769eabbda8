using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Linux.Netlink;

namespace Ebpf.Links.Network;

/// <summary>
/// What was attached by a message over netlink, and stays attached, whatever becomes of this process, until another message takes it
/// away.
/// </summary>
/// <remarks>
/// It keeps its socket, which leads to the network namespace where the program was attached, from any thread and also when nothing else
/// does; and keeps the namespace alive as long.
/// </remarks>
/// <param name="socket">The socket, which this takes.</param>
internal abstract class NetlinkAttachment(NetlinkSocket socket) : Attachment
{
    private readonly Lock _gate = new();
    private bool _isClosed, _isDetached;

    public override BpfLink? Owner
    {
        get => base.Owner;
        set
        {
            base.Owner = value;
            socket.Owner = value;
        }
    }

    protected NetlinkSocket Socket => socket;

    public override void Close()
    {
        lock (_gate)
        {
            if (_isClosed) return;
            _isClosed = true;
            if (!_isDetached) Remove();
            socket.Dispose();
            Release();
        }
    }

    public override void Detach()
    {
        lock (_gate)
        {
            ThrowIfClosed();
            if (_isDetached) return;
            NetlinkAnswer answer = Remove();
            if (answer.Failed) throw Refused($"Detach {Description}", answer);
            _isDetached = true;
        }
    }

    public override bool? IsDetached()
    {
        lock (_gate)
        {
            ThrowIfClosed();
            return _isDetached || !IsThere($"Ask about {Description}");
        }
    }

    public override void Update(BpfProgram program, BpfProgram? expected)
    {
        lock (_gate)
        {
            ThrowIfClosed();
            string operation = $"Replace {Description} by program \"{program.Name}\"";
            if (_isDetached) throw new BpfException(operation, Errno.ENOLINK, "it was detached: attach the program anew");
            Replace(operation, program, expected);
        }
    }

    /// <summary>Takes the program away, if it is still this one; it is none that somebody else has put in its place.</summary>
    /// <returns>How that ended; without an error if nothing of it was there.</returns>
    protected abstract NetlinkAnswer Remove();

    /// <summary>Whether the program is still there.</summary>
    protected abstract bool IsThere(string operation);

    /// <summary>Puts another program in the place of this one.</summary>
    protected abstract void Replace(string operation, BpfProgram program, BpfProgram? expected);

    /// <summary>Closes what is held beside the socket.</summary>
    protected virtual void Release()
    {
    }

    protected BpfException Refused(string operation, in NetlinkAnswer answer) => Refused(socket.Kernel, operation, answer, advice: null);

    /// <summary>The error for an answer.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="operation">What was being done.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="advice">What is known beside the kernel's words.</param>
    public static BpfException Refused(LinuxKernel kernel, string operation, in NetlinkAnswer answer, string? advice) =>
        Refusal.Explain(kernel, operation, answer.Error, Privileges.NetAdmin, Join(advice, answer.Quoted));

    /// <summary>Puts words together; <c>null</c> if there are none.</summary>
    public static string? Join(string? advice, string? kernelWords) =>
        advice is null ? kernelWords : kernelWords is null ? advice : $"{advice} ({kernelWords})";

    private void ThrowIfClosed() => ObjectDisposedException.ThrowIf(_isClosed, Owner ?? (object)this);
}
