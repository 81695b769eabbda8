using Ebpf.Linux;
using Ebpf.Maps;
using Ebpf.Maps.Creation;

namespace Ebpf;

/// <content>What concerns all elements.</content>
public sealed partial class BpfMap
{
    /// <summary>Counts the elements by walking over them.</summary>
    internal int CountElements()
    {
        if (Type.IsArray()) return checked((int)MaxEntries);
        using MapWalk walk = new(this);
        int count = 0;
        while (walk.Fetch() is > 0 and int fetched) count += fetched;
        return count;
    }

    /// <summary>Empties all slots of a map that has indices as keys, whether or not they can be read.</summary>
    internal unsafe void ClearSlots()
    {
        for (uint slot = 0; slot < MaxEntries; slot++)
        {
            Errno error = Kernel.DeleteElement(Handle, &slot);
            if (error is not (Errno.None or Errno.ENOENT)) ThrowFailed("delete", error);
        }
    }

    /// <summary>Deletes every element that is there; sets the elements of an array to zero.</summary>
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
            while (walk.Fetch() > 0) DeleteBatch(walk.FetchedKeys);
        }
    }
}
