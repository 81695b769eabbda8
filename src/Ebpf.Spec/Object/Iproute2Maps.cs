namespace Ebpf.Object;

/// <summary>Puts iproute2's maps into its maps of maps: they mean each other by numbers.</summary>
internal static class Iproute2Maps
{
    /// <summary>
    /// More maps in maps than this no object has. Every map of a number goes into every map of maps that names it, so that
    /// the product of both would be what a hostile object costs.
    /// </summary>
    private const int MostInitializers = 1 << 16;

    /// <summary>Sets the inner maps and the initial values of the maps of maps.</summary>
    /// <param name="maps">The maps of a section.</param>
    /// <param name="section">Its name.</param>
    /// <exception cref="ObjectFormatException">A map that is named does not exist, or is a map of maps itself.</exception>
    public static void Connect(List<MapSpec> maps, string section)
    {
        ILookup<uint, MapSpec> byId = maps.Where(map => map.Iproute2 is { Id: not 0 }).ToLookup(map => map.Iproute2!.Id);
        int initializers = 0;
        foreach (MapSpec outer in maps)
        {
            if (outer.Iproute2 is not { } said || outer.Type is not (MapType.ArrayOfMaps or MapType.HashOfMaps)) continue;
            IEnumerable<MapSpec> inner = byId[said.InnerId];
            outer.InnerMap = Template(inner, said.InnerId, outer, section).Clone();
            foreach (MapSpec map in inner)
            {
                // iproute2 puts a map at its own inner_idx into every map of maps that names its id.
                if (map.Iproute2 is not { InnerId: 0, InnerIndex: >= 0 and int slot }) continue;
                if (++initializers > MostInitializers)
                    throw new ObjectFormatException($"more than {MostInitializers} maps are in maps from the start", section, outer.Name);
                outer.Initializers.Add(new MapInitializer((uint)slot, map.Name));
            }
        }
    }

    private static MapSpec Template(IEnumerable<MapSpec> inner, uint id, MapSpec outer, string section)
    {
        foreach (MapSpec map in inner)
        {
            if (map.Type is not (MapType.ArrayOfMaps or MapType.HashOfMaps)) return map;
        }

        throw new ObjectFormatException($"no map has the id {id} of its inner maps, or it is a map of maps itself", section, outer.Name);
    }
}
