using Ebpf.Btf;
using Ebpf.Btf.Dedup;

namespace Ebpf;

/// <content>Deduplication.</content>
public sealed partial class BtfSpec
{
    /// <summary>Returns BTF in which every type and string occurs once, as <c>pahole</c> and linkers do.</summary>
    /// <inheritdoc cref="Deduplicate(out BtfTypeIdMap)"/>
    public BtfSpec Deduplicate() => Deduplicate(out _);

    /// <summary>Returns BTF in which every type and string occurs once, and the new ids of all types.</summary>
    /// <param name="newIds">
    /// The new id of every type, those of <see cref="Base"/> included. What refers to types by id, such as <c>.BTF.ext</c>, needs
    /// it.
    /// </param>
    /// <returns>
    /// BTF in the same byte order and on the same base. Of several equal types, the first one is kept; the order does not change.
    /// Strings that no type uses are removed.
    /// </returns>
    /// <remarks>
    /// Types are equal if their contents are, and the types that they refer to. A declaration without a definition
    /// (<c>struct foo;</c>, <c>enum foo;</c>) is replaced by the definition, if there is only one or if the structures that use
    /// it determine it. Variables are equal only in equal sections. Split BTF uses the types of its base, which does not change.
    /// Takes time in proportion to n log n.
    /// </remarks>
    /// <exception cref="ObjectFormatException">A type refers to one that does not exist, or is of a kind that is not known.</exception>
    public BtfSpec Deduplicate(out BtfTypeIdMap newIds) => new Deduplicator(this).Deduplicate(out newIds);
}
