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
    /// <param name="limit">More bytes are too many (<see cref="Errno.EFBIG"/>).</param>
    public virtual Errno ReadFile(string path, out byte[] content, int limit = int.MaxValue)
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
                if (length > limit) return Errno.EFBIG;
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
        Errno error = ListEntries(path, OpenMode.ReadOnly, out List<DirectoryEntry> entries);
        names = new string[entries.Count];
        for (int i = 0; i < names.Length; i++) names[i] = entries[i].Name;
        return error;
    }

    /// <summary>Lists a directory, with what the file system says of each entry.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="mode">How to open it: whether a symbolic link at the path is followed.</param>
    /// <param name="entries">What is in it, sorted, without <c>.</c> and <c>..</c>; empty after an error.</param>
    public virtual Errno ListEntries(string path, OpenMode mode, out List<DirectoryEntry> entries)
    {
        entries = [];
        CallResult directory = Open(path, mode | OpenMode.Directory);
        if (directory.Failed) return directory.Error;
        List<DirectoryEntry> found = [];
        try
        {
            byte[] buffer = new byte[32 * 1024];
            while (true)
            {
                CallResult read = ReadDirectory(directory.Value, buffer);
                if (read.Failed) return read.Error;
                if (read.Value == 0) break;
                AddEntries(buffer.AsSpan(0, read.Value), found);
            }
        }
        finally
        {
            Close(directory.Value);
        }

        found.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        entries = found;
        return Errno.None;
    }

    /// <summary>
    /// Reads <c>struct linux_dirent64</c>: inode, offset (8 bytes each), record length (2), type (1), name.
    /// </summary>
    private static void AddEntries(ReadOnlySpan<byte> records, List<DirectoryEntry> entries)
    {
        const int lengthAt = 16, typeAt = 18, nameAt = 19;
        while (records.Length > nameAt)
        {
            ushort length = BitConverter.IsLittleEndian
                ? BinaryPrimitives.ReadUInt16LittleEndian(records[lengthAt..])
                : BinaryPrimitives.ReadUInt16BigEndian(records[lengthAt..]);
            ReadOnlySpan<byte> name = records[nameAt..length];
            name = name[..name.IndexOf((byte)0)];
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                entries.Add(new DirectoryEntry(PathText.Decode(name), (EntryKind)records[typeAt]));
            records = records[length..];
        }
    }
}
