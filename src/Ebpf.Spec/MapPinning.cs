namespace Ebpf;

/// <summary>Whether a map is shared through the BPF file system.</summary>
public enum MapPinning
{
    /// <summary>The map belongs to the collection alone.</summary>
    None = 0,

    /// <summary>The map is pinned under its name, and one found there is used again (<c>LIBBPF_PIN_BY_NAME</c>).</summary>
    ByName = 1,
}
