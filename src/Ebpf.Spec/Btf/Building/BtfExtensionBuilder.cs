using System.Runtime.InteropServices;
using System.Text;
using Ebpf.Btf.Building;
using Ebpf.Btf.Extensions;
using Ebpf.CoRe;

namespace Ebpf.Btf;

/// <summary>
/// Makes <c>.BTF.ext</c>: which function an instruction begins, which line of source it comes from, and what CO-RE must
/// adjust in it. The strings go into the BTF beside it.
/// </summary>
/// <remarks>
/// Records are kept in the order of their places, however they are added. Not safe for use by several threads at once.
/// </remarks>
public sealed class BtfExtensionBuilder
{
    private readonly Table _functions = new(2);
    private readonly Table _lines = new(4);
    private readonly Table _relocations = new(4);

    /// <summary>Says which function begins at an instruction.</summary>
    /// <param name="section">The section of the program.</param>
    /// <param name="offset">Where in it, in bytes: a multiple of 8.</param>
    /// <param name="function">The id of a <see cref="FunctionType"/>.</param>
    public void AddFunction(string section, uint offset, BtfTypeId function) =>
        _functions.Add(section, offset, [function.Value], [null]);

    /// <summary>Says which line of source an instruction comes from.</summary>
    /// <param name="section">The section of the program.</param>
    /// <param name="offset">Where in it, in bytes: a multiple of 8.</param>
    /// <param name="line">The line, of an object or made by hand.</param>
    public void AddLine(string section, uint offset, LineInfo line)
    {
        ArgumentNullException.ThrowIfNull(line);
        _lines.Add(section, offset, [0, 0, line.LineColumn], [line.File, line.Text, null]);
    }

    /// <summary>Says what CO-RE must adjust in an instruction.</summary>
    /// <param name="section">The section of the program.</param>
    /// <param name="offset">Where in it, in bytes: a multiple of 8.</param>
    /// <param name="type">The id of the type as the compiler knew it.</param>
    /// <param name="accessor">The way to the member or value: <c>0:1:2</c>.</param>
    /// <param name="kind">What is asked about it.</param>
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

    /// <summary>Writes the section; its strings are added to the BTF beside it.</summary>
    /// <param name="types">The BTF, which is built afterwards; its byte order is the section's.</param>
    /// <param name="withRelocations">
    /// Whether the header has a place for relocations even if there are none. LLVM before 10 wrote none, and a header of 24
    /// bytes.
    /// </param>
    /// <returns>The bytes, which are the caller's.</returns>
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

    /// <summary>One of the three tables: words by section and offset, instead of some of which there are strings.</summary>
    private sealed class Table(int recordWords)
    {
        private readonly SortedDictionary<string, SortedDictionary<uint, (uint[] Words, string?[] Strings)>> _sections =
            new(StringComparer.Ordinal);

        public bool IsEmpty => _sections.Count == 0;

        public void Add(string section, uint offset, uint[] words, string?[] strings)
        {
            ArgumentException.ThrowIfNullOrEmpty(section);
            if (offset % 8 != 0) throw new ArgumentOutOfRangeException(nameof(offset), offset, "Instructions begin at multiples of 8.");
            if (!_sections.TryGetValue(section, out SortedDictionary<uint, (uint[] Words, string?[] Strings)>? records))
                _sections.Add(section, records = []);
            if (!records.TryAdd(offset, (words, strings)))
                throw new ArgumentException($"Offset {offset} of section \"{section}\" has such a record already.", nameof(offset));
        }

        public void MapTypes(BtfTypeIdMap newIds, bool isTrial)
        {
            foreach (SortedDictionary<uint, (uint[] Words, string?[] Strings)> records in _sections.Values)
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
            foreach ((string section, SortedDictionary<uint, (uint[] Words, string?[] Strings)> records) in _sections)
            {
                words.Add(types.AddString(section));
                words.Add((uint)records.Count);
                foreach ((uint offset, (uint[] rest, string?[] strings)) in records)
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
