namespace Ebpf;

/// <summary>
/// Represents a kernel object that can be pinned in a BPF file system: a <see cref="BpfMap"/>, a <see cref="BpfProgram"/> or a
/// <see cref="BpfLink"/>.
/// </summary>
public interface IPinnable : IDisposable
{
    /// <summary>
    /// Gets the absolute path at which this instance last pinned the object, or from which it was opened; <c>null</c> if neither
    /// happened. Other processes may have moved or removed the file since.
    /// </summary>
    string? PinPath { get; }

    /// <summary>
    /// Pins the object at a path in a BPF file system, where it outlives this process. An object can be pinned at several paths.
    /// Disposing this instance does not remove pins.
    /// </summary>
    /// <param name="path">
    /// A path in a BPF file system, such as <c>/sys/fs/bpf/counts</c>, without dots in its last name; its directory must exist. A
    /// relative path is resolved against the current directory at the time of the call.
    /// </param>
    /// <exception cref="BpfException">
    /// The path exists, is not in a BPF file system, or the kernel refused.
    /// </exception>
    void Pin(string path);

    /// <summary>
    /// Removes the pin at <see cref="PinPath"/>. The object lives on for as long as something refers to it, as this instance
    /// does.
    /// </summary>
    /// <returns>Whether the file existed; <c>false</c> if it was removed before.</returns>
    /// <exception cref="InvalidOperationException"><see cref="PinPath"/> is <c>null</c>.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    bool Unpin();

    /// <summary>
    /// Moves the pin at <see cref="PinPath"/>, in one step if both paths are in the same BPF file system: at every moment one of
    /// them leads to the object. If the file was removed before, the object is pinned anew.
    /// </summary>
    /// <param name="path">The new path, as for <see cref="Pin"/>.</param>
    /// <exception cref="InvalidOperationException"><see cref="PinPath"/> is <c>null</c>.</exception>
    /// <exception cref="BpfException">
    /// The path exists, is not in a BPF file system, or the kernel refused; the old pin stays.
    /// </exception>
    void MovePin(string path);
}
