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
    private readonly Dictionary<string, List<int>> _sections = new(StringComparer.Ordinal);

    /// <summary>The id of the type that describes sections of a section's name; void if none does.</summary>
    private readonly BtfTypeId[] _describedBy;

    private readonly DataSectionType?[] _typeOfSection;
    private BtfCompletion _completion;
    private Dictionary<string, ElfSymbol>? _globals;
    private Dictionary<(BtfTypeId Type, string Name, ulong Offset), int>? _locals;

    private TypeCompletion(ObjectFile file, ReadOnlyMemory<byte> raw)
    {
        _file = file;
        _completion = new BtfCompletion(raw);
        CheckEnd(raw.Span);
        _typeOfSection = new DataSectionType?[file.Elf.SectionCount];
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
        foreach (DataSectionType section in DataSections(_completion.Draft)) Place(section);
        HideFunctions();
        BtfSpec types = _completion.Build();
        return new DataSectionTypes(types, DataSections(types), Array.ConvertAll(
            _typeOfSection, type => type is null ? null : (DataSectionType)types[type.Id]));
    }

    private static IEnumerable<DataSectionType> DataSections(BtfSpec types) => types.OfKind(BtfKind.DataSection).Cast<DataSectionType>();

    private void FindSections()
    {
        Dictionary<string, BtfTypeId> ids = new(StringComparer.Ordinal);
        foreach (DataSectionType type in DataSections(_completion.Draft))
        {
            ids.TryAdd(type.Name, type.Id);
            if (!_sections.TryAdd(type.Name, []))
                throw new ObjectFormatException($"type {type.Id} describes a section that another one describes too", type.Name);
        }

        if (_sections.Count == 0) return;
        for (int i = 1; i < _file.Elf.SectionCount; i++)
        {
            ElfSection section = _file.Elf.Section(i);
            if (section.Type is not (ElfSectionType.ProgramBits or ElfSectionType.NoBits)
                || !_sections.TryGetValue(_file.Elf.SectionName(section), out List<int>? same))
            {
                continue;
            }

            _describedBy[i] = ids[_file.Elf.SectionName(section)];
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
        foreach (DataSectionType type in DataSections(_completion.Draft))
        {
            List<int> sections = _sections[type.Name];
            if (sections.Count < 2 || type.Size != 0) continue;
            foreach (int section in sections) CheckSize(type, section);
            List<(int Section, DataSectionEntry Entry, uint Offset)> places = [];
            foreach (DataSectionEntry entry in type.Entries)
            {
                if (PlaceOf(entry, type, sections) is (int section, uint offset)) places.Add((section, entry, offset));
            }

            builder ??= BtfBuilder.From(_completion.Draft);
            BtfTypeId next = type.Id;
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
        foreach ((BtfTypeId type, int section) in parts) _typeOfSection[section] = (DataSectionType)_completion.Draft[type];
    }

    /// <summary>Describes one of several sections of a name by the type of an id, or by a new one.</summary>
    private BtfTypeId AddPart(
        BtfBuilder builder, BtfTypeId type, int section, IEnumerable<(int Section, DataSectionEntry Entry, uint Offset)> places)
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
        foreach ((int _, DataSectionEntry entry, uint offset) in places)
        {
            if (entry.Size > size - offset)
            {
                throw new ObjectFormatException(
                    $"its {entry.Size} bytes lie outside of the section of {size}", name, entry.Type.Name, offset);
            }

            part.AddAt(new BtfTypeId(entry.TypeId), offset, entry.Size);
        }

        part.WithSize(size);
        return type;
    }

    /// <summary>Gives a section its size, and its variables their places.</summary>
    private void Place(DataSectionType type)
    {
        if (type.Name == DataSectionTypes.Kconfig)
        {
            KconfigTypes.Check(type);
            _completion.PlaceKconfig(type);
            return;
        }

        if (!_sections.TryGetValue(type.Name, out List<int>? sections) || sections.Count == 0) return;
        _typeOfSection[sections[0]] = type;
        CheckSize(type, sections[0]);

        // A linker has placed all, but left the offset that a declaration or a weak variable had before another object's
        // definition took its place: the symbol knows better.
        uint[] offsets = new uint[type.Entries.Length];
        for (int i = 0; i < offsets.Length; i++)
        {
            DataSectionEntry entry = type.Entries[i];
            offsets[i] = type.Size == 0
                ? PlaceOf(entry, type, sections) is (_, uint offset) ? offset : entry.Offset
                : LinkedOffset(entry, sections[0]);
        }

        _completion.Place(type, type.Size == 0 ? (uint)_file.Elf.Section(sections[0]).Size : type.Size, offsets);
    }

    private uint LinkedOffset(DataSectionEntry entry, int section) =>
        entry.Type is VariableType { Linkage: not VariableLinkage.Static } variable
        && Globals().TryGetValue(variable.Name, out ElfSymbol symbol)
        && symbol.Section == section
        && symbol.Value <= _file.Elf.Section(section).Size
            ? (uint)symbol.Value
            : entry.Offset;

    private void CheckSize(DataSectionType type, int section)
    {
        ulong size = _file.Elf.Section(section).Size;
        if (size > uint.MaxValue) throw new ObjectFormatException($"{size} bytes are too many", type.Name);
    }

    /// <summary>The section, one of several of a name, in which a variable lies, and where; <c>null</c> if that is not known.</summary>
    private (int Section, uint Offset)? PlaceOf(DataSectionEntry entry, DataSectionType type, List<int> sections)
    {
        if (entry.Type is not VariableType variable) return null;
        if (variable.Linkage == VariableLinkage.Static)
        {
            if (sections.Count == 1) return (sections[0], entry.Offset);
            return Locals().TryGetValue((type.Id, variable.Name, entry.Offset), out int found)
                && entry.Offset <= _file.Elf.Section(found).Size ? (found, entry.Offset) : null;
        }

        if (!Globals().TryGetValue(variable.Name, out ElfSymbol symbol) || symbol.Section < 0 || _describedBy[symbol.Section] != type.Id)
        {
            throw new ObjectFormatException(
                variable.Linkage == VariableLinkage.Extern
                    ? type.Name == DataSectionTypes.Maps ? ObjectFile.MapNotDefined : ObjectFile.VariableNotDefined
                    : symbol.IsCommon ? ObjectFile.IsCommon : "BTF tells of a variable that has no symbol",
                type.Name,
                variable.Name);
        }

        ulong size = _file.Elf.Section(symbol.Section).Size;
        if (symbol.Value > size)
        {
            throw new ObjectFormatException(
                $"the symbol lies outside of the section of {size} bytes", type.Name, variable.Name, (long)symbol.Value);
        }

        return (symbol.Section, (uint)symbol.Value);
    }

    private Dictionary<string, ElfSymbol> Globals()
    {
        if (_globals is not null) return _globals;
        _globals = new(StringComparer.Ordinal);
        for (int i = 1; i < _file.Symbols.Count; i++)
        {
            ElfSymbol symbol = _file.Symbols[i];
            if (symbol.Binding != ElfSymbolBinding.Local && symbol.Type == ElfSymbolType.Object && symbol.Section != 0)
                _globals.TryAdd(_file.Symbols.Name(symbol), symbol);
        }

        return _globals;
    }

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
        HashSet<string>? hidden = null;
        for (int i = 1; i < _file.Symbols.Count; i++)
        {
            ElfSymbol symbol = _file.Symbols[i];
            if (symbol.Type == ElfSymbolType.Function && symbol.IsHidden && _file.Role(symbol.Section) == SectionRole.Code)
                (hidden ??= new(StringComparer.Ordinal)).Add(_file.Symbols.Name(symbol));
        }

        if (hidden is null) return;
        foreach (BtfType type in _completion.Draft.OfKind(BtfKind.Function))
        {
            if (hidden.Contains(type.Name)) _completion.SetLinkage((FunctionType)type, FunctionLinkage.Static);
        }
    }
}
