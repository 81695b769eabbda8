using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using Ebpf.Btf;

namespace Ebpf.Tests.Loading;

/// <summary>All that a spec says, as text, to compare it with what it says later.</summary>
internal static class SpecText
{
    public static string Of(CollectionSpec spec)
    {
        StringBuilder text = new();
        foreach ((string name, MapSpec map) in spec.Maps) Write(text, name, map);
        foreach ((string name, ProgramSpec program) in spec.Programs) Write(text, name, program);
        foreach ((string name, VariableSpec variable) in spec.Variables) Write(text, name, variable);
        foreach ((string name, ExternSpec found) in spec.Externs) Write(text, name, found);
        return text.ToString();
    }

    private static void Write(StringBuilder text, string name, object item)
    {
        text.AppendLine(CultureInfo.InvariantCulture, $"{item.GetType().Name} {name}");
        foreach (PropertyInfo property in item.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public))
            text.AppendLine(CultureInfo.InvariantCulture, $"  {property.Name} = {Text(property.GetValue(item))}");
    }

    private static string Text(object? value) => value switch
    {
        null => "null",
        ReadOnlyMemory<byte> bytes => Convert.ToHexString(bytes.Span),
        MapSpec map => Nested(map),
        StructOpsSpec table => string.Join(", ", table.Functions.Select(function => $"{function.Key}={function.Value}")),
        string or BtfType or BtfSpec => value.ToString()!,
        IEnumerable items => string.Join("; ", items.Cast<object>().Select(Text)),
        _ => value.ToString()!,
    };

    private static string Nested(MapSpec map)
    {
        StringBuilder text = new();
        Write(text, "inner", map);
        return text.ToString();
    }
}
