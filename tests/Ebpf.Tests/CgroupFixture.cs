using System.Diagnostics;
using System.Globalization;
using Ebpf.Linux;

namespace Ebpf.Tests;

/// <summary>A cgroup (version 2) of a test's own, empty; and the one in which all are.</summary>
internal sealed class CgroupFixture : IDisposable
{
    private static int _count;

    public CgroupFixture()
    {
        int number = Interlocked.Increment(ref _count);
        Path = string.Create(CultureInfo.InvariantCulture, $"{Root}/xt{Environment.ProcessId}c{number}");
        Directory.CreateDirectory(Path);
    }

    /// <summary>Where the hierarchy of version 2 is mounted.</summary>
    public static string Root { get; } = FindRoot();

    public string Path { get; }

    /// <summary>The number by which the kernel knows the cgroup: the inode number of its directory.</summary>
    public ulong Id => IdOf(Path);

    /// <summary>Opens a directory.</summary>
    public static BpfHandle Open(string path)
    {
        RunningKernel kernel = RunningKernel.Instance;
        BpfHandle? handle = BpfHandle.Take(kernel, kernel.Open(path, OpenMode.Directory), out Errno error);
        Assert.Equal(Errno.None, error);
        return handle!;
    }

    public void Dispose() => Directory.Delete(Path);

    private static string FindRoot()
    {
        string? line = File.ReadLines("/proc/mounts").FirstOrDefault(line => line.Split(' ')[2] == "cgroup2");
        if (line is not null) return line.Split(' ')[1];
        throw new InvalidOperationException("No cgroup2 hierarchy is mounted.");
    }

    /// <summary>The number by which the kernel knows a cgroup.</summary>
    public static ulong IdOf(string path)
    {
        using Process stat = Process.Start(new ProcessStartInfo("stat", ["-c", "%i", path]) { RedirectStandardOutput = true })!;
        string inode = stat.StandardOutput.ReadToEnd();
        stat.WaitForExit();
        return ulong.Parse(inode, CultureInfo.InvariantCulture);
    }
}
