namespace Ebpf;

/// <summary>
/// A key of the deprecated storages of cgroups, <see cref="MapType.CgroupStorage"/> and
/// <see cref="MapType.PerCpuCgroupStorage"/> (<c>struct bpf_cgroup_storage_key</c>): a program's attachment to a cgroup.
/// </summary>
/// <remarks>Since Linux 5.9 such a map may have a bare <c>ulong</c> as key instead: the cgroup alone.</remarks>
/// <param name="CgroupId">The id of the cgroup: the inode number of its directory.</param>
/// <param name="AttachType">As what the program is attached.</param>
/// <param name="Reserved">What is padding in C: 0.</param>
public readonly record struct CgroupStorageKey(ulong CgroupId, AttachType AttachType, uint Reserved = 0);
