namespace Ebpf.Btf.Building;

/// <summary>Places the variables of <c>.kconfig</c>, which no linker places: their map is made by the loader.</summary>
internal static class KconfigLayout
{
    public const string Section = ".kconfig";

    /// <summary>
    /// Largest alignment first, smallest size first, then by name: the order is libbpf's, so that a map of this section
    /// that another loader pinned has the same layout.
    /// </summary>
    /// <exception cref="ObjectFormatException">A variable has no size.</exception>
    public static (uint Size, uint[] Offsets) Of(DataSectionType section)
    {
        (int Index, uint Alignment, uint Size, string Name)[] variables = new (int, uint, uint, string)[section.Entries.Length];
        for (int i = 0; i < variables.Length; i++)
        {
            BtfType type = section.Entries[i].Type;
            if (type is not VariableType || !type.TryGetSize(out uint size) || !type.TryGetAlignment(out uint alignment))
                throw new ObjectFormatException("it is no variable with a size", Section, type.Name);
            variables[i] = (i, alignment, size, type.Name);
        }

        Array.Sort(variables, static (a, b) =>
        {
            int order = b.Alignment.CompareTo(a.Alignment);
            if (order == 0) order = a.Size.CompareTo(b.Size);
            if (order == 0) order = string.CompareOrdinal(a.Name, b.Name);
            return order != 0 ? order : a.Index.CompareTo(b.Index);
        });

        uint[] offsets = new uint[variables.Length];
        ulong end = 0;
        foreach ((int index, uint alignment, uint size, string name) in variables)
        {
            ulong offset = (end + alignment - 1) / alignment * alignment;
            end = offset + size;
            if (end > uint.MaxValue) throw new ObjectFormatException("it takes 4 GiB or more", Section, name);
            offsets[index] = (uint)offset;
        }

        return ((uint)end, offsets);
    }
}
