using Ebpf.Common;
using Ebpf.Elf;

namespace Ebpf;

/// <content>Files: reading BTF from whatever holds it, and writing it back.</content>
public sealed partial class BtfSpec
{
    /// <summary>Whether the table of the sizes of kinds is there.</summary>
    internal bool HasLayout => !_image.Layout.IsEmpty;

    /// <summary>
    /// Reads BTF from a file: raw (as in <c>/sys/kernel/btf</c>), or an ELF file with a section <c>.BTF</c>: an object, a
    /// kernel module, <c>vmlinux</c>.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="baseSpec">
    /// What split BTF builds on. If the file brings a distilled base (<c>.BTF.base</c>), its BTF is relocated onto this one;
    /// without one, its BTF stays on the distilled base.
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

    /// <summary>Reads BTF from a stream, from where it stands to its end.</summary>
    /// <param name="stream">The stream; it stays open.</param>
    /// <param name="baseSpec">What split BTF builds on, as for a file.</param>
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
    /// <param name="baseSpec">What split BTF builds on, as for a file.</param>
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
    /// Writes the BTF as it would stand in <c>.BTF</c>: byte for byte what was read; that of an object is completed with what the
    /// object file knows better than the compiler (the places of variables). Of split BTF the base is not written.
    /// </summary>
    /// <returns>The bytes, which are the caller's.</returns>
    public byte[] ToArray() => _image.Raw.ToArray();
}
