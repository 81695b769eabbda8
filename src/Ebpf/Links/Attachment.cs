using Ebpf.Linux;

namespace Ebpf.Links;

/// <summary>What the kernel did to attach a program, and how it is undone: what the kinds of <see cref="BpfLink"/> differ in.</summary>
/// <remarks>
/// It is undone by <see cref="Close"/> alone, never by the garbage collector: descriptors whose closing detaches are
/// <see cref="BpfHandle.CloseOnlyOnDispose"/>.
/// </remarks>
internal abstract class Attachment
{
    /// <summary>The kernel's link; <c>null</c> where the kernel has none.</summary>
    public virtual BpfHandle? Link => null;

    /// <summary>What <see cref="ObjectDisposedException"/> names once this is closed.</summary>
    public virtual object Owner
    {
        set
        {
            if (Link is { } link) link.Owner = value;
        }
    }

    /// <summary>Detaches. Closing again does nothing.</summary>
    public abstract void Close();
}

/// <summary>A <c>bpf_link</c>: closing its last descriptor detaches.</summary>
/// <param name="link">Its descriptor.</param>
/// <param name="beneath">What the link is on and must live as long: a perf event.</param>
internal sealed class LinkAttachment(BpfHandle link, BpfHandle? beneath = null) : Attachment
{
    public override BpfHandle Link => link;

    public override void Close()
    {
        link.Dispose();
        beneath?.Dispose();
    }
}

/// <summary>A program that was set on a perf event, as before Linux 5.15: it goes with the event.</summary>
internal sealed class PerfEventAttachment(BpfHandle perfEvent) : Attachment
{
    public override void Close() => perfEvent.Dispose();
}

/// <summary>
/// A struct_ops map that is registered without a link: the kernel keeps it registered until its element is deleted, whoever closes what.
/// </summary>
/// <param name="map">A descriptor of the map for this alone.</param>
internal sealed unsafe class StructOpsAttachment(BpfHandle map) : Attachment
{
    private int _closed;

    public override void Close()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0) return;
        Unregister(map);
        map.Dispose();
    }

    /// <summary>Unregisters a map; one that is not registered stays as it is.</summary>
    public static void Unregister(BpfHandle map)
    {
        uint key = 0;
        map.Kernel.DeleteElement(map, &key);
    }
}
