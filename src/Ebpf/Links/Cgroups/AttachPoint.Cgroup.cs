using System.Runtime.InteropServices;

namespace Ebpf;

/// <content>Cgroups.</content>
public sealed partial class AttachPoint
{
    /// <summary>Creates the target for programs of a cgroup (version 2).</summary>
    /// <param name="path">The directory of the cgroup: <c>/sys/fs/cgroup/system.slice</c>.</param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    public static AttachPoint Cgroup(string path, CgroupOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new AttachPoint($"cgroup {path}", program => program.AttachCgroup(path, options));
    }

    /// <summary>Creates the target for programs of a cgroup (version 2) that is open.</summary>
    /// <param name="cgroup">What owns a descriptor of the directory; it stays the caller's, and must be open when a program is attached.</param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    public static AttachPoint Cgroup(SafeHandle cgroup, CgroupOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(cgroup);
        return new AttachPoint("a cgroup", program => program.AttachCgroup(cgroup, options));
    }
}
