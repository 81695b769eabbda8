using Ebpf.Btf;
using Ebpf.Linux;

namespace Ebpf.Maps.Kinds;

/// <summary>The C types of the keys and values of a map, as far as they are known.</summary>
internal sealed record MapTypes(BtfType? Key, BtfType? Value)
{
    public static MapTypes None { get; } = new(null, null);

    /// <summary>The types that the object told.</summary>
    public static MapTypes Of(MapSpec spec) => spec.KeyType is null && spec.ValueType is null ? None : new(spec.KeyType, spec.ValueType);

    /// <summary>
    /// Whether the values hold timers or work that is scheduled, which the kernel cancels when the last descriptor and the last pin
    /// of the map are gone.
    /// </summary>
    public static bool HasTimers(MapSpec spec)
    {
        if (spec.ValueType?.Resolve() is not StructType { Members: var members }) return false;
        foreach (Member member in members)
        {
            if (member.Type.Resolve() is StructType { Name: "bpf_timer" or "bpf_wq" or "bpf_task_work" }) return true;
        }

        return false;
    }

    /// <summary>
    /// The types that the kernel tells of a map which was opened. None where it tells none, or not to this process:
    /// reading BTF by its id needs CAP_SYS_ADMIN.
    /// </summary>
    public static MapTypes Read(LinuxKernel kernel, BpfHandle map)
    {
        KernelMapInfo info = default;
        if (kernel.GetInfo(map, ref info) != Errno.None || info.BtfId == 0) return None;
        try
        {
            using BpfBtf btf = BpfBtf.Open(info.BtfId, kernel);
            BtfSpec types = btf.ReadTypes();
            return new MapTypes(types.Find(info.KeyTypeId), types.Find(info.ValueTypeId));
        }
        catch (BpfException)
        {
            // Not allowed, or newer than this library: comparing types is a help, and no condition.
            return None;
        }
    }
}
