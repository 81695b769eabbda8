using System.Runtime.InteropServices;
using Ebpf.Btf;
using Ebpf.Btf.Building;
using Ebpf.Btf.Reading;
using Ebpf.Elf;

namespace Ebpf.Object.Reading;

/// <summary>
/// Completes the BTF of an object from its sections and symbols, once, before anybody sees it. Clang leaves open the sizes of
/// data sections and the offsets of variables that are not static (LLVM writes them as relocations, which nobody applies to
/// <c>.BTF</c>); it has one type for two sections of one name; and it does not know that hidden functions are static to the kernel.
/// </summary>
internal sealed class TypeCompletion
{
    private readonly ObjectFile _file;

    /// <summary>The sections of each name that a type describes, in their order; without the empty ones where another is not.</summary>
    private readonly Dictionary<string, DescribedSections> _sections = new(StringComparer.Ordinal);

    /// <summary>The id of the type that describes sections of a section's name; void if none does.</summary>
    private readonly BtfTypeId[] _describedBy;

    /// <summary>The id of the type of each section; void if it has none.</summary>
    private readonly BtfTypeId[] _typeOfSection;

    private BtfCompletion _completion;
    private ElfSymbolNames? _globals;
    private Dictionary<(BtfTypeId Type, string Name, ulong Offset), int>? _locals;

    private TypeCompletion(ObjectFile file, ReadOnlyMemory<byte> raw)
    {
        _file = file;
        _completion = new BtfCompletion(raw);
        CheckEnd(raw.Span);
        _typeOfSection = new BtfTypeId[file.Elf.SectionCount];
        _describedBy = new BtfTypeId[file.Elf.SectionCount];
    }

    /// <summary>Completes the types.</summary>
    /// <param name="file">The object, whose sections and symbols are known.</param>
    /// <param name="raw">Its section <c>.BTF</c>.</param>
    /// <exception cref="ObjectFormatException">The BTF is malformed, or does not go with the object.</exception>
    public static DataSectionTypes Complete(ObjectFile file, ReadOnlyMemory<byte> raw) => new TypeCompletion(file, raw).Complete();

    /// <summary>Linkers that do not know BTF put that of one object behind that of another, which nobody can read.</summary>
    private static void CheckEnd(ReadOnlySpan<byte> raw)
    {
        BtfHeader header = BtfHeader.Read(raw);
        int end = Math.Max(Math.Max(header.Types.End.Value, header.Strings.End.Value), header.Layout.End.Value);
        end = (end + sizeof(uint) - 1) & -sizeof(uint);
        if (raw.Length - end >= BtfHeader.ShortLength && raw.Slice(end, sizeof(ushort)).SequenceEqual(raw[..sizeof(ushort)]))
        {
            throw new ObjectFormatException(
                "one BTF follows another: the object was linked by ld -r, which does not know BTF; link with bpftool gen object",
                BtfHeader.Section,
                offset: end);
        }
    }

    private DataSectionTypes Complete()
    {
        FindSections();
        Split();
        foreach ((string name, DescribedSections described) in _sections) Place(name, described);
        HideFunctions();
        BtfSpec types = _completion.Build();
        return new DataSectionTypes(types, _completion.DataSections, _typeOfSection);
    }

    private void FindSections()
    {
        foreach (BtfTypeId type in _completion.DataSections)
        {
            string name = _completion.NameText(_completion.Record(type));
            if (!_sections.TryAdd(name, new DescribedSections(type, [])))
                throw new ObjectFormatException($"type {type} describes a section that another one describes too", name);
        }

        if (_sections.Count == 0) return;
        for (int i = 1; i < _file.Elf.SectionCount; i++)
        {
            ref readonly ElfSection section = ref _file.Elf.Section(i);
            if (section.Type is not (ElfSectionType.ProgramBits or ElfSectionType.NoBits)
                || section.IsCode
                || !_sections.TryGetValue(_file.Elf.SectionName(section), out DescribedSections described))
            {
                continue;
            }

            _describedBy[i] = described.Type;
            List<int> same = described.Indices;
            if (same.Count > 0 && section.Size == 0) continue;
            if (same is [int first] && _file.Elf.Section(first).Size == 0) same.Clear();
            same.Add(i);
        }
    }

    /// <summary>
    /// Gives each of several sections of one name a type of its own: what lies in them has nothing in common, not even the
    /// offsets. The kernel refuses a section whose variables overlap.
    /// </summary>
    private void Split()
    {
        BtfBuilder? builder = null;
        List<(BtfTypeId Type, int Section)> parts = [];
        foreach ((string name, DescribedSections described) in _sections)
        {
            (BtfTypeId type, List<int> sections) = described;
            BtfRecord record = _completion.Record(type);
            if (sections.Count < 2 || record.SizeOrType != 0) continue;
            foreach (int section in sections) CheckSize(name, section);
            List<(int Section, SectionEntry Entry, uint Offset)> places = [];
            for (int i = 0; i < record.Length; i++)
            {
                SectionEntry entry = SectionEntry.Read(record, i);
                if (PlaceOf(entry, type, name, sections) is (int section, uint offset)) places.Add((section, entry, offset));
            }

            builder ??= BtfBuilder.From(_completion.Draft);
            BtfTypeId next = type;
            foreach (var part in places.GroupBy(place => place.Section).OrderBy(part => part.Key))
            {
                parts.Add((AddPart(builder, next, part.Key, part), part.Key));
                next = BtfTypeId.Void;
            }

            if (!next.IsVoid) parts.Add((AddPart(builder, next, sections[0], []), sections[0]));
            sections.Clear();
        }

        if (builder is null) return;
        _completion = new BtfCompletion(builder.Build().ToArray());
        foreach ((BtfTypeId type, int section) in parts) _typeOfSection[section] = type;
    }

    /// <summary>Describes one of several sections of a name by the type of an id, or by a new one.</summary>
    private BtfTypeId AddPart(
        BtfBuilder builder, BtfTypeId type, int section, IEnumerable<(int Section, SectionEntry Entry, uint Offset)> places)
    {
        string name = _file.OwnName(section);
        uint size = (uint)_file.Elf.Section(section).Size;
        try
        {
            if (type.IsVoid) type = builder.AddDataSection(name).Id;
            else builder.Rename(type, name);
        }
        catch (ArgumentException error)
        {
            throw new ObjectFormatException("several sections have this name, which BTF cannot have", name, inner: error);
        }

        DataSectionBuilder part = builder.EditDataSection(type).Clear();
        foreach ((int _, SectionEntry entry, uint offset) in places)
        {
            if (entry.Size > size - offset)
            {
                throw new ObjectFormatException(
                    $"its {entry.Size} bytes lie outside of the section of {size}",
                    name,
                    _completion.NameText(_completion.Record(entry.Type)),
                    offset);
            }

            part.AddAt(entry.Type, offset, entry.Size);
        }

        part.WithSize(size);
        return type;
    }

    /// <summary>Gives a section its size, and its variables their places.</summary>
    private void Place(string name, DescribedSections described)
    {
        BtfTypeId type = described.Type;
        if (name == DataSectionTypes.Kconfig)
        {
            DataSectionType kconfig = (DataSectionType)_completion.Draft[type];
            KconfigTypes.Check(kconfig);
            _completion.PlaceKconfig(kconfig);
            return;
        }

        if (described.Indices is not [int section, ..]) return;
        BtfRecord record = _completion.Record(type);
        _typeOfSection[section] = type;
        CheckSize(name, section);

        // A linker has placed all, but left the offset that a declaration or a weak variable had before another object's
        // definition took its place: the symbol knows better.
        uint size = record.SizeOrType;
        for (int i = 0; i < record.Length; i++)
        {
            SectionEntry entry = SectionEntry.Read(record, i);
            uint offset = size != 0 ? LinkedOffset(entry, section)
                : PlaceOf(entry, type, name, described.Indices) is (_, uint place) ? place
                : entry.Offset;
            if (offset != entry.Offset) _completion.Place(type, i, offset);
        }

        if (size == 0) _completion.SetSize(type, (uint)_file.Elf.Section(section).Size);
    }

    private uint LinkedOffset(SectionEntry entry, int section) =>
        TryGetVariable(entry, out BtfRecord variable)
        && LinkageOf(variable) != VariableLinkage.Static
        && Globals().TryGet(_completion.Name(variable), out ElfSymbol symbol)
        && symbol.Section == section
        && symbol.Value <= _file.Elf.Section(section).Size
            ? (uint)symbol.Value
            : entry.Offset;

    private void CheckSize(string name, int section)
    {
        ulong size = _file.Elf.Section(section).Size;
        if (size > uint.MaxValue) throw new ObjectFormatException($"{size} bytes are too many", name);
    }

    /// <summary>The section, one of several of a name, in which a variable lies, and where; <c>null</c> if that is not known.</summary>
    private (int Section, uint Offset)? PlaceOf(SectionEntry entry, BtfTypeId type, string sectionName, List<int> sections)
    {
        if (!TryGetVariable(entry, out BtfRecord variable)) return null;
        if (LinkageOf(variable) == VariableLinkage.Static)
        {
            if (sections.Count == 1) return (sections[0], entry.Offset);
            return Locals().TryGetValue((type, _completion.NameText(variable), entry.Offset), out int found)
                && entry.Offset <= _file.Elf.Section(found).Size ? (found, entry.Offset) : null;
        }

        if (!Globals().TryGet(_completion.Name(variable), out ElfSymbol symbol) || symbol.Section < 0 || _describedBy[symbol.Section] != type)
        {
            throw new ObjectFormatException(
                LinkageOf(variable) == VariableLinkage.Extern
                    ? sectionName == DataSectionTypes.Maps ? ObjectFile.MapNotDefined : ObjectFile.VariableNotDefined
                    : symbol.IsCommon ? ObjectFile.IsCommon : "BTF tells of a variable that has no symbol",
                sectionName,
                _completion.NameText(variable));
        }

        ulong size = _file.Elf.Section(symbol.Section).Size;
        if (symbol.Value > size)
        {
            throw new ObjectFormatException(
                $"the symbol lies outside of the section of {size} bytes", sectionName, _completion.NameText(variable), (long)symbol.Value);
        }

        return (symbol.Section, (uint)symbol.Value);
    }

    private bool TryGetVariable(SectionEntry entry, out BtfRecord variable)
    {
        variable = entry.Type.IsVoid ? default : _completion.Record(entry.Type);
        return !entry.Type.IsVoid && variable.Kind == BtfKind.Variable;
    }

    private static VariableLinkage LinkageOf(BtfRecord variable) => (VariableLinkage)variable.Word(0);

    private ElfSymbolNames Globals() => _globals ??= new ElfSymbolNames(_file.Symbols, static (in symbol) =>
        symbol.Binding != ElfSymbolBinding.Local && symbol.Type == ElfSymbolType.Object && symbol.Section != 0);

    /// <summary>The sections of static variables, by the types that describe them.</summary>
    private Dictionary<(BtfTypeId Type, string Name, ulong Offset), int> Locals()
    {
        if (_locals is not null) return _locals;
        _locals = [];
        for (int i = 1; i < _file.Symbols.Count; i++)
        {
            ElfSymbol symbol = _file.Symbols[i];
            if (symbol.Binding == ElfSymbolBinding.Local && symbol.Type == ElfSymbolType.Object && symbol.Section > 0
                && _describedBy[symbol.Section] is { IsVoid: false } type)
            {
                _locals.TryAdd((type, _file.Symbols.Name(symbol), symbol.Value), symbol.Section);
            }
        }

        return _locals;
    }

    /// <summary>
    /// Makes hidden functions static: the verifier follows calls of static ones, and verifies global ones apart from their
    /// callers, for which hiding them is not meant.
    /// </summary>
    private void HideFunctions()
    {
        if (!_file.Symbols.HasHidden) return;
        HashSet<string> hidden = new(StringComparer.Ordinal);
        for (int i = 1; i < _file.Symbols.Count; i++)
        {
            ElfSymbol symbol = _file.Symbols[i];
            if (symbol.Type == ElfSymbolType.Function && symbol.IsHidden && _file.Role(symbol.Section) == SectionRole.Code)
                hidden.Add(_file.Symbols.Name(symbol));
        }

        if (hidden.Count == 0) return;
        foreach (BtfTypeId function in _completion.OfKind(BtfKind.Function))
        {
            if (hidden.Contains(_completion.NameText(_completion.Record(function))))
                _completion.SetLinkage(function, FunctionLinkage.Static);
        }
    }

    /// <summary>The type of a data section, and the sections of its name.</summary>
    private readonly record struct DescribedSections(BtfTypeId Type, List<int> Indices);

    /// <summary>A variable in the type of a data section, as the compiler wrote it.</summary>
    private readonly record struct SectionEntry(BtfTypeId Type, uint Offset, uint Size)
    {
        public static SectionEntry Read(BtfRecord section, int index)
        {
            int at = index * RecordWords.ElementWords(BtfKind.DataSection);
            return new(new BtfTypeId(section.Word(at)), section.Word(at + 1), section.Word(at + 2));
        }
    }
}
