using System.Buffers.Binary;
using System.Text;

namespace Ebpf.Linux;

/// <content>
/// Whole files and directories. Made of the system calls; an implementation without files replaces them.
/// </content>
internal abstract unsafe partial class LinuxKernel
{
    /// <summary>Reads a file of any kind to its end; those under /proc and /sys do not know their size.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="content">Its bytes; empty after an error.</param>
    public virtual Errno ReadFile(string path, out byte[] content)
    {
        content = [];
        CallResult file = Open(path, OpenMode.ReadOnly);
        if (file.Failed) return file.Error;
        try
        {
            byte[] buffer = new byte[PageSize];
            int length = 0;
            while (true)
            {
                if (length == buffer.Length)
                {
                    if (buffer.Length == Array.MaxLength) return Errno.EFBIG;
                    Array.Resize(ref buffer, (int)Math.Min(2L * buffer.Length, Array.MaxLength));
                }

                CallResult read = Read(file.Value, buffer.AsSpan(length));
                if (read.Failed) return read.Error;
                if (read.Value == 0) break;
                length += read.Value;
            }

            content = buffer[..length];
            return Errno.None;
        }
        finally
        {
            Close(file.Value);
        }
    }

    /// <summary>Reads a text file.</summary>
    /// <param name="path">Its path.</param>
    /// <returns>The text; <c>null</c> if it cannot be read, for whatever reason.</returns>
    public string? ReadText(string path) =>
        ReadFile(path, out byte[] content) == Errno.None ? Encoding.UTF8.GetString(content) : null;

    /// <summary>Writes a short file in one write(2), as the control files of /proc, /sys and tracefs want it.</summary>
    /// <param name="path">Its path; it must exist.</param>
    /// <param name="text">What to write.</param>
    /// <param name="append">Whether to add to the file instead of replacing what it holds.</param>
    public virtual Errno WriteText(string path, string text, bool append = false)
    {
        CallResult file = Open(path, OpenMode.WriteOnly | (append ? OpenMode.Append : OpenMode.Truncate));
        if (file.Failed) return file.Error;
        Errno error = Write(file.Value, Encoding.UTF8.GetBytes(text)).Error;
        Close(file.Value);
        return error;
    }

    /// <summary>Lists a directory.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="names">What is in it, sorted, without <c>.</c> and <c>..</c>; empty after an error.</param>
    public virtual Errno ListDirectory(string path, out string[] names)
    {
        names = [];
        CallResult directory = Open(path, OpenMode.ReadOnly | OpenMode.Directory);
        if (directory.Failed) return directory.Error;
        try
        {
            List<string> found = [];
            byte[] buffer = new byte[32 * 1024];
            while (true)
            {
                CallResult read = ReadDirectory(directory.Value, buffer);
                if (read.Failed) return read.Error;
                if (read.Value == 0) break;
                AddNames(buffer.AsSpan(0, read.Value), found);
            }

            found.Sort(StringComparer.Ordinal);
            names = [.. found];
            return Errno.None;
        }
        finally
        {
            Close(directory.Value);
        }
    }

    /// <summary>
    /// Reads <c>struct linux_dirent64</c>: inode, offset (8 bytes each), record length (2), type (1), name.
    /// </summary>
    private static void AddNames(ReadOnlySpan<byte> entries, List<string> names)
    {
        const int lengthAt = 16, nameAt = 19;
        while (entries.Length > nameAt)
        {
            ushort length = BitConverter.IsLittleEndian
                ? BinaryPrimitives.ReadUInt16LittleEndian(entries[lengthAt..])
                : BinaryPrimitives.ReadUInt16BigEndian(entries[lengthAt..]);
            ReadOnlySpan<byte> name = entries[nameAt..length];
            name = name[..name.IndexOf((byte)0)];
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8)) names.Add(Encoding.UTF8.GetString(name));
            entries = entries[length..];
        }
    }
}
