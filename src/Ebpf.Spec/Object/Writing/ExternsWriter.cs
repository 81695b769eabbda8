using Ebpf.Btf;

namespace Ebpf.Object.Writing;

/// <summary>Writes what the programs need from the kernel: undefined symbols, and what BTF says of them.</summary>
internal sealed class ExternsWriter(ObjectWriter writer)
{
    private const string Ksyms = ".ksyms";

    public void Write()
    {
        foreach ((string name, ExternSpec found) in writer.Spec.Externs)
        {
            if (found.Name != name) throw new BpfException($"Write extern \"{name}\": its spec is called \"{found.Name}\"");
            writer.Symbols.Extern(name, found.IsWeak);
        }

        Describe(MapSpec.KconfigSection, found => found.Kind == ExternKind.Kconfig);
        Describe(Ksyms, found => found.Kind != ExternKind.Kconfig);
    }

    private void Describe(string section, Func<ExternSpec, bool> isHere)
    {
        DataSectionType? types = writer.Types.Find(section);
        Dictionary<string, ExternSpec> missing = new(StringComparer.Ordinal);
        foreach (ExternSpec found in writer.Spec.Externs.Values)
        {
            if (isHere(found)) missing.Add(found.Name, found);
        }

        // libbpf refuses BTF of an extern that has no symbol.
        List<SectionEntry> entries = [];
        foreach (DataSectionEntry entry in types?.Entries ?? [])
        {
            bool isTrap = entry.Type.Name == ExternSpec.Trap;
            if (!isTrap && (!missing.TryGetValue(entry.Type.Name, out ExternSpec? found) || !IsDescribed(found, entry.Type))) continue;
            missing.Remove(entry.Type.Name);
            if (isTrap) writer.Symbols.Extern(ExternSpec.Trap, isWeak: false);
            entries.Add(new SectionEntry(new BtfTypeId(entry.TypeId), entry.Offset, entry.Size));
        }

        foreach (ExternSpec found in missing.Values) entries.Add(Add(section, found));
        if (types is not null && entries.Count == 0)
        {
            // An empty section of settings would be a map without a size.
            writer.Types.Empty(types, section + ".removed");
            return;
        }

        writer.Types.SetSection(section, entries, types?.Size ?? 0);
    }

    private static bool IsDescribed(ExternSpec found, BtfType type) =>
        ReferenceEquals(found.Type, type is VariableType variable ? variable.Type : type);

    private SectionEntry Add(string section, ExternSpec found)
    {
        if (found.Type is FunctionType function)
        {
            BtfTypeId id = writer.Types.IdOf(function);
            if (function.Linkage != FunctionLinkage.Extern)
            {
                writer.Types.Change($"extern \"{found.Name}\"", builder =>
                {
                    builder.SetLinkage(id, FunctionLinkage.Extern);
                    return id;
                });
            }

            return new SectionEntry(id, 0, 0);
        }

        uint size = 0;
        if (section == MapSpec.KconfigSection && !found.Type.TryGetSize(out size))
            throw new BpfException($"Write extern \"{found.Name}\": a setting of type {found.Type} has no size");
        BtfTypeId variable = writer.Types.Change(
            $"extern \"{found.Name}\"",
            builder => builder.AddVariable(found.Name, writer.Types.IdOf(found.Type), VariableLinkage.Extern));
        return new SectionEntry(variable, 0, size);
    }
}
