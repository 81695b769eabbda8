using System.Diagnostics.CodeAnalysis;
using System.Text;
using Ebpf.Btf;

namespace Ebpf.Object.Reading;

/// <summary>What BTF says of the sections of an object: which variables, maps or externs each holds.</summary>
internal sealed class DataSectionTypes
{
    /// <summary>The section of map definitions.</summary>
    public const string Maps = ".maps";

    /// <summary>The section of the kernel's settings, of which there is only a type.</summary>
    public const string Kconfig = ".kconfig";

    /// <summary>The section of the kernel's symbols, of which there is only a type.</summary>
    public const string Ksyms = ".ksyms";

    private readonly DataSectionType?[] _sections;
    private readonly List<DataSectionType> _all = [];
    private readonly Dictionary<string, DataSectionEntry>?[] _variables;

    /// <summary>An object without BTF.</summary>
    public DataSectionTypes(int sectionCount)
    {
        _sections = new DataSectionType?[sectionCount];
        _variables = new Dictionary<string, DataSectionEntry>?[sectionCount];
    }

    /// <param name="types">All types.</param>
    /// <param name="all">The ids of those of sections.</param>
    /// <param name="sections">The id of the type of each section; void if it has none.</param>
    public DataSectionTypes(BtfSpec types, List<BtfTypeId> all, BtfTypeId[] sections)
        : this(sections.Length)
    {
        All = types;
        _all = new(all.Count);
        foreach (BtfTypeId id in all) _all.Add((DataSectionType)types[id]);
        for (int i = 0; i < sections.Length; i++)
        {
            if (!sections[i].IsVoid) _sections[i] = (DataSectionType)types[sections[i]];
        }
    }

    /// <summary>All types; <c>null</c> for an object without BTF.</summary>
    public BtfSpec? All { get; }

    /// <summary>The type of a section; <c>null</c> if it has none.</summary>
    public DataSectionType? Of(int section) => _sections[section];

    /// <summary>The type of a name, of a section that need not be in the object.</summary>
    public DataSectionType? Named(string section)
    {
        foreach (DataSectionType type in _all)
        {
            if (Ascii.Equals(type.NameUtf8, section)) return type;
        }

        return null;
    }

    /// <summary>Looks for a variable that is not static.</summary>
    /// <param name="section">Its section.</param>
    /// <param name="name">Its name.</param>
    /// <param name="entry">Where it stands; of the type <see cref="VariableType"/>.</param>
    public bool TryGetVariable(int section, string name, [NotNullWhen(true)] out DataSectionEntry? entry)
    {
        return (_variables[section] ??= VariablesOf(section)).TryGetValue(name, out entry);
    }

    private Dictionary<string, DataSectionEntry> VariablesOf(int section)
    {
        if (Of(section) is not { } type) return [];
        Dictionary<string, DataSectionEntry> variables = new(type.Entries.Length, StringComparer.Ordinal);
        foreach (DataSectionEntry entry in type.Entries)
        {
            if (entry.Variable is { Linkage: not VariableLinkage.Static } variable) variables.TryAdd(variable.Name, entry);
        }

        return variables;
    }
}

/// <summary>The types that a setting of the kernel can have: bool, char, integers, <c>enum libbpf_tristate</c>, and text.</summary>
internal static class KconfigTypes
{
    /// <exception cref="ObjectFormatException">A setting has a type that no setting has.</exception>
    public static void Check(DataSectionType section)
    {
        foreach (DataSectionEntry entry in section.Entries)
        {
            if (entry.Variable is null)
                throw new ObjectFormatException("a setting is a variable, not a function", section.Name, entry.Type.Name);
            if (entry.Variable.Name.Length == 0) throw new ObjectFormatException("a setting has no name", section.Name);
            if (IsKnown(entry.Variable.Type.Resolve())) continue;
            throw new ObjectFormatException(
                $"a setting cannot have the type {entry.Variable.Type}: it is bool, char, an integer, enum libbpf_tristate, or an array of char",
                section.Name,
                entry.Variable.Name);
        }
    }

    private static bool IsKnown(BtfType type) => type switch
    {
        IntType { IsBool: true } => type is IntType { Size: 1 },
        IntType number => number.Size is 1 or 2 or 4 or 8,
        EnumType { Name: "libbpf_tristate" } => true,
        ArrayType { Length: > 0 } text => text.Element.Resolve() is IntType { Size: 1, IsBool: false },
        _ => false,
    };
}
