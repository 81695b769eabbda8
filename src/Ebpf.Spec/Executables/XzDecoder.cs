using System.Security.Cryptography;
using Ebpf.Common;

namespace Ebpf.Executables;

/// <summary>Reads .xz files of the kind in which symbols are kept in executables: one filter, LZMA2.</summary>
/// <remarks>The .xz file format, version 1.1.0 (tukaani.org/xz/xz-file-format.txt). Of several streams the first one is read; the index at the end is not.</remarks>
internal static class XzDecoder
{
    private const int HeaderSize = 12;

    private static ReadOnlySpan<byte> Magic => [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0];

    /// <summary>Decodes a file.</summary>
    /// <param name="packed">The file.</param>
    /// <param name="limit">How many bytes may come of it.</param>
    /// <returns>The bytes.</returns>
    /// <exception cref="ObjectFormatException">It is malformed, of another kind, or longer than the limit.</exception>
    public static ReadOnlyMemory<byte> Decode(ReadOnlySpan<byte> packed, int limit)
    {
        if (packed.Length < HeaderSize || !packed.StartsWith(Magic)) throw new ObjectFormatException("not an .xz file: the magic number is missing");
        int check = packed[7] & 0xf;
        if (packed[6] != 0 || packed[7] > 0xf || Checksums.Crc32(packed.Slice(6, 2)) != packed.U32(8, !BitConverter.IsLittleEndian))
            throw Damaged("header");
        LzmaOutput output = new(limit);
        int at = HeaderSize;
        while (true)
        {
            if (at >= packed.Length) throw Damaged("end");
            if (packed[at] == 0) return output.Bytes;
            at += ReadBlockHeader(packed[at..]);
            int start = output.Length;
            at += Lzma2Decoder.Decode(packed[at..], output);
            at = (at + 3) & ~3;
            int size = CheckSize(check);
            if (at > packed.Length - size) throw Damaged("block");
            Verify(check, packed.Slice(at, size), output.Bytes.Span[start..]);
            at += size;
        }
    }

    private static int CheckSize(int check) => check == 0 ? 0 : 4 << ((check - 1) / 3);

    private static void Verify(int check, ReadOnlySpan<byte> expected, ReadOnlySpan<byte> content)
    {
        bool swap = !BitConverter.IsLittleEndian;
        bool isSound = check switch
        {
            1 => Checksums.Crc32(content) == expected.U32(0, swap),
            4 => Checksums.Crc64(content) == expected.U64(0, swap),
            10 => SHA256.HashData(content).AsSpan().SequenceEqual(expected),
            _ => true,
        };
        if (!isSound) throw Damaged("checksum");
    }

    private static int ReadBlockHeader(ReadOnlySpan<byte> block)
    {
        const byte hasPackedSize = 0x40, hasSize = 0x80, filterCount = 3, lzma2 = 0x21;
        int size = (block[0] + 1) * 4;
        if (size > block.Length) throw Damaged("block header");
        ReadOnlySpan<byte> header = block[..(size - 4)];
        if (Checksums.Crc32(header) != block.U32(size - 4, !BitConverter.IsLittleEndian)) throw Damaged("block header");
        byte flags = header[1];
        int at = 2;
        if ((flags & hasPackedSize) != 0) ReadNumber(header, ref at);
        if ((flags & hasSize) != 0) ReadNumber(header, ref at);
        if ((flags & filterCount) != 0 || ReadNumber(header, ref at) != lzma2)
            throw new ObjectFormatException("an .xz file with other filters than LZMA2 is not read");
        return size;
    }

    private static ulong ReadNumber(ReadOnlySpan<byte> header, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; shift < 63 && at < header.Length; shift += 7)
        {
            byte part = header[at++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80) return value;
        }

        throw Damaged("block header");
    }

    private static ObjectFormatException Damaged(string part) => new($"the {part} of the .xz file is damaged");
}
