using Ebpf.Pins;

namespace Ebpf;

/// <content>Files in the BPF file system that keep the map.</content>
public sealed partial class BpfMap
{
    private volatile string? _pinPath;

    /// <summary>
    /// Where the map was pinned or found last, by this object; <c>null</c> if it was not. Other processes may have moved or
    /// removed the file since.
    /// </summary>
    public string? PinPath
    {
        get => _pinPath;
        private set => _pinPath = value;
    }

    /// <summary>
    /// Pins the map in the BPF file system, where it outlives this process. A map can be pinned at several paths; disposing it
    /// takes no pin away.
    /// </summary>
    /// <param name="path">A path in a bpffs, <c>/sys/fs/bpf/counts</c>, without dots in its name; its directory must exist.</param>
    /// <exception cref="BpfException">
    /// There is something at this path, it is not in a bpffs, or the kernel refused.
    /// </exception>
    public void Pin(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        PinOperations.Pin(Handle, $"map \"{Name}\"", path);
        PinPath = path;
    }

    /// <summary>
    /// Takes the pin at <see cref="PinPath"/> away. The map lives on while something else holds it, as this object does.
    /// </summary>
    /// <returns>Whether there was a file; <c>false</c> if it was removed meanwhile.</returns>
    /// <exception cref="InvalidOperationException">This object has neither pinned the map nor found it by a path.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public bool Unpin()
    {
        string path = PinPath ?? throw NotPinned();
        bool removed = PinOperations.Unpin(Kernel, $"map \"{Name}\"", path);
        PinPath = null;
        return removed;
    }

    /// <summary>
    /// Moves the pin at <see cref="PinPath"/>, in one step if both paths are in the same bpffs: at every moment one of them leads
    /// to the map. If the file was removed meanwhile, the map is pinned anew.
    /// </summary>
    /// <param name="path">Where to; nothing may be there.</param>
    /// <exception cref="InvalidOperationException">This object has neither pinned the map nor found it by a path.</exception>
    /// <exception cref="BpfException">
    /// There is something at this path, it is not in a bpffs, or the kernel refused; the old pin stays.
    /// </exception>
    public void MovePin(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        PinOperations.Move(Handle, $"map \"{Name}\"", PinPath ?? throw NotPinned(), path);
        PinPath = path;
    }

    private InvalidOperationException NotPinned() =>
        new($"Map \"{Name}\" was neither pinned nor opened by a path through this object.");
}
