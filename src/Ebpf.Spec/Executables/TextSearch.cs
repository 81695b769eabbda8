using System.Buffers;
using Ebpf.Common;

namespace Ebpf.Executables;

/// <summary>Looks for a name in a table of names as text, which is faster than looking at each name.</summary>
internal static class TextSearch
{
    /// <summary>How many places are remembered: a name of one letter ends many others.</summary>
    private const int Most = 1 << 14;

    private const int ChunkSize = 128 * 1024;

    /// <summary>Where a name stands, also as the end of a longer one, since linkers let names share their ends.</summary>
    /// <param name="source">The file.</param>
    /// <param name="start">Where the table begins.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="name">The name; a zero follows it, or an @ and a version.</param>
    /// <returns>The distances from the beginning of the table, in ascending order; <c>null</c> if there are too many.</returns>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public static List<uint>? Find(ByteSource source, ulong start, ulong end, ReadOnlySpan<byte> name)
    {
        List<uint> found = [];
        if (name.IsEmpty || name.Length > Limits.MaxSymbolName) return found;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ChunkSize + Limits.MaxSymbolName + 1);
        try
        {
            for (ulong chunk = start; chunk < end; chunk += ChunkSize)
            {
                // What begins in this chunk may end in the next one.
                int length = source.ReadAt(chunk, buffer.AsSpan(0, (int)Math.Min(end - chunk, (ulong)(ChunkSize + name.Length))));
                ReadOnlySpan<byte> names = buffer.AsSpan(0, length);
                for (int at = 0, next; (next = names[at..].IndexOf(name)) >= 0; at += next + 1)
                {
                    int position = at + next;
                    if (position >= ChunkSize) break;
                    ReadOnlySpan<byte> rest = names[(position + name.Length)..];
                    if (rest.IsEmpty || rest[0] is not (0 or (byte)'@')) continue;
                    if (found.Count == Most) return null;
                    found.Add((uint)(chunk - start) + (uint)position);
                }

                if (length < ChunkSize) break;
            }

            return found;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
