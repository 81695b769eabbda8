using Ebpf.Btf.Extensions;
using Ebpf.Btf.Reading;
using Ebpf.Common;

namespace Ebpf.Btf;

/// <summary>
/// Represents the section <c>.BTF.ext</c> of an object, which holds three kinds of records about instructions, by ELF section and
/// offset: the functions that begin at them, the lines of source that they come from, and their CO-RE relocations.
/// </summary>
/// <remarks>
/// Opening finds the sections; records are read in place, when they are enumerated. <see cref="BtfExtensionBuilder"/> writes such
/// a section. The instructions of a <see cref="ProgramSpec"/> have the same information. Immutable, and safe for use by several
/// threads at once.
/// </remarks>
public sealed partial class BtfExtensions
{
    private const string Section = ".BTF.ext";

    /// <summary>The header up to and including <c>line_info_len</c>: all that compilers wrote before CO-RE (LLVM 9).</summary>
    internal const int ShortHeader = 24;

    /// <summary>The header with <c>core_relo_off</c> and <c>core_relo_len</c>.</summary>
    internal const int LongHeader = 32;

    private readonly ReadOnlyMemory<byte> _raw;
    private readonly BtfSpec _types;
    private readonly bool _swap;
    private readonly Part _functions;
    private readonly Part _lines;
    private readonly Part _relocations;

    private BtfExtensions(ReadOnlyMemory<byte> raw, BtfSpec types)
    {
        ReadOnlySpan<byte> bytes = raw.Span;
        if (bytes.Length < ShortHeader) throw Malformed($"{bytes.Length} bytes are shorter than the header", 0);
        _raw = raw;
        _types = types;
        _swap = BtfHeader.ReadOrder(bytes, Section);
        uint header = bytes.U32(4, _swap);
        if (header < ShortHeader || header > (uint)bytes.Length) throw Malformed($"header length {header} is impossible", 4);

        _functions = ReadPart<FunctionInfoRecord>(header, 8);
        _lines = ReadPart<LineInfoRecord>(header, 16);
        _relocations = header < LongHeader ? Part.Empty : ReadPart<CoReRelocationRecord>(header, 24);
    }

    /// <summary>Opens the contents of a section <c>.BTF.ext</c>.</summary>
    /// <param name="raw">The bytes of the section. Not copied: they must not change while the result is used.</param>
    /// <param name="types">The BTF of the same object, which holds types and strings.</param>
    /// <exception cref="ObjectFormatException">The bytes are malformed.</exception>
    public static BtfExtensions Parse(ReadOnlyMemory<byte> raw, BtfSpec types)
    {
        ArgumentNullException.ThrowIfNull(types);
        return new BtfExtensions(raw, types);
    }

    /// <summary>The functions of an ELF section, in the order in which they stand; none if it has none.</summary>
    internal BtfExtensionRecords<FunctionInfoRecord> FunctionsOf(string section) => Records<FunctionInfoRecord>(_functions, section);

    /// <summary>The source lines of an ELF section, in the order in which they stand; none if it has none.</summary>
    internal BtfExtensionRecords<LineInfoRecord> LinesOf(string section) => Records<LineInfoRecord>(_lines, section);

    /// <summary>The CO-RE relocations of an ELF section, in the order in which they stand; none if it has none.</summary>
    internal BtfExtensionRecords<CoReRelocationRecord> RelocationsOf(string section) =>
        Records<CoReRelocationRecord>(_relocations, section);

    private BtfExtensionRecords<T> Records<T>(Part part, string section)
        where T : struct, IBtfExtensionRecord<T> =>
        part.Sections.TryGetValue(section, out Range range)
            ? new BtfExtensionRecords<T>(_raw[range], part.RecordSize, _swap)
            : default;

    private Part ReadPart<T>(uint header, int field)
        where T : struct, IBtfExtensionRecord<T>
    {
        ReadOnlySpan<byte> bytes = _raw.Span;
        uint length = bytes.U32(field + 4, _swap);
        if (length == 0) return Part.Empty;
        ulong start = (ulong)header + bytes.U32(field, _swap);
        if (start + length > (ulong)bytes.Length)
            throw Malformed($"records end at byte {start + length} of {bytes.Length}", field);

        int at = (int)start;
        int end = at + (int)length;
        uint recordSize = length < sizeof(uint) ? 0 : bytes.U32(at, _swap);
        if (recordSize < (uint)T.Size || recordSize % sizeof(uint) != 0)
            throw Malformed($"a record size of {recordSize} bytes is impossible", at);

        Dictionary<string, Range> sections = new(StringComparer.Ordinal);
        at += sizeof(uint);
        while (at < end)
        {
            if (end - at < 2 * sizeof(uint)) throw Malformed("the head of a section's records is cut off", at);
            ulong size = (ulong)recordSize * bytes.U32(at + 4, _swap);
            int first = at + (2 * sizeof(uint));
            if (size > (ulong)(end - first)) throw Malformed("the records of a section are cut off", at);
            string name = _types.Strings.Text(bytes.U32(at, _swap));
            if (sections.Count == Limits.MaxSections) throw Malformed("there are more sections than a file can have", at);
            at = first + (int)size;
            if (!sections.TryAdd(name, first..at)) throw Malformed($"section \"{name}\" occurs twice", first);
        }

        return new Part((int)recordSize, sections);
    }

    private static ObjectFormatException Malformed(string problem, long offset) => new(problem, Section, offset: offset);

    /// <summary>One of the three tables: where each ELF section's records stand.</summary>
    private sealed record Part(int RecordSize, Dictionary<string, Range> Sections)
    {
        public static Part Empty { get; } = new(0, []);
    }
}
