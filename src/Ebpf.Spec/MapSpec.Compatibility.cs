namespace Ebpf;

/// <content>Whether one map can be used in the place of another.</content>
public sealed partial class MapSpec
{
    /// <summary>Returns whether a map of this spec can be used in the place of a map of another.</summary>
    /// <remarks>
    /// Compared is what the kernel and programs see: type, sizes, flags, <c>map_extra</c>, and the same of the inner maps. Names, BTF,
    /// pins and first values are not.
    /// </remarks>
    /// <param name="wanted">What is wanted.</param>
    /// <param name="differences">In what this spec differs from what is wanted; empty when it is compatible.</param>
    public bool IsCompatible(MapSpec wanted, out IReadOnlyList<SpecDifference> differences)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        List<SpecDifference> found = [];
        Compare(found, "", this, wanted);
        if (InnerMap is not null && wanted.InnerMap is not null) Compare(found, nameof(InnerMap) + ".", InnerMap, wanted.InnerMap);
        else SpecDifference.Compare(found, nameof(InnerMap), InnerMap, wanted.InnerMap);
        differences = found;
        return found.Count == 0;
    }

    private static void Compare(List<SpecDifference> found, string prefix, MapSpec actual, MapSpec wanted)
    {
        SpecDifference.Compare(found, prefix + nameof(Type), actual.Type, wanted.Type);
        SpecDifference.Compare(found, prefix + nameof(KeySize), actual.KeySize, wanted.KeySize);
        SpecDifference.Compare(found, prefix + nameof(ValueSize), actual.ValueSize, wanted.ValueSize);
        SpecDifference.Compare(found, prefix + nameof(MaxEntries), actual.MaxEntries, wanted.MaxEntries);
        SpecDifference.Compare(found, prefix + nameof(Flags), actual.Flags, wanted.Flags);
        SpecDifference.Compare(found, prefix + nameof(MapExtra), actual.MapExtra, wanted.MapExtra);
    }
}
