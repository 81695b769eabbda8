using Ebpf.Btf;
using Ebpf.Object.Maps;

namespace Ebpf.Object.Writing;

/// <summary>What an object can say of maps.</summary>
internal static class MapRules
{
    /// <summary>Refuses what no definition of a map says, whatever its kind.</summary>
    /// <exception cref="BpfException">There is something.</exception>
    public static void CheckAny(string name, MapSpec map)
    {
        Inexpressible.CheckName(name, map.Name, Inexpressible.Map);
        if (map.PinPath is not null) throw Cannot(name, $"its path in the BPF file system ({map.PinPath})");
        if (map.Contents.Count > 0) throw Cannot(name, "its first elements (Contents)");
        if (map.ExclusiveProgram is not null || !map.ExclusiveProgramHash.IsEmpty) throw Cannot(name, "which program alone can use it");
    }

    /// <summary>Refuses what a definition in <c>.maps</c> cannot say.</summary>
    /// <exception cref="BpfException">There is something.</exception>
    public static void CheckDefined(string name, MapSpec map)
    {
        CheckAny(name, map);
        if (map.Type == MapType.Unspecified) throw Inexpressible.Map(name, "it has no type");
        if (!map.AutoCreate) throw Cannot(name, "that it is not created (AutoCreate)");
        if (map.Freeze) throw Cannot(name, "that it is frozen (Freeze)");
        if (!map.Extra.IsEmpty || map.Iproute2 is not null)
            throw Inexpressible.Map(name, "it has what only old definitions have (Extra, Iproute2), and did not come from one");
        if (!map.InitialValue.IsEmpty && map.DataSection is null) throw Cannot(name, "its first value (InitialValue)");
        if (map.Initializers.Count > 0 && map.Type is not (MapType.ArrayOfMaps or MapType.HashOfMaps or MapType.ProgramArray))
            throw Inexpressible.Map(name, $"a map of type {map.Type} holds no programs or maps from the start (Initializers)");
    }

    /// <summary>Refuses a map of variables that is not as loaders make it of a section.</summary>
    /// <exception cref="BpfException">It is not.</exception>
    public static void CheckVariables(string name, MapSpec map)
    {
        CheckAny(name, map);
        MapSpec made = MapSpec.CreateDataSection(map.DataSection!, Math.Max(map.ValueSize, 1));
        if (!map.AutoCreate) throw Cannot(name, "that it is not created (AutoCreate)");
        if (map.NumaNode is not null || map.Pinning != MapPinning.None || map.Initializers.Count > 0) throw Cannot(name, "more of a section than its bytes");
        MapSpec plain = map.Clone();
        plain.Flags &= ~MapFlags.Mmapable;
        if (!plain.IsCompatible(made, out IReadOnlyList<SpecDifference> differences) || map.Freeze != made.Freeze)
        {
            string what = differences.Count > 0 ? string.Join("; ", differences) : $"its freeze is {map.Freeze}, not {made.Freeze}";
            throw Inexpressible.Map(name, $"{what}, which is what a section of variables makes of it");
        }
    }

    /// <summary>Whether a definition says of a map what its spec says.</summary>
    public static bool Says(string name, MapSpec map, VariableType variable, StructType definition)
    {
        try
        {
            MapSpec said = MapDefinitionReader.Read(name, definition);
            return SaysSame(said, map) && map.Pinning == said.Pinning && map.Tags.SequenceEqual(variable.Tags)
                && (map.InnerMap is null ? said.InnerMap is null : said.InnerMap is not null && SaysSame(said.InnerMap, map.InnerMap));
        }
        catch (ObjectFormatException)
        {
            return false;
        }
    }

    private static bool SaysSame(MapSpec said, MapSpec map) =>
        said.Type == map.Type && said.KeySize == map.KeySize && said.ValueSize == map.ValueSize && said.MaxEntries == map.MaxEntries
        && said.Flags == map.Flags && said.NumaNode == map.NumaNode && said.MapExtra == map.MapExtra
        && ReferenceEquals(said.KeyType, map.KeyType) && ReferenceEquals(said.ValueType, map.ValueType);

    private static BpfException Cannot(string name, string what) => Inexpressible.Map(name, $"an object cannot say {what}");
}
