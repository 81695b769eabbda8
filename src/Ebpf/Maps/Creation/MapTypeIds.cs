using Ebpf.BtfObjects;

namespace Ebpf.Maps.Creation;

/// <summary>Brings the types of maps into the kernel, and tells it which of them are a map's key and value.</summary>
internal static class MapTypeIds
{
    /// <summary>Adds the types of a map, and of the maps that it holds.</summary>
    public static void Include(this TypesToLoad types, MapSpec map)
    {
        if (InnerMapOf(map) is { } inner) types.Include(inner);
        if (map.Type == MapType.StructOps || map.ValueType is null) return;
        types.Include(map.KeyType);
        types.Include(map.ValueType);
    }

    /// <summary>What to tell the kernel of the types of a map when it is made.</summary>
    public static MapCreateOptions OptionsFor(this LoadedTypes types, MapSpec map)
    {
        if (types.Handle is null) return MapCreateOptions.None;
        MapCreateOptions own = types.IdOf(map.ValueType) == 0
            ? MapCreateOptions.None
            : new MapCreateOptions { Btf = types.Handle, KeyTypeId = types.IdOf(map.KeyType), ValueTypeId = types.IdOf(map.ValueType) };
        return InnerMapOf(map) is { } inner ? own with { Template = types.OptionsFor(inner) } : own;
    }

    /// <summary>What a map of maps holds; not of one that the kernel refuses anyway, whose inner maps are such maps again.</summary>
    private static MapSpec? InnerMapOf(MapSpec map) => map.InnerMap is { } inner && !inner.Type.IsMapOfMaps() ? inner : null;
}
