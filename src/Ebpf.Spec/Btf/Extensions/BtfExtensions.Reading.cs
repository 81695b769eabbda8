using Ebpf.Btf.Extensions;
using Ebpf.CoRe;
using Ebpf.Elf;

namespace Ebpf.Btf;

/// <content>Opening files, and reading records.</content>
public sealed partial class BtfExtensions
{
    /// <summary>Gets the types and strings that the records refer to.</summary>
    public BtfSpec Types => _types;

    /// <summary>Gets the names of the ELF sections that have records, each once, in the order of the file.</summary>
    public IReadOnlyList<string> Sections =>
        [.. _functions.Sections.Keys.Concat(_lines.Sections.Keys).Concat(_relocations.Sections.Keys).Distinct(StringComparer.Ordinal)];

    /// <summary>Opens <c>.BTF.ext</c> of an object file, with its BTF.</summary>
    /// <param name="path">The object file.</param>
    /// <exception cref="ObjectFormatException">The file is malformed, or has no <c>.BTF.ext</c>; the message tells its name.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static BtfExtensions Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] image = File.ReadAllBytes(path);
        try
        {
            return Load(image);
        }
        catch (ObjectFormatException error)
        {
            throw error.InFile(path);
        }
    }

    /// <summary>Opens <c>.BTF.ext</c> of an object file in memory, with its BTF.</summary>
    /// <param name="image">The object file. Not copied: it must not change while the result is used.</param>
    /// <exception cref="ObjectFormatException">The file is malformed, or has no <c>.BTF.ext</c>.</exception>
    public static BtfExtensions Load(ReadOnlyMemory<byte> image)
    {
        ElfFile elf = ElfFile.OfAnyMachine(image);
        for (int i = 1; i < elf.SectionCount; i++)
        {
            ElfSection section = elf.Section(i);
            if (section.Type == ElfSectionType.ProgramBits && elf.SectionNameUtf8(section).SequenceEqual(".BTF.ext"u8))
                return Parse(elf.Data(section), BtfSpec.Load(image));
        }

        throw new ObjectFormatException($"there is no section {Section}: it was built without -g, or stripped");
    }

    /// <summary>Reads the functions that begin in an ELF section, in the order of the file.</summary>
    /// <param name="section">The name of the section; case matters.</param>
    /// <returns>The functions; none if the section has no records.</returns>
    /// <exception cref="ObjectFormatException">While enumerating: a record refers to something that is no function.</exception>
    public IEnumerable<BtfExtensionRecord<FunctionType>> GetFunctions(string section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return Read(FunctionsOf(section), record => _types[record.TypeId] as FunctionType
            ?? throw new ObjectFormatException($"type {record.TypeId} is no function", Section, section, record.InstructionOffset));
    }

    /// <summary>Reads the lines of source that the instructions of an ELF section come from, in the order of the file.</summary>
    /// <param name="section">The name of the section; case matters.</param>
    /// <returns>
    /// The lines, each at the first of the instructions that come from it; none if the section has no records. Their strings are read
    /// when they are asked for.
    /// </returns>
    public IEnumerable<BtfExtensionRecord<LineInfo>> GetLines(string section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return Read(LinesOf(section), record => record.ToLineInfo(_types));
    }

    /// <summary>Reads the CO-RE relocations of the instructions of an ELF section, in the order of the file.</summary>
    /// <param name="section">The name of the section; case matters.</param>
    /// <returns>The relocations; none if the section has no records. Their strings and types are read when they are asked for.</returns>
    public IEnumerable<BtfExtensionRecord<CoReRelocation>> GetRelocations(string section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return Read(RelocationsOf(section), record => record.ToRelocation(_types));
    }

    private static IEnumerable<BtfExtensionRecord<TValue>> Read<TRecord, TValue>(
        BtfExtensionRecords<TRecord> records, Func<TRecord, TValue> read)
        where TRecord : struct, IBtfExtensionRecord<TRecord>
    {
        for (int i = 0; i < records.Count; i++) yield return new(records[i].InstructionOffset, read(records[i]));
    }
}

/// <summary>Represents a record of <c>.BTF.ext</c> about an instruction.</summary>
/// <typeparam name="T">The kind of record: a function, a line of source or a CO-RE relocation.</typeparam>
/// <param name="InstructionOffset">The offset of the instruction in its ELF section, in bytes.</param>
/// <param name="Value">The contents of the record.</param>
public readonly record struct BtfExtensionRecord<T>(uint InstructionOffset, T Value);
