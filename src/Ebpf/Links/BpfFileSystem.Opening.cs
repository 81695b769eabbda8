using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Pins;

namespace Ebpf;

/// <content>Opening what is pinned, whatever it is.</content>
public static partial class BpfFileSystem
{
    /// <summary>Opens the object that is pinned at a path, whatever kind it is.</summary>
    /// <param name="path">The path of the pin.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <returns>A <see cref="BpfMap"/>, a <see cref="BpfProgram"/> or a <see cref="BpfLink"/>, which the caller disposes.</returns>
    /// <exception cref="BpfException">Nothing is pinned there, it is of a kind that is not known, or the kernel refused.</exception>
    public static IPinnable Open(string path, BpfKernel? kernel = null)
    {
        if (Find(path, kernel) is { Error: Errno.None } found) return found.Open();
        LinuxKernel system = LinuxKernel.Of(kernel);
        Errno error = Find(path, kernel)?.Error ?? Errno.ENOENT;
        throw Refusal.Explain(
            system, $"Open {path}", error, Privileges.Bpf, PinPlace.AdviceForOpening(system, PinPlace.Absolute(path), error));
    }
}
