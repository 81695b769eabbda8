using Ebpf.Linux;

namespace Ebpf.Links.Tracing;

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

    public override bool? IsDetached() => Volatile.Read(ref _closed) != 0;

    /// <summary>Unregisters a map; one that is not registered stays as it is.</summary>
    public static void Unregister(BpfHandle map)
    {
        uint key = 0;
        map.Kernel.DeleteElement(map, &key);
    }
}
