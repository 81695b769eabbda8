namespace Ebpf.CoRe;

/// <summary>What a field is, as far as the size of a load or store depends on it.</summary>
internal enum FieldNature
{
    /// <summary>No number; cannot be read at another size than its own.</summary>
    Other,

    /// <summary>An unsigned integer.</summary>
    Unsigned,

    /// <summary>A signed integer.</summary>
    Signed,

    /// <summary>A pointer.</summary>
    Pointer,
}
