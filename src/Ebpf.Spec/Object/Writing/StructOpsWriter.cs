using Ebpf.Btf;
using Ebpf.Elf;

namespace Ebpf.Object.Writing;

/// <summary>Writes struct_ops maps: the struct of each, with relocations for the programs in it.</summary>
internal sealed class StructOpsWriter(ObjectWriter writer)
{
    public void Write()
    {
        foreach (IGrouping<string, KeyValuePair<string, MapSpec>> section in writer.Spec.Maps
            .Where(map => map.Value.StructOps is not null).GroupBy(map => SectionOf(map.Value), StringComparer.Ordinal))
        {
            Write(section.Key, [.. section]);
        }
    }

    private static string SectionOf(MapSpec map) =>
        $"{(map.AutoCreate ? "" : "?")}.struct_ops{(map.Flags.HasFlag(MapFlags.Link) ? ".link" : "")}";

    private void Write(string name, List<KeyValuePair<string, MapSpec>> maps)
    {
        Dictionary<string, DataSectionEntry> known = new(StringComparer.Ordinal);
        foreach (DataSectionEntry entry in writer.Types.Find(name)?.Entries ?? []) known.TryAdd(entry.Type.Name, entry);
        List<SectionEntry> entries = [];
        uint end = 0;
        foreach ((string map, MapSpec spec) in maps)
        {
            Check(map, spec);
            SectionEntry entry = known.TryGetValue(map, out DataSectionEntry? old) && old.Size == spec.ValueSize
                && ReferenceEquals(old.Variable?.Type.Resolve(), spec.StructOps!.Type)
                ? new SectionEntry(new BtfTypeId(old.TypeId), old.Offset, old.Size)
                : new SectionEntry(Define(map, spec), uint.MaxValue, spec.ValueSize);
            if (entry.Offset != uint.MaxValue) end = Math.Max(end, entry.Offset + entry.Size);
            entries.Add(entry);
        }

        for (int i = 0; i < entries.Count; i++)
        {
            if (entries[i].Offset != uint.MaxValue) continue;
            end = (end + 7) & ~7u;
            entries[i] = entries[i] with { Offset = end };
            end = checked(end + entries[i].Size);
        }

        uint size = writer.Types.SizeOf(name, end);
        writer.Types.SetSection(name, entries, size);
        byte[] data = new byte[size];
        ElfOutputSection section = writer.Elf.AddSection(name, ElfSectionFlags.Allocate | ElfSectionFlags.Write, data, sizeof(ulong));
        for (int i = 0; i < maps.Count; i++) Fill(maps[i].Key, maps[i].Value, section, entries[i].Offset);
    }

    private static void Check(string name, MapSpec map)
    {
        MapRules.CheckAny(name, map);
        MapSpec made = MapSpec.CreateStructOps(name, map.StructOps!.Type, map.Flags.HasFlag(MapFlags.Link));
        if (!map.IsCompatible(made, out IReadOnlyList<SpecDifference> differences))
            throw Inexpressible.Map(name, $"{string.Join("; ", differences)}, which is what a struct_ops map is");
        if (map.NumaNode is not null || map.Pinning != MapPinning.None || map.Freeze || map.Initializers.Count > 0)
            throw Inexpressible.Map(name, "an object cannot say more of a struct_ops map than its struct");
    }

    private BtfTypeId Define(string name, MapSpec map) => writer.Types.Change(
        $"map \"{name}\"", builder => builder.AddVariable(name, writer.Types.IdOf(map.StructOps!.Type)));

    private void Fill(string name, MapSpec map, ElfOutputSection section, uint offset)
    {
        map.InitialValue.Span.CopyTo(section.Data.AsSpan((int)offset));
        writer.Elf.AddSymbol(name, ElfSymbolType.Object, ElfSymbolBinding.Global, section, offset, map.ValueSize);
        foreach ((string member, string? program) in map.StructOps!.Functions)
        {
            if (program is null) continue;
            if (writer.FindProgram(program) is not { } function)
                throw Inexpressible.Map(name, $"its member \"{member}\" is program \"{program}\", which the collection does not have");
            if (writer.Spec.Programs[program].Type != ProgramType.StructOps)
                throw Inexpressible.Map(name, $"its member \"{member}\" is program \"{program}\" of type {writer.Spec.Programs[program].Type}");
            section.Relocations.Add((offset + PlaceOf(name, map.StructOps.Type, member), function.Symbol, ElfRelocationType.Data));
        }
    }

    /// <summary>Where a pointer to a function is, by the names of the members that lead to it.</summary>
    private static uint PlaceOf(string name, StructType type, string path)
    {
        uint offset = 0;
        string[] names = path.Split('.');
        for (int i = 0; i < names.Length; i++)
        {
            Member? member = type.Members.FirstOrDefault(candidate => candidate.Name == names[i]);
            BtfType? target = member?.Type.Resolve();
            if (member is null || (i + 1 < names.Length ? target is not StructType : target is not PointerType))
                throw Inexpressible.Map(name, $"struct {type.Name} has no pointer to a function called \"{path}\"");
            offset += member.Offset;
            if (target is StructType nested) type = nested;
        }

        return offset;
    }
}
