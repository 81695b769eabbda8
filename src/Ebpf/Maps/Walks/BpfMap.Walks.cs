using Ebpf.Linux;
using Ebpf.Maps.Creation;
using Ebpf.Maps.Kinds;
using Ebpf.Maps.Walks;

namespace Ebpf;

/// <content>Operations on all elements.</content>
public sealed partial class BpfMap
{
    /// <summary>Counts the elements by walking over them.</summary>
    internal long CountElements()
    {
        if (Type.IsArray()) return MaxEntries;
        using MapWalk walk = new(this);
        long count = 0;
        while (walk.Fetch() is > 0 and int fetched) count += fetched;

        // Elements that move while the walk is under way can be found twice.
        return MaxEntries == 0 ? count : Math.Min(count, MaxEntries);
    }

    /// <summary>Empties all slots of a map that has indices as keys, whether or not they can be read.</summary>
    internal unsafe void ClearSlots()
    {
        for (uint slot = 0; slot < MaxEntries; slot++)
        {
            Errno error = Kernel.DeleteElement(Handle, &slot);
            if (error is not (Errno.None or Errno.ENOENT)) ThrowFailed("remove", error);
        }
    }

    /// <summary>Removes every element that is there; sets the elements of an array to zero.</summary>
    internal void Clear()
    {
        using MapWalk walk = new(this);
        if (Type.IsArray())
        {
            byte[] zeros = [];
            while (walk.Fetch() is > 0 and int fetched)
            {
                if (zeros.Length < fetched * ValueBufferSize) zeros = new byte[fetched * ValueBufferSize];
                UpdateBatch(walk.FetchedKeys, zeros.AsSpan(0, fetched * ValueBufferSize));
            }
        }
        else
        {
            while (walk.Fetch() > 0) RemoveBatch(walk.FetchedKeys);
        }
    }
}
