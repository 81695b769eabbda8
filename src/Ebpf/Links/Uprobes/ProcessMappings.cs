using System.Buffers.Text;
using System.Text;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.Uprobes;

/// <summary>A part of a file in the memory of a process.</summary>
/// <param name="Start">Its first address.</param>
/// <param name="End">The address behind it.</param>
/// <param name="IsCode">Whether it can be run.</param>
/// <param name="Offset">Where it begins in the file.</param>
/// <param name="Device">The device of the file, as <see cref="FileStatus.Device"/> has it.</param>
/// <param name="Inode">The number of the file; 0 for memory without a file.</param>
/// <param name="Path">Its path in the root directory of the process, with <c> (deleted)</c> behind it for a file that is not there any more.</param>
internal readonly record struct ProcessMapping(ulong Start, ulong End, bool IsCode, ulong Offset, ulong Device, ulong Inode, string Path)
{
    private const string Deleted = " (deleted)";

    /// <summary>Whether the path means another file by now, or none.</summary>
    public bool IsDeleted => Path.EndsWith(Deleted, StringComparison.Ordinal);

    /// <summary>The path at which the file was, when it was mapped.</summary>
    public string LivePath => IsDeleted ? Path[..^Deleted.Length] : Path;
}

/// <summary>Reads what files a process has in its memory (<c>/proc/PID/maps</c>).</summary>
internal static class ProcessMappings
{
    /// <summary>Reads them all.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="process">The process.</param>
    /// <param name="error">Why not.</param>
    public static List<ProcessMapping> Read(LinuxKernel kernel, int process, out Errno error)
    {
        List<ProcessMapping> found = [];
        error = kernel.ReadFile(KernelPaths.MappingsOf(process), out byte[] text);
        ReadOnlySpan<byte> left = text;
        while (!left.IsEmpty)
        {
            int end = left.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? left : left[..end];
            if (Parse(line) is { } mapping) found.Add(mapping);
            left = end < 0 ? default : left[(end + 1)..];
        }

        return found;
    }

    /// <summary>Reads <c>start-end rwxp offset major:minor inode   path</c>.</summary>
    public static ProcessMapping? Parse(ReadOnlySpan<byte> line)
    {
        if (!Hex(ref line, (byte)'-', out ulong start) || !Hex(ref line, (byte)' ', out ulong end) || line.Length < 5) return null;
        bool isCode = line[2] == 'x';
        line = line[5..];
        if (!Hex(ref line, (byte)' ', out ulong offset) || !Hex(ref line, (byte)':', out ulong major) || !Hex(ref line, (byte)' ', out ulong minor)) return null;
        if (!Utf8Parser.TryParse(line, out ulong inode, out int length)) return null;
        ReadOnlySpan<byte> path = line[length..].TrimStart((byte)' ');
        return new ProcessMapping(start, end, isCode, offset, (major << 32) | minor, inode, PathText.Decode(Unescape(path)));
    }

    private static bool Hex(ref ReadOnlySpan<byte> line, byte end, out ulong value)
    {
        bool good = Utf8Parser.TryParse(line, out value, out int length, 'x') && length < line.Length && line[length] == end;
        if (good) line = line[(length + 1)..];
        return good;
    }

    /// <summary>The kernel writes line feeds in paths as <c>\012</c>, and nothing else so.</summary>
    private static ReadOnlySpan<byte> Unescape(ReadOnlySpan<byte> path)
    {
        if (path.IndexOf("\\012"u8) < 0) return path;
        return Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(path).Replace("\\012", "\n", StringComparison.Ordinal));
    }
}
