using Ebpf.Maps.Kinds;

namespace Ebpf.Maps.Creation;

/// <summary>Writes what a map holds from the start.</summary>
internal static class MapContents
{
    /// <summary>About how many bytes go to the kernel at once.</summary>
    private const int UsualBuffer = 64 * 1024;

    /// <summary>Fills a new map: in batches where the kernel has them, in the order of the elements in any case.</summary>
    /// <exception cref="BpfException">An element does not fit, or the kernel refused.</exception>
    public static void Write(BpfMap map, IList<MapElement> contents)
    {
        if (contents.Count == 0) return;
        Check(map, contents);
        if (map.KeySize == 0)
        {
            foreach (MapElement element in contents) map.Update([], element.Value.Span);
            return;
        }

        int most = Math.Clamp(UsualBuffer / (map.KeySize + map.ValueBufferSize), 1, contents.Count);
        byte[] keys = new byte[most * map.KeySize], values = new byte[most * map.ValueBufferSize];
        for (int start = 0; start < contents.Count; start += most)
        {
            int count = Math.Min(most, contents.Count - start);
            for (int i = 0; i < count; i++)
            {
                contents[start + i].Key.Span.CopyTo(keys.AsSpan(i * map.KeySize));
                CopyValue(map, contents[start + i].Value.Span, values.AsSpan(i * map.ValueBufferSize, map.ValueBufferSize));
            }

            map.UpdateBatch(keys.AsSpan(0, count * map.KeySize), values.AsSpan(0, count * map.ValueBufferSize));
        }
    }

    private static void Check(BpfMap map, IList<MapElement> contents)
    {
        if (map.Type.IsMemory() || map.Type.HoldsObjects() || map.Type.HoldsSockets() || map.Type.IsLocalStorage())
            throw new BpfException($"Fill map \"{map.Name}\": the contents of a {map.Type} map are no data that a spec could hold");
        for (int i = 0; i < contents.Count; i++)
        {
            (ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value) = contents[i];
            if (key.Length != map.KeySize)
                throw new BpfException($"Fill map \"{map.Name}\": element {i} has a key of {key.Length} bytes, not {map.KeySize}");
            if (value.Length != map.ValueSize && value.Length != map.ValueBufferSize)
                throw new BpfException($"Fill map \"{map.Name}\": element {i} has a value of {value.Length} bytes, not {map.ValueSize}");
        }
    }

    /// <summary>One CPU's value goes to all CPUs.</summary>
    private static void CopyValue(BpfMap map, ReadOnlySpan<byte> value, Span<byte> target)
    {
        if (value.Length == target.Length)
        {
            value.CopyTo(target);
            return;
        }

        int stride = MapKinds.PerCpuStride(map.ValueSize);
        target.Clear();
        for (int at = 0; at < target.Length; at += stride) value.CopyTo(target[at..]);
    }
}
