using Ebpf.Common;

namespace Ebpf.Object.Maps;

/// <summary>Puts iproute2's maps into its maps of maps: they mean each other by numbers.</summary>
internal static class Iproute2Maps
{
    /// <summary>Sets the inner maps and the initial values of the maps of maps.</summary>
    /// <param name="maps">The maps of a section.</param>
    /// <param name="section">Its name.</param>
    /// <exception cref="ObjectFormatException">A map that is named does not exist, or is a map of maps itself.</exception>
    public static void Connect(List<MapSpec> maps, string section)
    {
        Dictionary<uint, Inner> byId = [];
        foreach (MapSpec map in maps)
        {
            if (map.Iproute2 is not { Id: not 0 and uint id } said) continue;
            if (!byId.TryGetValue(id, out Inner? inner)) byId.Add(id, inner = new Inner());
            if (!IsOuter(map)) inner.Template ??= map;

            // iproute2 puts a map at its own inner_idx into every map of maps that names its id.
            if (said is { InnerId: 0, InnerIndex: >= 0 and int slot }) inner.Slots.Add(new MapInitializer((uint)slot, map.Name));
        }

        // Every map of a number goes into every map of maps that names it, so that the product of both would be what a
        // hostile object costs.
        int initializers = 0;
        foreach (MapSpec outer in maps)
        {
            if (outer.Iproute2 is not { } said || !IsOuter(outer)) continue;
            if (byId.GetValueOrDefault(said.InnerId) is not { Template: { } template } inner)
            {
                throw new ObjectFormatException(
                    $"no map has the id {said.InnerId} of its inner maps, or it is a map of maps itself", section, outer.Name);
            }

            initializers += inner.Slots.Count;
            if (initializers > Limits.MaxInitializers)
            {
                throw new ObjectFormatException(
                    $"more than {Limits.MaxInitializers} maps are in maps from the start", section, outer.Name);
            }

            outer.InnerMap = template.Clone();
            foreach (MapInitializer initializer in inner.Slots) outer.Initializers.Add(initializer);
        }
    }

    private static bool IsOuter(MapSpec map) => map.Type is MapType.ArrayOfMaps or MapType.HashOfMaps;

    /// <summary>The maps of one number.</summary>
    private sealed class Inner
    {
        /// <summary>The first of them that can be in a map.</summary>
        public MapSpec? Template { get; set; }

        /// <summary>Those that say in which slot they are.</summary>
        public List<MapInitializer> Slots { get; } = [];
    }
}
