using Ebpf.Linux;

namespace Ebpf;

/// <summary>
/// Specifies the access of user space to the elements of a map through a descriptor. Programs are not affected.
/// </summary>
public enum MapAccess
{
    /// <summary>Reading and writing.</summary>
    ReadWrite,

    /// <summary>Reading only (<c>BPF_F_RDONLY</c>, since Linux 4.15).</summary>
    ReadOnly,

    /// <summary>Writing and deleting only (<c>BPF_F_WRONLY</c>, since Linux 4.15).</summary>
    WriteOnly,
}

/// <summary>The forms in which bpf(2) takes and tells the access.</summary>
internal static class MapAccesses
{
    /// <summary>The flags that belong to a descriptor and not to the map, which the map does not remember.</summary>
    public const MapFlags OfDescriptor = MapFlags.ReadOnly | MapFlags.WriteOnly;

    /// <summary>The access of the descriptor that making a map with these flags gives.</summary>
    public static MapAccess From(MapFlags flags) => (flags & OfDescriptor) switch
    {
        MapFlags.ReadOnly => MapAccess.ReadOnly,
        MapFlags.WriteOnly => MapAccess.WriteOnly,
        _ => MapAccess.ReadWrite,
    };

    /// <summary>The access that the flags of open(2) tell, as /proc has them: octal digits.</summary>
    public static MapAccess FromOpenFlags(string? digits) => digits is { Length: > 0 } ? ((digits[^1] - '0') & 3) switch
    {
        (int)OpenMode.ReadOnly => MapAccess.ReadOnly,
        (int)OpenMode.WriteOnly => MapAccess.WriteOnly,
        _ => MapAccess.ReadWrite,
    } : MapAccess.ReadWrite;

    /// <summary>The flags for opening with this access.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such access.</exception>
    public static ObjectPathFlags ToFlags(this MapAccess access) => access switch
    {
        MapAccess.ReadWrite => ObjectPathFlags.None,
        MapAccess.ReadOnly => ObjectPathFlags.ReadOnly,
        MapAccess.WriteOnly => ObjectPathFlags.WriteOnly,
        _ => throw new ArgumentOutOfRangeException(nameof(access), access, null),
    };
}
