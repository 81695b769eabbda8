namespace Ebpf;

/// <content>The objects themselves.</content>
public sealed partial record PinnedObject
{
    /// <summary>Opens the object that is pinned there now, if it is of the same kind as when it was looked at.</summary>
    /// <returns>A <see cref="BpfMap"/>, a <see cref="BpfProgram"/> or a <see cref="BpfLink"/>, which the caller disposes.</returns>
    /// <exception cref="BpfException">There is nothing any more, it is of another kind, or the kernel refused.</exception>
    public IPinnable Open() => Kind switch
    {
        PinnedObjectKind.Map => OpenMap(),
        PinnedObjectKind.Program => OpenProgram(),
        PinnedObjectKind.Link => OpenLink(),
        _ => throw new BpfException($"Open {Path}", Error, "it is no map, no program and no link, or cannot be opened"),
    };

    /// <summary>Opens the map that is pinned there now.</summary>
    /// <param name="access">What the descriptor is for.</param>
    /// <exception cref="BpfException">There is nothing any more, it is no map, or the kernel refused.</exception>
    public BpfMap OpenMap(MapAccess access = MapAccess.ReadWrite) => BpfMap.OpenPinned(Path, access, _kernel);

    /// <summary>Opens the program that is pinned there now.</summary>
    /// <exception cref="BpfException">There is nothing any more, it is no program, or the kernel refused.</exception>
    public BpfProgram OpenProgram() => BpfProgram.OpenPinned(Path, _kernel);

    /// <summary>Opens the link that is pinned there now.</summary>
    /// <exception cref="BpfException">There is nothing any more, it is no link, or the kernel refused.</exception>
    public BpfLink OpenLink() => BpfLink.OpenPinned(Path, _kernel);
}
