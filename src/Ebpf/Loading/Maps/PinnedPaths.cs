using Ebpf.Linux;
using Ebpf.Pins;

namespace Ebpf.Loading.Maps;

/// <summary>The pins that a load made, and the directory for them: to be removed if the load fails.</summary>
internal sealed class PinnedPaths(LinuxKernel kernel)
{
    private readonly List<string> _pins = [];
    private string? _directory;

    /// <summary>Creates the directory for pins, if it does not exist.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void MakeDirectory(string path)
    {
        if (PinPlace.MakeDirectory(kernel, path)) _directory = path;
    }

    /// <summary>Notes a pin.</summary>
    public void Add(string path) => _pins.Add(path);

    /// <summary>Removes what was made. What another process has put into the directory meanwhile keeps it.</summary>
    public void Remove()
    {
        foreach (string path in _pins) kernel.Unlink(path);
        if (_directory is not null) kernel.RemoveDirectory(_directory);
    }
}
