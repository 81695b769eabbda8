using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Pins;

/// <summary>The pin of an object of any kind: it is made, moved and removed here.</summary>
/// <param name="handle">The object.</param>
/// <param name="kind">Its kind.</param>
/// <param name="name">Its name, for messages; <c>null</c> for one without.</param>
/// <param name="path">The absolute path at which it was found; <c>null</c> if it came otherwise.</param>
internal sealed class ObjectPin(BpfHandle handle, ObjectKind kind, string? name, string? path = null)
{
    private volatile string? _path = path;

    /// <inheritdoc cref="IPinnable.PinPath"/>
    public string? Path => _path;

    private string What => name is null ? kind.Name : $"{kind.Name} \"{name}\"";

    /// <inheritdoc cref="IPinnable.Pin"/>
    public void Pin(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string absolute = PinPlace.Absolute(path);
        Errno error = handle.Kernel.PinObject(handle, absolute);
        if (error != Errno.None) throw Refused($"Pin {What} at {path}", absolute, error);
        _path = absolute;
    }

    /// <inheritdoc cref="IPinnable.Unpin"/>
    public bool Unpin()
    {
        string path = _path ?? throw NotPinned();
        Errno error = handle.Kernel.Unlink(path).Error;
        if (error is not (Errno.None or Errno.ENOENT))
        {
            string? advice = error switch
            {
                Errno.EACCES or Errno.EPERM => "the permissions of the directory do not allow it",
                Errno.EISDIR => "there is a directory now",
                _ => null,
            };
            throw Refusal.Explain(handle.Kernel, $"Unpin {What} at {path}", error, Privileges.None, advice);
        }

        _path = null;
        return error == Errno.None;
    }

    /// <inheritdoc cref="IPinnable.MovePin"/>
    public void Move(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string from = _path ?? throw NotPinned(), to = PinPlace.Absolute(path);
        LinuxKernel kernel = handle.Kernel;
        string operation = $"Move the pin of {What} from {from} to {path}";
        Errno error = kernel.Rename(from, to).Error;
        bool gone = error == Errno.ENOENT && !kernel.Exists(from), isOther = error == Errno.EXDEV;
        if (gone || isOther) error = kernel.PinObject(handle, to);
        if (error != Errno.None) throw Refused(operation, to, error);
        if (isOther)
        {
            error = kernel.Unlink(from).Error;
            if (error is not (Errno.None or Errno.ENOENT))
            {
                kernel.Unlink(to);
                throw Refusal.Explain(kernel, operation, error, Privileges.None);
            }
        }

        _path = to;
    }

    private BpfException Refused(string operation, string path, Errno error) => Refusal.Explain(
        handle.Kernel, operation, error, Privileges.Bpf, PinPlace.AdviceForPinning(handle.Kernel, path, error));

    private InvalidOperationException NotPinned() => new($"This instance has neither pinned {What} nor opened it by a path.");
}
