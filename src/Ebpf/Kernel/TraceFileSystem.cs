using Ebpf.Linux;

namespace Ebpf.Kernel;

/// <summary>tracefs: the files through which the kernel shows its tracepoints and probes.</summary>
internal static class TraceFileSystem
{
    /// <summary>Where tracefs is mounted.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="advice">What to do when there is none.</param>
    /// <param name="error">
    /// <see cref="Errno.EACCES"/> if it is mounted where this process may not enter; <see cref="Errno.ENOENT"/> if it is not mounted.
    /// </param>
    /// <returns>The directory; <c>null</c> after an error.</returns>
    public static string? Locate(LinuxKernel kernel, out Errno error, out string? advice)
    {
        // The two usual places first: reading the second mounts tracefs by itself when debugfs is there.
        string? closed = null;
        foreach (string place in Enumerable.Concat(
            [KernelPaths.TraceFileSystem, KernelPaths.TraceFileSystemInDebug], MountTable.PlacesOf(kernel, "tracefs")))
        {
            error = kernel.Status($"{place}/events", out _);
            advice = null;
            if (error == Errno.None) return place;
            if (error is Errno.EACCES or Errno.EPERM) closed ??= place;
        }

        error = closed is null ? Errno.ENOENT : Errno.EACCES;
        advice = closed is null
            ? $"tracefs is not mounted: mount -t tracefs tracefs {KernelPaths.TraceFileSystem}"
            : $"tracefs at {closed} is closed to this process: run as root, or open it to others "
                + $"(mount -o remount,mode=755 {closed}, or gid= of a group)";
        return null;
    }
}
