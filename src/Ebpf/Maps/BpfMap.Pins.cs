using Ebpf.Pins;

namespace Ebpf;

/// <content>Pins of the map.</content>
public sealed partial class BpfMap : IPinnable
{
    private readonly ObjectPin _pin;

    /// <inheritdoc/>
    public string? PinPath => _pin.Path;

    /// <inheritdoc/>
    public void Pin(string path) => _pin.Pin(path);

    /// <inheritdoc/>
    public bool Unpin() => _pin.Unpin();

    /// <inheritdoc/>
    public void MovePin(string path) => _pin.Move(path);
}
