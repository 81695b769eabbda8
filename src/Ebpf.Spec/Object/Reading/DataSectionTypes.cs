using System.Diagnostics.CodeAnalysis;
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
    private readonly Dictionary<string, DataSectionType> _named = new(StringComparer.Ordinal);
    private readonly Dictionary<int, Dictionary<string, DataSectionEntry>> _variables = [];

    /// <summary>An object without BTF.</summary>
    public DataSectionTypes(int sectionCount) => _sections = new DataSectionType?[sectionCount];

    /// <param name="types">All types.</param>
    /// <param name="named">Those of sections.</param>
    /// <param name="sections">The type of each section.</param>
    public DataSectionTypes(BtfSpec types, IEnumerable<DataSectionType> named, DataSectionType?[] sections)
    {
        All = types;
        _sections = sections;
        foreach (DataSectionType type in named) _named.TryAdd(type.Name, type);
    }

    /// <summary>All types; <c>null</c> for an object without BTF.</summary>
    public BtfSpec? All { get; }

    /// <summary>The type of a section; <c>null</c> if it has none.</summary>
    public DataSectionType? Of(int section) => _sections[section];

    /// <summary>The type of a name, of a section that need not be in the object.</summary>
    public DataSectionType? Named(string section) => _named.GetValueOrDefault(section);

    /// <summary>Looks for a variable that is not static.</summary>
    /// <param name="section">Its section.</param>
    /// <param name="name">Its name.</param>
    /// <param name="entry">Where it stands; of the type <see cref="VariableType"/>.</param>
    public bool TryGetVariable(int section, string name, [NotNullWhen(true)] out DataSectionEntry? entry)
    {
        if (!_variables.TryGetValue(section, out Dictionary<string, DataSectionEntry>? variables))
            _variables.Add(section, variables = VariablesOf(section));
        return variables.TryGetValue(name, out entry);
    }

    private Dictionary<string, DataSectionEntry> VariablesOf(int section)
    {
        Dictionary<string, DataSectionEntry> variables = new(StringComparer.Ordinal);
        if (Of(section) is not { } type) return variables;
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
