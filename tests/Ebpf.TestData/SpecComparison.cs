using System.Buffers.Binary;
using System.Globalization;
using Ebpf.Asm;
using Ebpf.Btf;

namespace Ebpf.TestData;

/// <summary>Compares two collections field by field, and says in words what differs.</summary>
public sealed class SpecComparison
{
    private readonly List<string> _differences = [];
    private readonly bool _withTypes;
    private string _where = "collection";

    private SpecComparison(bool withTypes) => _withTypes = withTypes;

    /// <summary>In what a collection differs from another.</summary>
    /// <param name="expected">What it should be.</param>
    /// <param name="actual">What it is.</param>
    /// <param name="withTypes">Whether ids of types, and BTF byte for byte, must be the same; otherwise types by what they say.</param>
    public static IReadOnlyList<string> Compare(CollectionSpec expected, CollectionSpec actual, bool withTypes = true)
    {
        SpecComparison comparison = new(withTypes);
        comparison.Compare(expected, actual);
        return comparison._differences;
    }

    private void Compare(CollectionSpec expected, CollectionSpec actual)
    {
        Same("byte order", expected.ByteOrder, actual.ByteOrder);
        CompareTables("program", expected.Programs, actual.Programs, Compare);
        CompareTables("map", expected.Maps, actual.Maps, Compare);
        CompareTables("variable", expected.Variables, actual.Variables, Compare);
        CompareTables("extern", expected.Externs, actual.Externs, Compare);
        _where = "collection";
        Same("has BTF", expected.Types is not null, actual.Types is not null);
        if (_withTypes && expected.Types is not null && actual.Types is not null)
            CompareTypes(expected.Types, actual.Types);
    }

    /// <summary>The types are the same, and the strings; there may be strings more, behind them.</summary>
    private void CompareTypes(BtfSpec expected, BtfSpec actual)
    {
        (string types, string strings) = Parts(expected);
        (string otherTypes, string otherStrings) = Parts(actual);
        Same("BTF types", types, otherTypes);
        Same("BTF strings", strings, otherStrings[..Math.Min(strings.Length, otherStrings.Length)]);
    }

    private static (string Types, string Strings) Parts(BtfSpec types)
    {
        byte[] raw = types.ToArray();
        int start = Word(4);
        return (Convert.ToHexString(raw, start + Word(8), Word(12)), Convert.ToHexString(raw, start + Word(16), Word(20)));

        int Word(int at) => types.ByteOrder == ByteOrder.LittleEndian
            ? BinaryPrimitives.ReadInt32LittleEndian(raw.AsSpan(at))
            : BinaryPrimitives.ReadInt32BigEndian(raw.AsSpan(at));
    }

    private void CompareTables<T>(string what, NameTable<T> expected, NameTable<T> actual, Action<T, T> compare)
        where T : class
    {
        _where = "collection";
        Same($"names of each {what}", string.Join(", ", expected.Keys), string.Join(", ", actual.Keys));
        foreach ((string name, T item) in expected)
        {
            _where = $"{what} \"{name}\"";
            if (actual.TryGetValue(name, out T? other)) compare(item, other);
        }
    }

    private void Compare(ProgramSpec expected, ProgramSpec actual)
    {
        Same("name", expected.Name, actual.Name);
        Same("section", expected.SectionName, actual.SectionName);
        Same("type", expected.Type, actual.Type);
        Same("attach type", expected.AttachType, actual.AttachType);
        Same("attach target", expected.AttachTo, actual.AttachTo);
        Same("flags", expected.Flags, actual.Flags);
        Same("licence", expected.License, actual.License);
        Same("kernel version", expected.KernelVersion, actual.KernelVersion);
        Same("autoload", expected.AutoLoad, actual.AutoLoad);
        Compare(expected.Instructions, actual.Instructions);
    }

    private void Compare(InstructionList expected, InstructionList actual)
    {
        Same("number of instructions", expected.Count, actual.Count);
        Dictionary<string, int> places = Places(expected), otherPlaces = Places(actual);
        HashSet<string> labels = TableLabels(expected);
        for (int i = 0; i < Math.Min(expected.Count, actual.Count); i++)
        {
            Instruction one = expected[i], other = actual[i];
            string at = string.Create(CultureInfo.InvariantCulture, $"instruction {i} (`{one}`)");
            bool byName = one.Reference?.Kind is ReferenceKind.Function or ReferenceKind.FunctionAddress or ReferenceKind.Label;

            // Loading sets the source register of what refers to a symbol of the kernel, whatever it was.
            if (one.Reference?.Kind == ReferenceKind.Ksym) (one.Source, other.Source) = (default, default);
            Same($"{at} code", (one.OpCode, one.Destination, one.Source, one.Offset), (other.OpCode, other.Destination, other.Source, other.Offset));
            if (!byName) Same($"{at} immediate", one.Immediate, other.Immediate);
            Same($"{at} reference", Text(one.Reference, places), Text(other.Reference, otherPlaces));
            if (one.Symbol is null || !labels.Contains(one.Symbol)) Same($"{at} symbol", one.Symbol, other.Symbol);
            Same($"{at} line", Text(one.Line), Text(other.Line));
            Same($"{at} function", Text(one.Function), Text(other.Function));
            Same(
                $"{at} CO-RE",
                one.Relocation is { } a ? $"{a.Kind} {a.Accessor} {Text(a.Type)}" : null,
                other.Relocation is { } b ? $"{b.Kind} {b.Accessor} {Text(b.Type)}" : null);
        }
    }

    private void Compare(MapSpec expected, MapSpec actual)
    {
        CompareShape("", expected, actual);
        Same("name", expected.Name, actual.Name);
        Same("section", expected.SectionName, actual.SectionName);
        Same("pinning", (expected.Pinning, expected.PinPath), (actual.Pinning, actual.PinPath));
        Same("inner map", expected.InnerMap is not null, actual.InnerMap is not null);
        if (expected.InnerMap is not null && actual.InnerMap is not null) CompareShape("inner ", expected.InnerMap, actual.InnerMap);
        Same("initializers", string.Join(", ", expected.Initializers.OrderBy(slot => slot.Slot)), string.Join(", ", actual.Initializers.OrderBy(slot => slot.Slot)));
        Same("contents", expected.Contents.Count, actual.Contents.Count);
        Same("tags", string.Join(", ", expected.Tags), string.Join(", ", actual.Tags));
        Same("iproute2", expected.Iproute2, actual.Iproute2);
        Same("extra", Convert.ToHexString(expected.Extra.Span), Convert.ToHexString(actual.Extra.Span));
        Same("struct_ops", Text(expected.StructOps), Text(actual.StructOps));
        Same("autocreate", expected.AutoCreate, actual.AutoCreate);
        Same("data", (expected.DataSection, expected.DataSize, expected.Freeze), (actual.DataSection, actual.DataSize, actual.Freeze));
        Same("first value", Text(expected.InitialValue), Text(actual.InitialValue));
    }

    private void CompareShape(string prefix, MapSpec expected, MapSpec actual)
    {
        Same(prefix + "type", expected.Type, actual.Type);
        Same(prefix + "key size", expected.KeySize, actual.KeySize);
        Same(prefix + "value size", expected.ValueSize, actual.ValueSize);
        Same(prefix + "max entries", expected.MaxEntries, actual.MaxEntries);
        Same(prefix + "flags", expected.Flags, actual.Flags);
        Same(prefix + "NUMA node", expected.NumaNode, actual.NumaNode);
        Same(prefix + "map extra", expected.MapExtra, actual.MapExtra);
        Same(prefix + "key type", Text(expected.KeyType), Text(actual.KeyType));
        Same(prefix + "value type", Text(expected.ValueType), Text(actual.ValueType));
    }

    private void Compare(VariableSpec expected, VariableSpec actual)
    {
        Same("name", expected.Name, actual.Name);
        Same("place", (expected.Section, expected.Offset, expected.Size), (actual.Section, actual.Offset, actual.Size));
        Same("type", Text(expected.Type), Text(actual.Type));
        Same("byte order", expected.ByteOrder, actual.ByteOrder);
    }

    private void Compare(ExternSpec expected, ExternSpec actual)
    {
        Same("kind", (expected.Name, expected.Kind, expected.IsWeak, expected.Offset), (actual.Name, actual.Kind, actual.IsWeak, actual.Offset));
        Same("type", Text(expected.Type), Text(actual.Type));
    }

    /// <summary>The labels of jump tables: their names say where they once were.</summary>
    private static HashSet<string> TableLabels(InstructionList code)
    {
        HashSet<string> labels = new(StringComparer.Ordinal);
        foreach (ref readonly Instruction instruction in code.AsSpan())
        {
            if (instruction.Reference is { Kind: ReferenceKind.JumpTable } table) labels.UnionWith(table.Targets);
        }

        return labels;
    }

    private static Dictionary<string, int> Places(InstructionList code)
    {
        Dictionary<string, int> places = new(StringComparer.Ordinal);
        for (int i = 0; i < code.Count; i++)
        {
            if (code[i].Symbol is { } symbol) places.TryAdd(symbol, i);
        }

        return places;
    }

    private static string? Text(Reference? reference, Dictionary<string, int> places) => reference is null
        ? null
        : $"{reference} {string.Join(",", reference.Targets.Select(target => places.GetValueOrDefault(target, -1)))}";

    private static string? Text(LineInfo? line) => line?.ToString();

    private static string? Text(StructOpsSpec? table) => table is null
        ? null
        : string.Join(", ", table.Functions.Where(function => function.Value is not null).Select(function => $"{function.Key}={function.Value}"));

    private static string Text(ReadOnlyMemory<byte> value) => Convert.ToHexString(value.Span.TrimEnd((byte)0));

    private string? Text(BtfType? type) => type is null ? null : _withTypes ? $"{type.Id}: {type}" : type.ToString();

    private void Same<T>(string what, T expected, T actual)
    {
        if (EqualityComparer<T>.Default.Equals(expected, actual)) return;
        string text = string.Create(CultureInfo.InvariantCulture, $"{_where}: {what} is {Show(actual)}, not {Show(expected)}");
        _differences.Add(text);
    }

    private static string Show<T>(T value)
    {
        string text = value?.ToString() ?? "none";
        return text.Length <= 400 ? text : text[..400] + "…";
    }
}
