using System.Buffers;
using System.Text;
using Ebpf.Common;
using Ebpf.Elf;

namespace Ebpf.Executables;

/// <summary>The name of the file with the debug information of another, and the checksum that it must have (<c>.gnu_debuglink</c>).</summary>
/// <param name="FileName">Its name, without a directory.</param>
/// <param name="Checksum">The CRC-32 of all its bytes.</param>
internal readonly record struct DebugLink(string FileName, uint Checksum)
{
    /// <summary>Reads the section.</summary>
    /// <returns><c>null</c> if there is none, or the name would lead elsewhere.</returns>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public static DebugLink? Of(ElfExecutable file)
    {
        const int most = 4096;
        if (!file.TryFindSection(".gnu_debuglink"u8, out ElfSection section) || file.TryReadSection(section, most) is not { } content) return null;

        // The name, zeros up to a multiple of four, the checksum.
        int end = content.AsSpan().IndexOf((byte)0);
        int checksum = (end + 4) & ~3;
        if (end <= 0 || checksum + 4 > content.Length) return null;
        string name = Encoding.UTF8.GetString(content.AsSpan(0, end));
        return name.Contains('/', StringComparison.Ordinal) || name is "." or ".."
            ? null
            : new DebugLink(name, ((ReadOnlySpan<byte>)content).U32(checksum, file.Swap));
    }

    /// <summary>Whether a file is the one that is meant: all of it is read.</summary>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public bool IsOf(ByteSource source)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(256 * 1024);
        try
        {
            uint checksum = 0;
            for (ulong at = 0; at < source.Length;)
            {
                int length = source.ReadAt(at, buffer);
                if (length == 0) return false;
                checksum = Checksums.Crc32(buffer.AsSpan(0, length), checksum);
                at += (ulong)length;
            }

            return checksum == Checksum;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Where the debug file of a build is kept: <c>12/3456….debug</c>.</summary>
    public static string PathOf(ReadOnlySpan<byte> buildId)
    {
        string text = Convert.ToHexStringLower(buildId);
        return $"{text[..2]}/{text[2..]}.debug";
    }
}
