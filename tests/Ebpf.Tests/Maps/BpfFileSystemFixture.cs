using System.Diagnostics;
using Ebpf.Linux;

namespace Ebpf.Tests.Maps;

/// <summary>A BPF file system of its own, gone after the tests.</summary>
public sealed class BpfFileSystemFixture : IDisposable
{
    public BpfFileSystemFixture()
    {
        Root = Directory.CreateTempSubdirectory("bpffs").FullName;
        Errno error = RunningKernel.Instance.Mount("bpf", Root, "bpf").Error;
        if (error != Errno.None) throw new BpfException("Mount a BPF file system", error);
    }

    public string Root { get; }

    public void Dispose()
    {
        using Process process = Process.Start("umount", Root);
        process.WaitForExit();
        Directory.Delete(Root);
    }
}
