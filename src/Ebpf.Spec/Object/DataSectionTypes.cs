using System.Diagnostics.CodeAnalysis;
using Ebpf.Btf;

namespace Ebpf.Object;

/// <summary>What BTF says of the sections of an object: which variables, maps or externs each holds.</summary>
internal sealed class DataSectionTypes
{
    private readonly Dictionary<string, DataSectionType> _sections = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, DataSectionEntry>> _variables = new(StringComparer.Ordinal);

    /// <param name="types">The types of the object; <c>null</c> if it has none.</param>
    /// <exception cref="ObjectFormatException">A section is described twice.</exception>
    public DataSectionTypes(BtfSpec? types)
    {
        if (types is null) return;
        foreach (BtfType type in types.OfKind(BtfKind.DataSection))
        {
            if (!_sections.TryAdd(type.Name, (DataSectionType)type))
                throw new ObjectFormatException($"type {type.Id} describes a section that another one describes too", type.Name);
        }
    }

    /// <summary>Whether no section is described.</summary>
    public bool IsEmpty => _sections.Count == 0;

    /// <summary>The type of a section.</summary>
    public bool TryGet(string section, [NotNullWhen(true)] out DataSectionType? type) => _sections.TryGetValue(section, out type);

    /// <summary>Looks for a variable that is not static.</summary>
    /// <param name="section">Its section.</param>
    /// <param name="name">Its name.</param>
    /// <param name="entry">Where it stands; of the type <see cref="VariableType"/>.</param>
    public bool TryGetVariable(string section, string name, [NotNullWhen(true)] out DataSectionEntry? entry)
    {
        if (!_variables.TryGetValue(section, out Dictionary<string, DataSectionEntry>? variables))
            _variables.Add(section, variables = VariablesOf(section));
        return variables.TryGetValue(name, out entry);
    }

    private Dictionary<string, DataSectionEntry> VariablesOf(string section)
    {
        Dictionary<string, DataSectionEntry> variables = new(StringComparer.Ordinal);
        if (!TryGet(section, out DataSectionType? type)) return variables;
        foreach (DataSectionEntry entry in type.Entries)
        {
            if (entry.Variable is { Linkage: not VariableLinkage.Static } variable) variables.TryAdd(variable.Name, entry);
        }

        return variables;
    }
}
