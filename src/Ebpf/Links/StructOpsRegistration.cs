using Ebpf.Linux;

namespace Ebpf.Links;

/// <summary>A table of functions that is registered without a link of the kernel's; its handle is the map.</summary>
internal sealed unsafe class StructOpsRegistration : BpfLink
{
    private int _closed;

    public StructOpsRegistration(BpfHandle map, string description)
        : base(map, LinkType.StructOps, description)
    {
    }

    /// <summary>Takes a table back. One that is not registered stays as it is.</summary>
    public static void Unregister(BpfHandle map)
    {
        uint key = 0;
        map.Kernel.DeleteElement(map, &key);
    }

    private protected override void Close()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0) return;
        Unregister(Handle);
        base.Close();
    }
}
