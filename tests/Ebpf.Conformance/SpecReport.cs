using System.Globalization;
using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Sections;

namespace Ebpf.Conformance;

/// <summary>Says of a <see cref="CollectionSpec"/> what libbpf says of an object, in the same words.</summary>
internal static class SpecReport
{
    /// <summary>Where libbpf pins maps by name.</summary>
    private const string PinDirectory = "/sys/fs/bpf/";

    /// <summary>The smallest ring buffer: a page.</summary>
    private const uint PageSize = 4096;

    /// <summary>Reads an object.</summary>
    /// <param name="path">The object.</param>
    /// <param name="spec">What was read; <c>null</c> if the object was refused.</param>
    public static ObjectReport Read(string path, out CollectionSpec? spec)
    {
        ObjectReport report = new(path);
        spec = null;
        try
        {
            spec = CollectionSpec.Load(path);
        }
        catch (ObjectFormatException error)
        {
            report.Refusal = error.Message;
            return report;
        }

        uint version = spec.Programs.Values.FirstOrDefault()?.KernelVersion ?? 0;
        report.Add("object", ("kernel_version", Text(version)));
        if (spec.Types is not null) TypeDigest.AddTo(report, spec.Types);
        foreach (MapSpec map in spec.Maps.Values) AddMap(report, map);
        foreach (ProgramSpec program in spec.Programs.Values) AddProgram(report, program);
        foreach (VariableSpec variable in spec.Variables.Values)
            AddVariable(report, variable.Name, variable.Section, variable.Offset, variable.Size);
        foreach (ExternSpec setting in spec.Externs.Values)
        {
            if (setting.Kind != ExternKind.Kconfig) continue;
            setting.Type.TryGetSize(out uint size);
            AddVariable(report, setting.Name, ".kconfig", setting.Offset, size);
        }

        return report;
    }

    private static void AddMap(ObjectReport report, MapSpec map)
    {
        Thing thing = report.Add($"map {map.Name}");
        AddAttributes(thing, "", map);
        thing.Fields.Add("pin", map.Pinning == MapPinning.ByName ? PinDirectory + map.Name : "");
        thing.Fields.Add("autocreate", Text(map.AutoCreate));
        if (map.InnerMap is not null) AddAttributes(thing, "inner_", map.InnerMap);
        if (map.Type == MapType.Arena && map.DataSection is not null) thing.Fields.Add("initial", "arena");
        else if (map.DataSection is not null || map.StructOps is not null) thing.Fields.Add("initial", InitialValue(map));
        if (map.StructOps is { } table) thing.Fields.Add("functions", Functions(table));
    }

    /// <summary>The functions of a table with their offsets, in the order of the offsets.</summary>
    private static string Functions(StructOpsSpec table) => string.Concat(
        table.Functions
            .Select(function => (Offset: OffsetOf(table.Type, function.Key), Program: function.Value))
            .OrderBy(function => function.Offset)
            .Select(function => string.Create(CultureInfo.InvariantCulture, $"{function.Offset}:{function.Program},")));

    /// <summary>The offset of a member of a member.</summary>
    private static uint OffsetOf(CompositeType type, string path)
    {
        uint offset = 0;
        foreach (string name in path.Split('.'))
        {
            Member member = type.Members.First(member => member.Name == name);
            offset += member.Offset;
            if (member.Type.Resolve() is CompositeType next) type = next;
        }

        return offset;
    }

    private static void AddAttributes(Thing thing, string prefix, MapSpec map)
    {
        thing.Fields.Add(prefix + "type", Text((uint)map.Type));
        thing.Fields.Add(prefix + "key_size", Text(map.KeySize));
        thing.Fields.Add(prefix + "value_size", Text(map.ValueSize));
        thing.Fields.Add(prefix + "max_entries", Text(MaxEntries(map)));
        thing.Fields.Add(prefix + "flags", Hex((uint)map.Flags));
        thing.Fields.Add(prefix + "numa_node", Text(map.NumaNode ?? 0));
        thing.Fields.Add(prefix + "map_extra", Hex(map.MapExtra));
        thing.Fields.Add(prefix + "key_type", Text(map.KeyType?.Id.Value ?? 0));
        thing.Fields.Add(prefix + "value_type", Text(map.ValueType?.Id.Value ?? 0));
    }

    /// <summary>libbpf makes the size of a ring buffer one that the kernel takes: pages, a power of two of them.</summary>
    private static uint MaxEntries(MapSpec map)
    {
        if (map.Type is not (MapType.RingBuf or MapType.UserRingBuf) || map.MaxEntries == 0) return map.MaxEntries;
        ulong rounded = System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)Math.Max(map.MaxEntries, PageSize));
        return rounded > uint.MaxValue ? map.MaxEntries : (uint)rounded;
    }

    private static string InitialValue(MapSpec map)
    {
        byte[] value = new byte[map.ValueSize];
        map.InitialValue.Span.CopyTo(value);
        return $"{value.Length}:{TypeDigest.Hash(TypeDigest.HashStart, value):x16}";
    }

    private static void AddProgram(ObjectReport report, ProgramSpec program) => report.Add(
        $"program {program.Name}",
        // libbpf takes the mark that says "not by default" off the name.
        ("section", program.SectionName.TrimStart('?')),
        ("type", Text((uint)program.Type)),
        ("attach", Text((uint)(program.AttachType ?? default))),
        ("autoload", Text(program.AutoLoad)),
        ("attachable", Text(program.Rule is { AutoAttach: not AutoAttachKind.None })),
        ("instructions", OwnSlots(program)));

    /// <summary>The number of slots of the program itself, without the functions behind it.</summary>
    private static string OwnSlots(ProgramSpec program)
    {
        try
        {
            InstructionList code = program.Instructions;
            HashSet<string> called = SymbolScopes.CalledFunctions(code);
            foreach (InstructionSlot slot in code.Slots())
            {
                if (slot.Index > 0 && SymbolScopes.IsFunctionStart(in slot.Instruction, slot.Index, called))
                    return Text((uint)slot.Slot);
            }

            return Text((uint)code.SlotCount);
        }
        catch (ObjectFormatException error)
        {
            return $"refused ({error.Message})";
        }
    }

    private static void AddVariable(ObjectReport report, string name, string section, uint offset, uint size) => report.Add(
        $"variable {name}", ("section", section), ("offset", Text(offset)), ("size", Text(size)));

    private static string Text(uint number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(bool yes) => yes ? "1" : "0";

    private static string Hex(ulong number) => string.Create(CultureInfo.InvariantCulture, $"0x{number:x}");
}
