using System.Diagnostics;
using Ebpf.Kernel;
using Ebpf.Linux;

[assembly: AssemblyFixture(typeof(Ebpf.Tests.TraceFileSystemFixture))]

namespace Ebpf.Tests;

/// <summary>Mounts tracefs where the machine has not: systemd does, small machines and containers may not.</summary>
public sealed class TraceFileSystemFixture
{
    public TraceFileSystemFixture()
    {
        if (TraceFileSystem.Locate(RunningKernel.Instance, out _, out _) is not null) return;
        using Process? mount = Process.Start("mount", ["-t", "tracefs", "tracefs", "/sys/kernel/tracing"]);
        mount?.WaitForExit();
    }
}
