using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Pins;

/// <summary>Pins objects of any kind, takes pins away and moves them.</summary>
internal static class PinOperations
{
    /// <summary>Pins an object.</summary>
    /// <param name="handle">The object.</param>
    /// <param name="what">What it is, for messages: <c>map "counts"</c>.</param>
    /// <param name="path">Where.</param>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static void Pin(BpfHandle handle, string what, string path)
    {
        Errno error = handle.Kernel.PinObject(handle, path);
        if (error != Errno.None) throw Refused(handle.Kernel, $"Pin {what} at {path}", path, error);
    }

    /// <summary>Takes a pin away.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static bool Unpin(LinuxKernel kernel, string what, string path)
    {
        Errno error = kernel.Unlink(path).Error;
        if (error is Errno.None or Errno.ENOENT) return error == Errno.None;
        string? advice = error switch
        {
            Errno.EACCES or Errno.EPERM => "the permissions of the directory do not allow it",
            Errno.EISDIR => "there is a directory now",
            _ => null,
        };
        throw Refusal.Explain(kernel, $"Unpin {what} at {path}", error, Privileges.None, advice);
    }

    /// <summary>Moves a pin; pins anew what is not pinned any more.</summary>
    /// <exception cref="BpfException">The kernel refused; the old pin is where it was.</exception>
    public static void Move(BpfHandle handle, string what, string from, string to)
    {
        LinuxKernel kernel = handle.Kernel;
        string operation = $"Move the pin of {what} from {from} to {to}";
        Errno error = kernel.Rename(from, to).Error;
        bool gone = error == Errno.ENOENT && !kernel.Exists(from), isOther = error == Errno.EXDEV;
        if (gone || isOther) error = kernel.PinObject(handle, to);
        if (error != Errno.None) throw Refused(kernel, operation, to, error);
        if (!isOther) return;
        error = kernel.Unlink(from).Error;
        if (error is Errno.None or Errno.ENOENT) return;
        kernel.Unlink(to);
        throw Refusal.Explain(kernel, operation, error, Privileges.None);
    }

    private static BpfException Refused(LinuxKernel kernel, string operation, string path, Errno error) =>
        Refusal.Explain(kernel, operation, error, Privileges.Bpf, PinPlace.AdviceForPinning(kernel, path, error));
}
