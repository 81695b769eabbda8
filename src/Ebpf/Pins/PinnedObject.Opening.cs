namespace Ebpf;

/// <content>The objects themselves.</content>
public sealed partial record PinnedObject
{
    /// <summary>Opens the map that is pinned there now.</summary>
    /// <param name="access">What the descriptor is for.</param>
    /// <exception cref="BpfException">There is nothing any more, it is no map, or the kernel refused.</exception>
    public BpfMap OpenMap(MapAccess access = MapAccess.ReadWrite) => BpfMap.OpenPinned(Path, access, _kernel);

    /// <summary>Opens the program that is pinned there now.</summary>
    /// <exception cref="BpfException">There is nothing any more, it is no program, or the kernel refused.</exception>
    public BpfProgram OpenProgram() => BpfProgram.OpenPinned(Path, _kernel);
}
