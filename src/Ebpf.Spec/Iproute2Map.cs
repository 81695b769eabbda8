namespace Ebpf;

/// <summary>What iproute2 (<c>tc</c>, <c>ip</c>) says of a map beyond what libbpf knows (<c>struct bpf_elf_map</c>).</summary>
/// <param name="Id">The number by which other maps of the object mean this one; 0 for none.</param>
/// <param name="Pinning">Where the map is shared.</param>
/// <param name="InnerId">The <see cref="Id"/> of a map like those that this map of maps holds; 0 for none.</param>
/// <param name="InnerIndex">
/// The slot that this map takes in the map of maps whose <see cref="InnerId"/> names it; -1 for none.
/// </param>
public sealed record Iproute2Map(uint Id, Iproute2Pinning Pinning, uint InnerId, int InnerIndex);

/// <summary>Where iproute2 shares a map. Other numbers mean directories that its configuration names.</summary>
public enum Iproute2Pinning : uint
{
    /// <summary>Nowhere.</summary>
    None = 0,

    /// <summary>Among the programs of one object: below <c>tc/</c> and a hash of the object.</summary>
    Object = 1,

    /// <summary>Among all: below <c>tc/globals/</c>.</summary>
    Global = 2,
}
