namespace Ebpf.Btf.Reading;

/// <summary>Finds the declaration tags of a type or member, which refer to it and not the other way round.</summary>
internal sealed class TagIndex
{
    private readonly Tag[] _tags;

    public TagIndex(BtfImage image)
    {
        List<Tag> tags = [];
        if ((image.Kinds >> (int)BtfKind.DeclTag & 1) != 0)
        {
            for (uint id = image.FirstId; id < image.EndId; id++)
            {
                BtfRecord record = image.Record(id);
                if (record.Kind == BtfKind.DeclTag) tags.Add(new Tag(record.SizeOrType, (int)record.Word(0), id));
            }
        }

        _tags = [.. tags];
        Array.Sort(_tags);
    }

    /// <summary>The tags on a component of a type, -1 for the type itself; by ascending id.</summary>
    public ReadOnlySpan<Tag> Find(uint target, int component)
    {
        int start = Array.BinarySearch(_tags, new Tag(target, component, 0));
        if (start < 0) start = ~start;
        int end = start;
        while (end < _tags.Length && _tags[end].Target == target && _tags[end].Component == component) end++;
        return _tags.AsSpan(start..end);
    }

    /// <summary>The tags on a type and on its components.</summary>
    public ReadOnlySpan<Tag> Find(uint target)
    {
        int start = Array.BinarySearch(_tags, new Tag(target, int.MinValue, 0));
        if (start < 0) start = ~start;
        int end = start;
        while (end < _tags.Length && _tags[end].Target == target) end++;
        return _tags.AsSpan(start..end);
    }

    /// <summary>A tag and where it belongs; sorts by that.</summary>
    internal readonly record struct Tag(uint Target, int Component, uint Id) : IComparable<Tag>
    {
        public int CompareTo(Tag other)
        {
            int order = Target.CompareTo(other.Target);
            if (order == 0) order = Component.CompareTo(other.Component);
            return order != 0 ? order : Id.CompareTo(other.Id);
        }
    }
}
