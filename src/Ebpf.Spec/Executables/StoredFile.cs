using Ebpf.Common;

namespace Ebpf.Executables;

/// <summary>Finds files that are stored in a ZIP archive as they are, as libraries are in an Android package, from which they are mapped.</summary>
internal static class StoredFile
{
    /// <summary>Finds a file.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="name">Its name in there: <c>lib/arm64-v8a/libx.so</c>.</param>
    /// <returns>Where its bytes begin in the archive, and how many there are.</returns>
    /// <exception cref="ObjectFormatException">It is no archive, has no such file, or has it compressed.</exception>
    /// <exception cref="BpfException">The archive cannot be read.</exception>
    public static (ulong Offset, ulong Size) Find(ByteSource archive, ReadOnlySpan<byte> name)
    {
        const int headerSize = 46, stored = 0;
        bool swap = !BitConverter.IsLittleEndian;
        byte[] directory = ReadDirectory(archive);
        ReadOnlySpan<byte> left = directory;
        while (left.Length >= headerSize && left.U32(0, swap) == 0x02014b50)
        {
            int nameLength = left.U16(28, swap);
            int length = headerSize + nameLength + left.U16(30, swap) + left.U16(32, swap);
            if (length > left.Length) break;
            if (left.Slice(headerSize, nameLength).SequenceEqual(name))
            {
                if (left.U16(10, swap) != stored) throw new ObjectFormatException("the archive has it compressed, so that no process can map it");
                return Locate(archive, left.U32(42, swap), left.U32(20, swap));
            }

            left = left[length..];
        }

        throw new ObjectFormatException("the archive has no such file");
    }

    private static byte[] ReadDirectory(ByteSource archive)
    {
        // The last record, which a comment of up to 64 KiB may follow.
        const int recordSize = 22, most = recordSize + ushort.MaxValue, maxDirectory = 1 << 28;
        bool swap = !BitConverter.IsLittleEndian;
        ulong length = Math.Min(archive.Length, most);
        ReadOnlySpan<byte> tail = archive.TryRead(archive.Length - length, length, most) ?? throw NoArchive();
        int at = tail.LastIndexOf("PK\u0005\u0006"u8);
        if (at < 0 || tail.Length - at < recordSize) throw NoArchive();
        ReadOnlySpan<byte> record = tail[at..];
        uint size = record.U32(12, swap), offset = record.U32(16, swap);
        return size == uint.MaxValue || offset == uint.MaxValue
            ? throw new ObjectFormatException("archives of 4 GiB and more (ZIP64) are not read")
            : archive.TryRead(offset, size, maxDirectory) ?? throw NoArchive();
    }

    private static (ulong Offset, ulong Size) Locate(ByteSource archive, uint header, uint size)
    {
        const int headerSize = 30;
        bool swap = !BitConverter.IsLittleEndian;
        ReadOnlySpan<byte> local = archive.TryRead(header, headerSize, headerSize) ?? throw NoArchive();
        if (local.U32(0, swap) != 0x04034b50) throw NoArchive();
        ulong start = (ulong)header + headerSize + local.U16(26, swap) + local.U16(28, swap);
        return archive.Contains(start, size) ? (start, size) : throw NoArchive();
    }

    private static ObjectFormatException NoArchive() => new("not a ZIP archive, or a damaged one");
}
