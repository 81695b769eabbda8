using System.Numerics;
using System.Runtime.InteropServices;

namespace Ebpf.Maps.Walks;

/// <summary>
/// The order in which the kernel walks over the prefixes of a trie (<c>trie_get_next_key</c>): longer prefixes before those that
/// cover them, else by the first bit that differs. It does not depend on what else is in the trie.
/// </summary>
internal static class PrefixOrder
{
    /// <summary>Compares two keys: a prefix length in bits (4 bytes), and the data.</summary>
    /// <returns>Negative if the walk comes to <paramref name="a"/> first, 0 for the same prefix.</returns>
    public static int Compare(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        uint lengthA = MemoryMarshal.Read<uint>(a), lengthB = MemoryMarshal.Read<uint>(b);
        ReadOnlySpan<byte> dataA = a[sizeof(uint)..], dataB = b[sizeof(uint)..];
        int same = dataA.CommonPrefixLength(dataB);
        long firstDifference = same == dataA.Length
            ? long.MaxValue
            : (8L * same) + BitOperations.LeadingZeroCount((uint)(dataA[same] ^ dataB[same])) - 24;
        return firstDifference < Math.Min(lengthA, lengthB) ? dataA[same].CompareTo(dataB[same]) : lengthB.CompareTo(lengthA);
    }
}
