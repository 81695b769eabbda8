namespace Ebpf;

/// <summary>Whether a map is shared through the BPF file system.</summary>
/// <remarks>
/// Objects made for other loaders may have numbers of their own, which they give a meaning. Such a number stays in the spec; set
/// it to one of these, or set <see cref="MapSpec.PinPath"/>, before the map is created.
/// </remarks>
public enum MapPinning
{
    /// <summary>The map belongs to the collection alone (<c>LIBBPF_PIN_NONE</c>).</summary>
    None = 0,

    /// <summary>The map is pinned under its name, and one found there is used again (<c>LIBBPF_PIN_BY_NAME</c>).</summary>
    ByName = 1,
}
