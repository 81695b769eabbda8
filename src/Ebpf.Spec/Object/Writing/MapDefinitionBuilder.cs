using System.Globalization;
using Ebpf.Btf;

namespace Ebpf.Object.Writing;

/// <summary>
/// Makes the BTF of map definitions, as the macros of &lt;bpf/bpf_helpers.h&gt; make them: <c>__uint</c> is a pointer to an array
/// of so many elements, <c>__type</c> a pointer to a type, <c>__ulong</c> an enum of one value, <c>__array</c> an array without a length.
/// </summary>
internal sealed class MapDefinitionBuilder(TypesWriter types)
{
    private int _enums;

    /// <summary>Adds the variable that defines a map.</summary>
    /// <returns>Its id, and its size without slots of <c>values</c>.</returns>
    public (BtfTypeId Variable, uint Size) Define(string name, MapSpec map) => types.Change($"map \"{name}\"", builder =>
    {
        CompositeBuilder definition = DefineStruct(builder, name, map, isInner: false);
        BtfTypeId variable = builder.AddVariable(name, definition.Id);
        foreach (string tag in map.Tags) builder.AddDeclTag(tag, variable);
        return (variable, definition.Size);
    });

    private CompositeBuilder DefineStruct(BtfBuilder builder, string name, MapSpec map, bool isInner)
    {
        // Built first, since a struct takes no more members once something depends on it.
        BtfTypeId? values = isInner ? null : Values(builder, name, map);
        (string Name, BtfTypeId Type)? key = Part("key", map.KeyType, map.KeySize), value = Part("value", map.ValueType, map.ValueSize);
        CompositeBuilder definition = builder.AddStruct();
        if (map.Type != MapType.Unspecified) definition.Add("type", Number((uint)map.Type));
        if (key is { } keyPart) definition.Add(keyPart.Name, keyPart.Type);
        if (value is { } valuePart) definition.Add(valuePart.Name, valuePart.Type);
        if (map.MaxEntries != 0) definition.Add("max_entries", Number(map.MaxEntries));
        if (map.Flags != MapFlags.None) definition.Add("map_flags", Number((uint)map.Flags));
        if (map.NumaNode is { } node) definition.Add("numa_node", Number(node));
        if (map.MapExtra != 0) definition.Add("map_extra", LongNumber(builder, map.MapExtra));
        if (map.Pinning != MapPinning.None && !isInner) definition.Add("pinning", Number((uint)map.Pinning));
        if (values is { } slots) definition.Add("values", slots);
        return definition;

        BtfTypeId Number(uint number) => builder.AddPointer(builder.AddArray(types.IntType(), number));

        (string, BtfTypeId)? Part(string part, BtfType? type, uint size)
        {
            if (type is null) return size == 0 ? null : ($"{part}_size", Number(size));
            if (!type.TryGetSize(out uint own) || own != size)
                throw Inexpressible.Map(name, $"its {part} has {size} bytes, and the type of its {part} ({type}) {own}");
            return (part, builder.AddPointer(types.IdOf(type)));
        }
    }

    /// <summary>The type of the slots; <c>null</c> for a map without.</summary>
    private BtfTypeId? Values(BtfBuilder builder, string name, MapSpec map)
    {
        if (map.Type == MapType.ProgramArray)
        {
            if (map.Initializers.Count == 0) return null;
            return builder.AddArray(builder.AddPointer(builder.AddFunctionPrototype().Id), 0);
        }

        if (map.InnerMap is not { } inner)
        {
            if (map.Initializers.Count > 0) throw Inexpressible.Map(name, "it holds maps from the start, and needs the spec of its inner maps (InnerMap)");
            return null;
        }

        if (map.ValueSize is not (0 or sizeof(uint))) throw Inexpressible.Map(name, $"the values of a map of maps have 4 bytes, not {map.ValueSize}");
        if (inner.InnerMap is not null) throw Inexpressible.Map(name, "maps of maps can be nested only once");
        if (inner.Initializers.Count > 0 || inner.Pinning != MapPinning.None)
            throw Inexpressible.Map(name, "the definition of inner maps cannot say what they hold, nor that they are pinned");
        return builder.AddArray(builder.AddPointer(DefineStruct(builder, name, inner, isInner: true).Id), 0);
    }

    private BtfTypeId LongNumber(BtfBuilder builder, ulong number)
    {
        if (number <= uint.MaxValue) return builder.AddPointer(builder.AddArray(types.IntType(), (uint)number));
        string name = string.Create(CultureInfo.InvariantCulture, $"__unique_value{_enums++}");
        return builder.AddEnum("", sizeof(ulong)).Add(name, number).Id;
    }
}
