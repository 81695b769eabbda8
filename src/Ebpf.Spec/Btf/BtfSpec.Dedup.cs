using Ebpf.Btf;
using Ebpf.Btf.Dedup;

namespace Ebpf;

/// <content>One of each type.</content>
public sealed partial class BtfSpec
{
    /// <summary>Makes BTF in which every type and string is there once, as <c>pahole</c> and the linker do.</summary>
    /// <inheritdoc cref="Deduplicate(out BtfTypeIdMap)"/>
    public BtfSpec Deduplicate() => Deduplicate(out _);

    /// <summary>Makes BTF in which every type and string is there once, and tells what became of each.</summary>
    /// <param name="newIds">
    /// The new id of every type by its old one, those of <see cref="Base"/> included, for what refers to types: <c>.BTF.ext</c>.
    /// </param>
    /// <returns>
    /// BTF of the same order and on the same base. The first of several types that are the same stays; the order is kept. Strings
    /// that no type has are gone.
    /// </returns>
    /// <remarks>
    /// Types are the same if they are equal and refer to types that are the same. A declaration without a definition
    /// (<c>struct foo;</c>, <c>enum foo;</c>) is replaced by the definition, if there is only one or if it follows from
    /// structures that use it. Variables are the same only in equal sections. Split BTF uses what its base has, which stays
    /// as it is. Takes time in proportion to n log n.
    /// </remarks>
    /// <exception cref="ObjectFormatException">A type refers to one that does not exist, or is of a kind that is not known.</exception>
    public BtfSpec Deduplicate(out BtfTypeIdMap newIds) => new Deduplicator(this).Deduplicate(out newIds);
}
