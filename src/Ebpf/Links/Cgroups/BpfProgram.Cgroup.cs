using System.Runtime.InteropServices;
using Ebpf.Links.Cgroups;

namespace Ebpf;

/// <content>Attaching to cgroups.</content>
public sealed partial class BpfProgram
{
    /// <summary>
    /// Attaches a program to a cgroup (version 2): it runs for the sockets and processes of this cgroup and of all below it.
    /// </summary>
    /// <remarks>
    /// Since Linux 5.7 by a link, which is detached when the cgroup is removed, soon after (<see cref="BpfLink.IsDetached"/>). Before, and where
    /// <see cref="CgroupOptions.Sharing"/> or <see cref="CgroupOptions.Replace"/> ask for what links cannot, the kernel keeps the program
    /// attached until the link is disposed, also beyond the end of the process. Before Linux 5.15 programs do not run for sockets of processes
    /// that are also in a cgroup of net_cls or net_prio (version 1).
    /// </remarks>
    /// <param name="path">The directory of the cgroup: <c>/sys/fs/cgroup/system.slice</c>.</param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="InvalidOperationException">
    /// It is no program for cgroups, or it does not say where in a cgroup, and neither does <see cref="CgroupOptions.AttachType"/>.
    /// </exception>
    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is too old for an option.</exception>
    /// <exception cref="BpfException">
    /// There is no such directory, it is no cgroup of version 2 (EBADF), another program there or above excludes this one (EPERM), or the
    /// kernel refused otherwise.
    /// </exception>
    public BpfLink AttachCgroup(string path, CgroupOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return CgroupHook.Attach(this, path, options ?? new());
    }

    /// <summary>
    /// Attaches a program to a cgroup (version 2) that is open, so that no other one can have taken its name meanwhile.
    /// </summary>
    /// <param name="cgroup">What owns a descriptor of the directory of the cgroup; it stays the caller's.</param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <inheritdoc cref="AttachCgroup(string, CgroupOptions?)"/>
    public BpfLink AttachCgroup(SafeHandle cgroup, CgroupOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(cgroup);
        return CgroupHook.Attach(this, cgroup, options ?? new());
    }
}
