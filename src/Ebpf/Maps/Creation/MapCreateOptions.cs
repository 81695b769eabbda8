using Ebpf.BtfObjects;
using Ebpf.Maps.Kinds;
using Microsoft.Extensions.Logging;

namespace Ebpf.Maps.Creation;

/// <summary>What making a map needs beyond its spec.</summary>
internal sealed record MapCreateOptions
{
    public static MapCreateOptions None { get; } = new();

    /// <summary>
    /// The BTF that describes key and value; <c>null</c> for none. Left out where the kernel refuses it.
    /// </summary>
    public BpfHandle? Btf { get; init; }

    /// <summary>The type of the key in <see cref="Btf"/>; 0 for none.</summary>
    public uint KeyTypeId { get; init; }

    /// <summary>The type of the value in <see cref="Btf"/>; 0 for none.</summary>
    public uint ValueTypeId { get; init; }

    /// <summary>
    /// The type of the value of a struct_ops map in the BTF of the kernel or of a module; 0 for others.
    /// </summary>
    public uint KernelValueTypeId { get; init; }

    /// <summary>
    /// The BTF of the module in which <see cref="KernelValueTypeId"/> is; <c>null</c> for the kernel's own.
    /// </summary>
    public BpfHandle? ValueTypeBtf { get; init; }

    /// <summary>
    /// A map like those that a map of maps will hold; <c>null</c> to make one from the spec for the moment.
    /// </summary>
    public BpfHandle? InnerMap { get; init; }

    /// <summary>How to make that one; <c>null</c> for without types.</summary>
    public MapCreateOptions? Template { get; init; }

    /// <summary>The BPF token with whose rights the map is made; <c>null</c> for the one that is found.</summary>
    public BpfHandle? Token { get; init; }

    /// <summary>Is told what the kernel did not accept.</summary>
    public ILogger? Logger { get; init; }
}

/// <summary>What the kernel did not accept about a map, so that it was made without it.</summary>
[Flags]
internal enum MapOmissions
{
    None = 0,

    /// <summary>The dots in the name, which became underscores (Linux before 5.2).</summary>
    Dots = 1,

    /// <summary>The types of key and value: the kernel is too old, or the kind of map has none.</summary>
    Types = 2,

    /// <summary>The name (Linux before 4.15).</summary>
    Name = 4,

    /// <summary>That user space can map the variables into its memory (Linux before 5.5).</summary>
    Mapping = 8,
}

/// <summary>The words for omissions.</summary>
internal static class MapOmissionsText
{
    public static string InWords(this MapOmissions omissions)
    {
        List<string> words = [];
        if (omissions.HasFlag(MapOmissions.Name)) words.Add("its name");
        if (omissions.HasFlag(MapOmissions.Dots)) words.Add("the dots in its name");
        if (omissions.HasFlag(MapOmissions.Types)) words.Add("the BTF of its key and value");
        if (omissions.HasFlag(MapOmissions.Mapping)) words.Add("the flag Mmapable");
        return string.Join(" and ", words);
    }
}

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
