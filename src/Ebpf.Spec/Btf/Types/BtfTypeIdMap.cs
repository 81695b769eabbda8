using System.Collections;

namespace Ebpf.Btf;

/// <summary>Maps the ids of the types of a BTF that was rewritten to their new ids.</summary>
/// <remarks>
/// Returned by <see cref="BtfSpec.Deduplicate(out BtfTypeIdMap)"/>. <see cref="BtfExtensionBuilder.MapTypes"/> applies it to
/// <c>.BTF.ext</c>, which refers to types by their ids. Immutable.
/// </remarks>
public sealed class BtfTypeIdMap : IReadOnlyCollection<KeyValuePair<BtfTypeId, BtfTypeId>>
{
    private readonly uint[] _ids;

    /// <param name="ids">The new ids by the old ones. Not copied.</param>
    internal BtfTypeIdMap(uint[] ids) => _ids = ids;

    /// <summary>Gets the number of types that the old BTF has, <c>void</c> and those of its base included.</summary>
    public int Count => _ids.Length;

    /// <summary>Gets the new id of a type.</summary>
    /// <param name="oldId">The id in the BTF that was rewritten.</param>
    /// <exception cref="ArgumentOutOfRangeException">The BTF that was rewritten has no such type.</exception>
    public BtfTypeId this[BtfTypeId oldId] => oldId.Value < (uint)_ids.Length
        ? new BtfTypeId(_ids[oldId.Value])
        : throw new ArgumentOutOfRangeException(nameof(oldId), oldId, $"There was no type {oldId}: the last one was {_ids.Length - 1}.");

    /// <summary>Enumerates old and new ids, in the order of the old ones.</summary>
    public IEnumerator<KeyValuePair<BtfTypeId, BtfTypeId>> GetEnumerator()
    {
        for (uint id = 0; id < (uint)_ids.Length; id++) yield return new(new BtfTypeId(id), new BtfTypeId(_ids[id]));
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
