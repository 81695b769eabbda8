namespace Ebpf;

/// <summary>Specifies whether a map is shared through the BPF file system.</summary>
/// <remarks>
/// Objects made for other loaders can have numbers of their own. Such a number stays in the spec; set it to one of these, or set
/// <see cref="MapSpec.PinPath"/>, before the map is created.
/// </remarks>
public enum MapPinning
{
    /// <summary>The map belongs to the collection alone (<c>LIBBPF_PIN_NONE</c>).</summary>
    None = 0,

    /// <summary>
    /// The map is pinned under its name, and a map that is pinned there already is reused (<c>LIBBPF_PIN_BY_NAME</c>).
    /// </summary>
    ByName = 1,
}
