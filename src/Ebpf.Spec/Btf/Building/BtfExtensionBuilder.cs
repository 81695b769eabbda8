using System.Runtime.InteropServices;
using System.Text;
using Ebpf.Btf.Building;
using Ebpf.Btf.Extensions;
using Ebpf.Btf.Reading;
using Ebpf.CoRe;

namespace Ebpf.Btf;

/// <summary>
/// Builds a section <c>.BTF.ext</c>, which holds three kinds of records about the instructions of an object: the functions that
/// begin at them, the lines of source that they come from, and their CO-RE relocations.
/// </summary>
/// <remarks>
/// Records can be added in any order; they are written in the order of their sections and offsets. Their strings are added to the
/// BTF of the object. <see cref="BtfExtensions"/> reads such a section. Not safe for use by several threads at once.
/// </remarks>
public sealed class BtfExtensionBuilder
{
    private const int InstructionSize = 8;

    private readonly Table _functions = new(2);
    private readonly Table _lines = new(4);
    private readonly Table _relocations = new(4);

    /// <summary>
    /// Creates a builder with all records of an existing section, to add records or to change the ids of their types.
    /// </summary>
    /// <param name="extensions">The section. It is not changed.</param>
    /// <exception cref="ObjectFormatException">A string is malformed, or an offset is not a multiple of 8.</exception>
    public static BtfExtensionBuilder From(BtfExtensions extensions)
    {
        ArgumentNullException.ThrowIfNull(extensions);
        BtfExtensionBuilder builder = new();
        BtfStrings strings = extensions.Types.Strings;
        foreach (string section in extensions.Sections)
        {
            foreach (FunctionInfoRecord record in extensions.FunctionsOf(section))
                builder._functions.AddRead(section, record.InstructionOffset, [record.TypeId], [null]);
            foreach (LineInfoRecord record in extensions.LinesOf(section))
            {
                builder._lines.AddRead(
                    section,
                    record.InstructionOffset,
                    [0, 0, record.LineColumn],
                    [strings.Text(record.FileNameOffset), strings.Text(record.LineOffset), null]);
            }

            foreach (CoReRelocationRecord record in extensions.RelocationsOf(section))
            {
                builder._relocations.AddRead(
                    section, record.InstructionOffset, [record.TypeId, 0, record.Kind], [null, strings.Text(record.AccessorOffset), null]);
            }
        }

        return builder;
    }

    /// <summary>Adds a record of the function that begins at an instruction.</summary>
    /// <param name="section">The name of the ELF section of the program.</param>
    /// <param name="offset">The offset of the instruction in the section, in bytes: a multiple of 8.</param>
    /// <param name="function">The id of a <see cref="FunctionType"/>.</param>
    /// <exception cref="ArgumentException">The instruction already has a record of this kind.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The offset is not a multiple of 8.</exception>
    public void AddFunction(string section, uint offset, BtfTypeId function) =>
        _functions.Add(section, offset, [function.Value], [null]);

    /// <summary>Adds a record of the line of source that an instruction, and those that follow it, come from.</summary>
    /// <param name="section">The name of the ELF section of the program.</param>
    /// <param name="offset">The offset of the instruction in the section, in bytes: a multiple of 8.</param>
    /// <param name="line">The line, read from an object or created.</param>
    /// <exception cref="ArgumentException">The instruction already has a record of this kind.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The offset is not a multiple of 8.</exception>
    public void AddLine(string section, uint offset, LineInfo line)
    {
        ArgumentNullException.ThrowIfNull(line);
        _lines.Add(section, offset, [0, 0, line.LineColumn], [line.File, line.Text, null]);
    }

    /// <summary>Adds a CO-RE relocation of an instruction.</summary>
    /// <param name="section">The name of the ELF section of the program.</param>
    /// <param name="offset">The offset of the instruction in the section, in bytes: a multiple of 8.</param>
    /// <param name="type">The id of the type with which the program was compiled.</param>
    /// <param name="accessor">The path to the member or value, as indices: <c>0:1:2</c>.</param>
    /// <param name="kind">What is put into the instruction.</param>
    /// <exception cref="ArgumentException">The instruction already has a record of this kind.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The offset is not a multiple of 8.</exception>
    public void AddRelocation(string section, uint offset, BtfTypeId type, string accessor, CoReRelocationKind kind)
    {
        ArgumentNullException.ThrowIfNull(accessor);
        _relocations.Add(section, offset, [type.Value, 0, (uint)kind], [null, accessor, null]);
    }

    /// <summary>Replaces the ids of all types, after <see cref="BtfSpec.Deduplicate(out BtfTypeIdMap)"/>.</summary>
    /// <param name="newIds">The new id of every type.</param>
    /// <exception cref="ArgumentOutOfRangeException">A type has no new id. Nothing was changed.</exception>
    public void MapTypes(BtfTypeIdMap newIds)
    {
        ArgumentNullException.ThrowIfNull(newIds);
        _functions.MapTypes(newIds, isTrial: true);
        _relocations.MapTypes(newIds, isTrial: true);
        _functions.MapTypes(newIds, isTrial: false);
        _relocations.MapTypes(newIds, isTrial: false);
    }

    /// <summary>Encodes the section, and adds its strings to the BTF of the object.</summary>
    /// <param name="types">The builder of the BTF. Build the BTF after this call. Its byte order is that of the section.</param>
    /// <param name="withRelocations">
    /// Whether the header tells the place of relocations even if there are none. That of LLVM before 10, which has no
    /// relocations, does not, and has 24 bytes.
    /// </param>
    /// <returns>A new array with the contents of the section.</returns>
    public byte[] ToArray(BtfBuilder types, bool withRelocations = true)
    {
        ArgumentNullException.ThrowIfNull(types);
        bool isLong = withRelocations || !_relocations.IsEmpty;
        int header = isLong ? BtfExtensions.LongHeader : BtfExtensions.ShortHeader;
        List<uint> words = [.. stackalloc uint[header / sizeof(uint)]];
        Span<(int Start, int Length)> parts = stackalloc (int, int)[3];
        parts[0] = _functions.Write(words, types);
        parts[1] = _lines.Write(words, types);
        parts[2] = isLong ? _relocations.Write(words, types) : default;

        words[1] = (uint)header;
        for (int part = 0; part < (isLong ? 3 : 2); part++)
        {
            words[2 + (part * 2)] = (uint)((parts[part].Start * sizeof(uint)) - header);
            words[3 + (part * 2)] = (uint)(parts[part].Length * sizeof(uint));
        }

        byte[] raw = new byte[words.Count * sizeof(uint)];
        BtfWriter.WriteWords(raw, CollectionsMarshal.AsSpan(words), types.ByteOrder);
        BtfWriter.WriteStart(raw, types.ByteOrder);
        return raw;
    }

    /// <summary>One of the three tables: records by section and offset, with the strings that words stand for.</summary>
    private sealed class Table(int recordWords)
    {
        private readonly SortedDictionary<string, SortedDictionary<(uint Offset, int Copy), (uint[] Words, string?[] Strings)>> _sections =
            new(StringComparer.Ordinal);

        private int _copies;

        public bool IsEmpty => _sections.Count == 0;

        public void Add(string section, uint offset, uint[] words, string?[] strings)
        {
            ArgumentException.ThrowIfNullOrEmpty(section);
            if (offset % InstructionSize != 0)
                throw new ArgumentOutOfRangeException(nameof(offset), offset, "Instructions begin at multiples of 8.");
            if (!TryAdd(section, offset, 0, words, strings))
                throw new ArgumentException($"Offset {offset} of section \"{section}\" has such a record already.", nameof(offset));
        }

        /// <summary>Adds a record that was read: there may be several for an instruction.</summary>
        public void AddRead(string section, uint offset, uint[] words, string?[] strings)
        {
            if (offset % InstructionSize != 0)
                throw new ObjectFormatException("there is no instruction at an offset that is no multiple of 8", ".BTF.ext", section, offset);
            if (!TryAdd(section, offset, 0, words, strings)) TryAdd(section, offset, ++_copies, words, strings);
        }

        private bool TryAdd(string section, uint offset, int copy, uint[] words, string?[] strings)
        {
            if (!_sections.TryGetValue(section, out SortedDictionary<(uint Offset, int Copy), (uint[] Words, string?[] Strings)>? records))
                _sections.Add(section, records = []);
            return records.TryAdd((offset, copy), (words, strings));
        }

        public void MapTypes(BtfTypeIdMap newIds, bool isTrial)
        {
            foreach (SortedDictionary<(uint Offset, int Copy), (uint[] Words, string?[] Strings)> records in _sections.Values)
            {
                foreach ((uint[] words, string?[] _) in records.Values)
                {
                    uint id = newIds[new BtfTypeId(words[0])].Value;
                    if (!isTrial) words[0] = id;
                }
            }
        }

        public (int Start, int Length) Write(List<uint> words, BtfBuilder types)
        {
            int start = words.Count;
            if (IsEmpty) return (start, 0);
            words.Add((uint)recordWords * sizeof(uint));
            foreach ((string section, SortedDictionary<(uint Offset, int Copy), (uint[] Words, string?[] Strings)> records) in _sections)
            {
                words.Add(types.AddString(section));
                words.Add((uint)records.Count);
                foreach (((uint offset, int _), (uint[] rest, string?[] strings)) in records)
                {
                    words.Add(offset);
                    for (int i = 0; i < rest.Length; i++)
                        words.Add(strings[i] is { } text ? types.AddString(text) : rest[i]);
                }
            }

            return (start, words.Count - start);
        }
    }
}
