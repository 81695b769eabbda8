using Ebpf.Linux;
using Ebpf.Pins;

namespace Ebpf.Links.Usdt;

/// <summary>A USDT probe: uprobes at its locations, and what tells their program where the arguments are.</summary>
/// <param name="probes">The uprobes, which this takes.</param>
/// <param name="entries">What they use, which this takes.</param>
internal sealed class UsdtAttachment(Attachment probes, UsdtEntries entries) : Attachment
{
    private int _closed;

    public override BpfHandle? Link => probes.Link;

    public override BpfLink? Owner
    {
        get => base.Owner;
        set
        {
            base.Owner = value;
            probes.Owner = value;
        }
    }

    public override bool ClosesSlowly => probes.ClosesSlowly;

    public override void Close()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0) return;
        uint id = IdOfLink();
        probes.Close();

        // A pin or another descriptor keeps the link, and the program running: it goes on reading what it was given.
        if (!IsAlive(id)) entries.Release();
    }

    public override void Detach()
    {
        probes.Detach();
        if (probes.IsDetached() == true) entries.Release();
    }

    public override bool? IsDetached() => probes.IsDetached();

    public override void Update(BpfProgram program, BpfProgram? expected) => throw new NotSupportedException(
        $"{Description}: the kernel cannot replace the program of a uprobe: attach the other one anew, then dispose this link.");

    public override LinkInfo GetInfo() => probes.GetInfo();

    /// <returns>0 if there is no link, it is closed, or the kernel does not tell.</returns>
    private uint IdOfLink()
    {
        if (probes.Link is not { IsClosed: false } link) return 0;
        try
        {
            KernelLinkInfo info = default;
            return link.Kernel.GetInfo(link, ref info) == Errno.None ? info.Header.Id : 0;
        }
        catch (ObjectDisposedException)
        {
            return 0;
        }
    }

    private bool IsAlive(uint id)
    {
        if (Owner?.PinPath is not null) return true;
        if (id == 0 || probes.Link is not { } link) return false;
        using BpfHandle? other = link.Kernel.OpenById(ObjectKind.Link.OpenById, id, out _);
        return other is not null;
    }
}
