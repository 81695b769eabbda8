using Ebpf.Common;
using Ebpf.Elf;

namespace Ebpf;

/// <content>Reading and writing.</content>
public sealed partial class BtfSpec
{
    /// <summary>Whether the table of the sizes of kinds is there.</summary>
    internal bool HasLayout => !_image.Layout.IsEmpty;

    /// <summary>
    /// Reads BTF from a file: raw BTF, as in <c>/sys/kernel/btf</c>, or an ELF file with a section <c>.BTF</c>, such as an eBPF
    /// object, a kernel module or <c>vmlinux</c>.
    /// </summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="baseSpec">
    /// The base of split BTF; <c>null</c> for BTF that is not split. If the file has a distilled base (<c>.BTF.base</c>), its BTF
    /// is relocated onto this one, or stays on the distilled base if this is <c>null</c>.
    /// </param>
    /// <exception cref="ObjectFormatException">The file is malformed or holds no BTF, or cannot be relocated; the message names it.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static BtfSpec Load(string path, BtfSpec? baseSpec = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] image = File.ReadAllBytes(path);
        try
        {
            return Load(image, baseSpec);
        }
        catch (ObjectFormatException error)
        {
            throw error.InFile(path);
        }
    }

    /// <summary>Reads BTF from a stream, from the current position to the end.</summary>
    /// <param name="stream">The stream. It is not closed.</param>
    /// <param name="baseSpec">The base of split BTF, as for a file.</param>
    /// <exception cref="ObjectFormatException">The contents are malformed or hold no BTF, or cannot be relocated.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static BtfSpec Load(Stream stream, BtfSpec? baseSpec = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using MemoryStream image = new();
        stream.CopyTo(image);
        return Load(image.GetBuffer().AsMemory(0, (int)image.Length), baseSpec);
    }

    /// <summary>Reads BTF in memory, raw or in an ELF file.</summary>
    /// <param name="image">The bytes. Not copied: they must not change while the result is used.</param>
    /// <param name="baseSpec">The base of split BTF, as for a file.</param>
    /// <exception cref="ObjectFormatException">The bytes are malformed or hold no BTF, or cannot be relocated.</exception>
    public static BtfSpec Load(ReadOnlyMemory<byte> image, BtfSpec? baseSpec = null)
    {
        if (!image.Span.StartsWith(ElfFile.Magic)) return Parse(image, baseSpec);
        ElfFile elf = ElfFile.OfAnyMachine(image);
        ReadOnlyMemory<byte>? types = null, distilled = null;
        for (int i = 1; i < elf.SectionCount; i++)
        {
            ElfSection section = elf.Section(i);
            if (section.Type != ElfSectionType.ProgramBits) continue;
            ReadOnlySpan<byte> name = elf.SectionNameUtf8(section);
            if (name.SequenceEqual(".BTF"u8)) types = elf.Data(section);
            else if (name.SequenceEqual(".BTF.base"u8)) distilled = elf.Data(section);
        }

        if (types is not { } raw) throw new ObjectFormatException("there is no section .BTF: it was built without -g, or stripped");
        if (distilled is not { IsEmpty: false } bottom) return Parse(raw, baseSpec);
        BtfSpec split = Parse(raw, Parse(bottom));
        return baseSpec is null ? split : split.Relocate(baseSpec);
    }

    /// <summary>
    /// Returns the BTF as it stands in <c>.BTF</c>, byte for byte as it was read. The BTF of an object is completed with what the
    /// object tells and the compiler left open: the offsets of variables. Of split BTF, the base is not included.
    /// </summary>
    /// <returns>A new array with the encoded BTF.</returns>
    public byte[] ToArray() => _image.Raw.ToArray();
}
