using System.Runtime.InteropServices;
using Ebpf.Btf.Reading;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.BtfObjects;

/// <summary>Finds the kernel's types in the file that the kernel was made from, where it does not tell them itself.</summary>
/// <remarks>
/// Before Linux 5.4 a kernel could have BTF in its image and not show it. The image has hundreds of megabytes; only what
/// leads to the section is read. A file that cannot be used is passed over: another one may be right.
/// </remarks>
internal static class VmlinuxFile
{
    private const int HeaderSize = 64, SectionSize = 64;

    // Where distributions put it, in libbpf's order; {0} is the release.
    private static readonly string[] Places =
    [
        "/boot/vmlinux-{0}",
        "/lib/modules/{0}/vmlinux-{0}",
        "/lib/modules/{0}/build/vmlinux",
        "/usr/lib/modules/{0}/kernel/vmlinux",
        "/usr/lib/debug/boot/vmlinux-{0}",
        "/usr/lib/debug/boot/vmlinux-{0}.debug",
        "/usr/lib/debug/lib/modules/{0}/vmlinux",
    ];

    /// <summary>Reads the types of the running kernel's release; <c>null</c> if there are none.</summary>
    public static BtfSpec? Read(LinuxKernel kernel)
    {
        if (KernelFacts.Of(kernel).Release is not { Length: > 0 } release) return null;
        foreach (string place in Places)
        {
            string path = place.Replace("{0}", release, StringComparison.Ordinal);
            if (!kernel.Exists(path) || ReadTypes(kernel, path) is not { } raw) continue;
            try
            {
                return BtfSpec.Parse(raw);
            }
            catch (ObjectFormatException)
            {
                // The next place may have the right one.
            }
        }

        return null;
    }

    /// <summary>The BTF of a file: all of it, or the section of an ELF file.</summary>
    private static byte[]? ReadTypes(LinuxKernel kernel, string path)
    {
        if (kernel.Status(path, out FileStatus status) != Errno.None) return null;
        CallResult file = kernel.Open(path, OpenMode.ReadOnly);
        if (file.Failed) return null;
        try
        {
            Reader reader = new(kernel, file.Value, status.Size);
            if (reader.Read(0, sizeof(ushort)) is not { } magic) return null;
            return MemoryMarshal.Read<ushort>(magic) == BtfHeader.Magic
                ? reader.Read(0, status.Size)
                : ReadSection(reader);
        }
        finally
        {
            kernel.Close(file.Value);
        }
    }

    // Offsets: <linux/elf.h>, Elf64_Ehdr and Elf64_Shdr. The running kernel's image has this machine's byte order.
    private static byte[]? ReadSection(Reader reader)
    {
        const int classAt = 4, class64 = 2, tableAt = 40, entrySizeAt = 58, countAt = 60, namesAt = 62;
        if (reader.Read(0, HeaderSize) is not { } header || !header.AsSpan().StartsWith("\u007fELF"u8)) return null;
        if (header[classAt] != class64 || U16(header, entrySizeAt) != SectionSize) return null;
        int count = U16(header, countAt), namesIndex = U16(header, namesAt);
        if (namesIndex >= count || reader.Read(U64(header, tableAt), (ulong)count * SectionSize) is not { } table) return null;
        if (ReadContent(reader, table, namesIndex) is not { } names) return null;
        for (int i = 0; i < count; i++)
        {
            uint name = MemoryMarshal.Read<uint>(table.AsSpan(i * SectionSize));
            if (name < (uint)names.Length && names.AsSpan((int)name).StartsWith(".BTF\0"u8)) return ReadContent(reader, table, i);
        }

        return null;
    }

    private static byte[]? ReadContent(Reader reader, byte[] table, int section)
    {
        const int offsetAt = 24, sizeAt = 32;
        return reader.Read(U64(table, (section * SectionSize) + offsetAt), U64(table, (section * SectionSize) + sizeAt));
    }

    private static ushort U16(byte[] bytes, int at) => MemoryMarshal.Read<ushort>(bytes.AsSpan(at));

    private static ulong U64(byte[] bytes, int at) => MemoryMarshal.Read<ulong>(bytes.AsSpan(at));

    /// <summary>Reads parts of a file; none that the file does not have.</summary>
    private readonly record struct Reader(LinuxKernel Kernel, int Descriptor, ulong Size)
    {
        /// <summary>A part of the file; <c>null</c> if it is not there, or cannot be read.</summary>
        public byte[]? Read(ulong offset, ulong length)
        {
            if (length > Size || offset > Size - length || length > (ulong)Array.MaxLength) return null;
            byte[] bytes = GC.AllocateUninitializedArray<byte>((int)length);
            CallResult read = Kernel.ReadAt(Descriptor, bytes, (long)offset);
            return !read.Failed && read.Value == bytes.Length ? bytes : null;
        }
    }
}
