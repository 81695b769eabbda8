using Ebpf.Linux;

namespace Ebpf.Kernel;

/// <summary>tracefs: the files through which the kernel shows its tracepoints and probes.</summary>
internal static class TraceFileSystem
{
    /// <summary>Where tracefs is mounted; <c>null</c> if it is not, or not visible.</summary>
    public static string? Locate(LinuxKernel kernel)
    {
        // The two usual places first: reading the second mounts tracefs by itself when debugfs is there.
        ReadOnlySpan<string> usual = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];
        foreach (string place in usual)
        {
            if (IsTraceFileSystem(kernel, place)) return place;
        }

        foreach (string place in MountTable.PlacesOf(kernel, "tracefs"))
        {
            if (IsTraceFileSystem(kernel, place)) return place;
        }

        return null;
    }

    private static bool IsTraceFileSystem(LinuxKernel kernel, string place) => kernel.Exists($"{place}/events");
}
