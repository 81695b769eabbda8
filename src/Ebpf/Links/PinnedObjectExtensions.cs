namespace Ebpf;

/// <summary>Opens what a <see cref="PinnedObject"/> tells of.</summary>
public static class PinnedObjectExtensions
{
    /// <summary>Opens the object that is pinned there now, if it is of the same kind as when it was looked at.</summary>
    /// <param name="pinned">Where it is pinned.</param>
    /// <returns>A <see cref="BpfMap"/>, a <see cref="BpfProgram"/> or a <see cref="BpfLink"/>, which the caller disposes.</returns>
    /// <exception cref="BpfException">There is nothing any more, it is of another kind, or the kernel refused.</exception>
    public static IPinnable Open(this PinnedObject pinned)
    {
        ArgumentNullException.ThrowIfNull(pinned);
        return pinned.Kind switch
        {
            PinnedObjectKind.Map => pinned.OpenMap(),
            PinnedObjectKind.Program => pinned.OpenProgram(),
            PinnedObjectKind.Link => pinned.OpenLink(),
            _ => throw new BpfException($"Open {pinned.Path}", pinned.Error, "it is no map, no program and no link, or cannot be opened"),
        };
    }

    /// <summary>Opens the map that is pinned there now.</summary>
    /// <param name="pinned">Where it is pinned.</param>
    /// <param name="access">What the descriptor is for.</param>
    /// <exception cref="BpfException">There is nothing any more, it is no map, or the kernel refused.</exception>
    public static BpfMap OpenMap(this PinnedObject pinned, MapAccess access = MapAccess.ReadWrite)
    {
        ArgumentNullException.ThrowIfNull(pinned);
        return BpfMap.OpenPinned(pinned.Path, access, pinned.Kernel);
    }

    /// <summary>Opens the program that is pinned there now.</summary>
    /// <param name="pinned">Where it is pinned.</param>
    /// <exception cref="BpfException">There is nothing any more, it is no program, or the kernel refused.</exception>
    public static BpfProgram OpenProgram(this PinnedObject pinned)
    {
        ArgumentNullException.ThrowIfNull(pinned);
        return BpfProgram.OpenPinned(pinned.Path, pinned.Kernel);
    }

    /// <summary>Opens the link that is pinned there now.</summary>
    /// <param name="pinned">Where it is pinned.</param>
    /// <exception cref="BpfException">There is nothing any more, it is no link, or the kernel refused.</exception>
    public static BpfLink OpenLink(this PinnedObject pinned)
    {
        ArgumentNullException.ThrowIfNull(pinned);
        return BpfLink.OpenPinned(pinned.Path, pinned.Kernel);
    }

    /// <summary>
    /// Asks whether it is a link that is attached to nothing any more: its network interface, cgroup or network namespace is gone, or it
    /// was detached. Such a file blocks its name until it is removed. Since Linux 5.8.
    /// </summary>
    /// <param name="pinned">Where it is pinned.</param>
    /// <returns><c>false</c> also for maps and programs, for links of which the kernel does not tell, and if nothing is there any more.</returns>
    public static bool IsStale(this PinnedObject pinned)
    {
        ArgumentNullException.ThrowIfNull(pinned);
        return pinned.Kind == PinnedObjectKind.Link && BpfLink.IsStale(pinned.Kernel, pinned.Path);
    }
}
