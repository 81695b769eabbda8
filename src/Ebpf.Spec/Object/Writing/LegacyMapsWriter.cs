using System.Buffers.Binary;
using Ebpf.Btf;
using Ebpf.Elf;

namespace Ebpf.Object.Writing;

/// <summary>
/// Writes the sections <c>maps</c> and <c>maps/…</c>: maps that plain numbers define, for loaders that read no BTF. Only maps that came
/// from such a section are written so.
/// </summary>
internal sealed class LegacyMapsWriter(ObjectWriter writer)
{
    public static bool IsLegacy(MapSpec map) =>
        map.SectionName == "maps" || map.SectionName.StartsWith("maps/", StringComparison.Ordinal);

    public void Write()
    {
        foreach (IGrouping<string, KeyValuePair<string, MapSpec>> section in writer.Spec.Maps
            .Where(map => IsLegacy(map.Value)).GroupBy(map => map.Value.SectionName, StringComparer.Ordinal))
        {
            Write(section.Key, [.. section]);
        }
    }

    private void Write(string name, List<KeyValuePair<string, MapSpec>> maps)
    {
        Dictionary<string, DataSectionEntry> known = new(StringComparer.Ordinal);
        foreach (DataSectionEntry entry in writer.Types.Find(name)?.Entries ?? []) known.TryAdd(entry.Type.Name, entry);
        List<byte> bytes = [];
        List<(string Name, uint Offset, uint Size)> places = [];
        List<SectionEntry> entries = [];
        foreach ((string map, MapSpec spec) in maps)
        {
            MapRules.CheckAny(map, spec);
            CheckDefined(map, spec);
            uint offset = (uint)bytes.Count;
            Define(spec, bytes);
            uint size = (uint)bytes.Count - offset;
            places.Add((map, offset, size));
            if (known.TryGetValue(map, out DataSectionEntry? entry)) entries.Add(new SectionEntry(new BtfTypeId(entry.TypeId), offset, Math.Min(entry.Size, size)));
        }

        // The order of those entries that stay as they are.
        if (writer.Types.Find(name) is { } types)
        {
            Dictionary<uint, int> order = [];
            foreach (DataSectionEntry entry in types.Entries) order.TryAdd(entry.TypeId, order.Count);
            entries.Sort((a, b) => order[a.Type.Value].CompareTo(order[b.Type.Value]));
            writer.Types.SetSection(name, entries, (uint)bytes.Count);
        }

        ElfOutputSection section = writer.Elf.AddSection(
            name, ElfSectionFlags.Allocate | ElfSectionFlags.Write, [.. bytes], sizeof(uint));
        foreach ((string map, uint offset, uint size) in places) writer.Symbols.AddMap(map, section, offset, size);
    }

    private static void CheckDefined(string name, MapSpec map)
    {
        if (map.KeyType is not null || map.ValueType is not null || map.NumaNode is not null || map.MapExtra != 0
            || map.Pinning != MapPinning.None || !map.AutoCreate || map.Freeze || !map.InitialValue.IsEmpty || map.Tags.Count > 0)
        {
            throw Inexpressible.Map(
                name, "its definition in section \"maps\" has type, sizes, entries and flags only: put a map without SectionName in its place");
        }

        if (map.Iproute2 is null && (map.InnerMap is not null || map.Initializers.Count > 0))
            throw Inexpressible.Map(name, "its definition in section \"maps\" cannot say what it holds");
    }

    private void Define(MapSpec map, List<byte> bytes)
    {
        Put((uint)map.Type);
        Put(map.KeySize);
        Put(map.ValueSize);
        Put(map.MaxEntries);
        Put((uint)map.Flags);
        if (map.Iproute2 is { } said)
        {
            Put(said.Id);
            Put((uint)said.Pinning);
            Put(said.InnerId);
            Put((uint)said.InnerIndex);
        }

        bytes.AddRange(map.Extra.Span);

        void Put(uint number)
        {
            Span<byte> word = stackalloc byte[sizeof(uint)];
            if (writer.Spec.ByteOrder == ByteOrder.LittleEndian) BinaryPrimitives.WriteUInt32LittleEndian(word, number);
            else BinaryPrimitives.WriteUInt32BigEndian(word, number);
            bytes.AddRange(word);
        }
    }
}
