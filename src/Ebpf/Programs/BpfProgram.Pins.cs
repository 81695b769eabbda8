using Ebpf.Pins;

namespace Ebpf;

/// <content>Files in the BPF file system that keep the program.</content>
public sealed partial class BpfProgram
{
    private volatile string? _pinPath;

    /// <summary>
    /// Where the program was pinned or found last, by this object; <c>null</c> if it was not. Other processes may have moved or
    /// removed the file since.
    /// </summary>
    public string? PinPath
    {
        get => _pinPath;
        private set => _pinPath = value;
    }

    /// <summary>
    /// Pins the program in the BPF file system, where it outlives this process; that attaches it to nothing. A program can be
    /// pinned at several paths; disposing it takes no pin away.
    /// </summary>
    /// <param name="path">A path in a bpffs, <c>/sys/fs/bpf/filter</c>, without dots in its name; its directory must exist.</param>
    /// <exception cref="BpfException">
    /// There is something at this path, it is not in a bpffs, or the kernel refused.
    /// </exception>
    public void Pin(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        PinOperations.Pin(Handle, $"program \"{Name}\"", path);
        PinPath = path;
    }

    /// <summary>
    /// Takes the pin at <see cref="PinPath"/> away. The program lives on while something else holds it, as this object does.
    /// </summary>
    /// <returns>Whether there was a file; <c>false</c> if it was removed meanwhile.</returns>
    /// <exception cref="InvalidOperationException">This object has neither pinned the program nor found it by a path.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public bool Unpin()
    {
        string path = PinPath ?? throw NotPinned();
        bool removed = PinOperations.Unpin(Kernel, $"program \"{Name}\"", path);
        PinPath = null;
        return removed;
    }

    /// <summary>
    /// Moves the pin at <see cref="PinPath"/>, in one step if both paths are in the same bpffs: at every moment one of them leads
    /// to the program. If the file was removed meanwhile, the program is pinned anew.
    /// </summary>
    /// <param name="path">Where to; nothing may be there.</param>
    /// <exception cref="InvalidOperationException">This object has neither pinned the program nor found it by a path.</exception>
    /// <exception cref="BpfException">
    /// There is something at this path, it is not in a bpffs, or the kernel refused; the old pin stays.
    /// </exception>
    public void MovePin(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        PinOperations.Move(Handle, $"program \"{Name}\"", PinPath ?? throw NotPinned(), path);
        PinPath = path;
    }

    private InvalidOperationException NotPinned() =>
        new($"Program \"{Name}\" was neither pinned nor opened by a path through this object.");
}
