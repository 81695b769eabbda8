using Ebpf.Linux;

namespace Ebpf.Features;

/// <summary>
/// Finds out whether the kernel knows that a prefix is not in a trie when it is asked for the one behind it. Before "bpf: Fix exact match
/// conditions in trie_get_next_key()" (Linux 6.13, and stable kernels of that time) it took another one of the same length, which stands
/// in the place of the deleted one, for it.
/// </summary>
internal static unsafe class TrieWalkProbe
{
    /// <summary>The first Linux of which it is certain.</summary>
    public static readonly Version Since = new(6, 13);

    /// <summary>Asks a trie for what is behind a deleted prefix whose neighbour is there.</summary>
    /// <returns>Whether it does; <c>null</c> if that cannot be told.</returns>
    public static bool? Probe(LinuxKernel kernel)
    {
        MapCreateAttr attr = new()
        {
            Type = MapType.LpmTrie,
            KeySize = sizeof(uint) + 1,
            ValueSize = 1,
            MaxEntries = 2,
            Flags = MapFlags.NoPreallocation,
        };
        using BpfHandle? map = kernel.ProbeMap(ref attr, out _);
        if (map is null) return null;

        // 0/8 and 1/8, of one byte.
        byte* first = stackalloc byte[5], second = stackalloc byte[5], next = stackalloc byte[5];
        *(uint*)first = *(uint*)second = 8;
        first[4] = 0;
        second[4] = 1;
        byte value = 0;
        if (kernel.UpdateElement(map, first, &value, 0) != Errno.None || kernel.UpdateElement(map, second, &value, 0) != Errno.None) return null;
        if (kernel.DeleteElement(map, first) != Errno.None) return null;
        return kernel.GetNextKey(map, first, next) switch
        {
            // The first of all.
            Errno.None => true,

            // Nothing is behind the second one.
            Errno.ENOENT => false,
            _ => null,
        };
    }
}
