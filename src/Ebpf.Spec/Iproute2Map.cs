namespace Ebpf;

/// <summary>Describes what iproute2 (<c>tc</c>, <c>ip</c>) says of a map beyond what libbpf knows (<c>struct bpf_elf_map</c>).</summary>
public sealed record Iproute2Map
{
    /// <summary>Gets the number by which other maps of the object mean this one; 0 for none.</summary>
    public uint Id { get; init; }

    /// <summary>Gets where the map is shared.</summary>
    public Iproute2Pinning Pinning { get; init; }

    /// <summary>Gets the <see cref="Id"/> of a map like those that this map of maps holds; 0 for none.</summary>
    public uint InnerId { get; init; }

    /// <summary>
    /// Gets the slot that this map takes in the map of maps whose <see cref="InnerId"/> names it; -1 for none, as in objects for
    /// iproute2 before 4.15, which did not have it.
    /// </summary>
    public int InnerIndex { get; init; } = -1;
}

/// <summary>Specifies where iproute2 shares a map. Other numbers mean directories that its configuration names.</summary>
public enum Iproute2Pinning : uint
{
    /// <summary>The map is not shared.</summary>
    None = 0,

    /// <summary>The map is shared among the programs of one object: below <c>tc/</c> and a hash of the object.</summary>
    Object = 1,

    /// <summary>The map is shared among all objects: below <c>tc/globals/</c>.</summary>
    Global = 2,
}
