namespace Ebpf.Object.Reading;

/// <summary>What a loader does with a section.</summary>
internal enum SectionRole : byte
{
    /// <summary>Debug information, string tables and the like: ignored.</summary>
    Other,

    /// <summary>Functions.</summary>
    Code,

    /// <summary>Map definitions described by BTF (<c>.maps</c>).</summary>
    Maps,

    /// <summary>Map definitions as plain structs (<c>maps</c>), which libbpf gave up in 1.0.</summary>
    LegacyMaps,

    /// <summary>Variables: <c>.data*</c>, <c>.bss*</c>.</summary>
    Data,

    /// <summary>Constants: <c>.rodata*</c>.</summary>
    ReadOnlyData,

    /// <summary>Variables in an arena (<c>.addr_space.1</c>).</summary>
    ArenaData,

    /// <summary>Tables of places in functions (<c>.jumptables</c>).</summary>
    JumpTables,

    /// <summary>struct_ops maps (<c>.struct_ops*</c>).</summary>
    StructOps,
}
