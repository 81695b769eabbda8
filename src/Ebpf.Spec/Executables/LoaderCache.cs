using System.Text;
using Ebpf.Common;

namespace Ebpf.Executables;

/// <summary>Reads the list of libraries that the dynamic linker of glibc keeps (<c>/etc/ld.so.cache</c>), in its old form, its new one, and both in one file.</summary>
internal static class LoaderCache
{
    /// <summary>Finds the libraries of a name, in the order in which the dynamic linker would take them.</summary>
    /// <param name="cache">The contents of the file.</param>
    /// <param name="name">The name: <c>libc.so.6</c>.</param>
    /// <returns>
    /// Their paths; those for other processors too (a 32-bit one beside the 64-bit one): which one fits, the files tell. Empty if the
    /// name is not there, or the file has another form.
    /// </returns>
    public static List<string> Find(ReadOnlySpan<byte> cache, string name)
    {
        // struct cache_file: magic, number of entries; an entry: flags, name, path. struct cache_file_new: magic, number, bytes of
        // strings, flags, extensions; an entry has a version of the system and capabilities more (glibc, sysdeps/generic/dl-cache.h).
        const int oldHeader = 16, oldEntry = 12, newHeader = 48, newEntry = 24;
        bool swap = false;
        byte[] wanted = Encoding.UTF8.GetBytes(name);
        List<string> found = [];
        ReadOnlySpan<byte> newer = cache;
        if (cache.Length >= oldHeader && cache.StartsWith("ld.so-1.7.0"u8))
        {
            ulong count = cache.U32(12, swap);
            ulong end = oldHeader + (count * oldEntry);
            if (end > (ulong)cache.Length) return found;
            newer = cache[(int)Math.Min((end + 7) & ~7UL, (ulong)cache.Length)..];
            if (!IsNew(newer))
            {
                // Positions count from behind the entries.
                ReadEntries(cache.Slice(oldHeader, (int)(count * oldEntry)), oldEntry, cache[(int)end..], wanted, found);
                return found;
            }
        }

        if (!IsNew(newer) || newer.Length < newHeader) return found;
        ulong size = newer.U32(20, swap) * (ulong)newEntry;

        // Positions count from the beginning of this form.
        if (size <= (ulong)(newer.Length - newHeader)) ReadEntries(newer.Slice(newHeader, (int)size), newEntry, newer, wanted, found);
        return found;
    }

    private static bool IsNew(ReadOnlySpan<byte> cache) => cache.StartsWith("glibc-ld.so.cache1.1"u8);

    private static void ReadEntries(ReadOnlySpan<byte> entries, int size, ReadOnlySpan<byte> strings, byte[] wanted, List<string> found)
    {
        for (; entries.Length >= size; entries = entries[size..])
        {
            if (!Text(strings, entries.U32(4, swap: false)).SequenceEqual(wanted)) continue;
            string path = Encoding.UTF8.GetString(Text(strings, entries.U32(8, swap: false)));
            if (path.StartsWith('/') && !found.Contains(path)) found.Add(path);
        }
    }

    private static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> strings, uint offset)
    {
        const int maxPath = 4096;
        if (offset >= (uint)strings.Length) return default;
        strings = strings[(int)offset..];
        int end = strings[..Math.Min(strings.Length, maxPath)].IndexOf((byte)0);
        return end < 0 ? default : strings[..end];
    }
}
