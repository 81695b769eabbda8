using System.Globalization;
using System.Runtime.InteropServices;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Links;
using Ebpf.Links.Tracing;
using Ebpf.Linux;

namespace Ebpf;

/// <summary>
/// What an iterator walks over, where there is a choice: the elements of a map, a part of the tree of cgroups, the threads of one process.
/// </summary>
/// <remarks>A value that can be used any number of times. Nothing is looked up before a program is attached.</remarks>
public abstract class IteratorScope
{
    private readonly string _name;

    private IteratorScope(string name) => _name = name;

    /// <summary>
    /// Creates the scope of the elements of a map, for <c>iter/bpf_map_elem</c> (hash tables, arrays, also per CPU),
    /// <c>iter/bpf_sk_storage_map</c> and <c>iter/sockmap</c>. Since Linux 5.9.
    /// </summary>
    /// <param name="map">The map; it must be open when the program is attached, and lives at least as long as the link.</param>
    public static IteratorScope Elements(BpfMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        return new MapScope(map);
    }

    /// <summary>Creates the scope of a cgroup and those below or above it, for <c>iter/cgroup</c>. Since Linux 6.1.</summary>
    /// <param name="path">The directory of the cgroup; of version 1 too since Linux 6.2.</param>
    /// <param name="order">Which cgroups, in which order.</param>
    public static IteratorScope Cgroup(string path, CgroupIterationOrder order = CgroupIterationOrder.DescendantsPre)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new CgroupScope($"cgroup {path}", path, null, 0, order);
    }

    /// <inheritdoc cref="Cgroup(string, CgroupIterationOrder)"/>
    /// <param name="cgroup">What owns a descriptor of the directory of the cgroup; it stays the caller's.</param>
    /// <param name="order">Which cgroups, in which order.</param>
    public static IteratorScope Cgroup(SafeHandle cgroup, CgroupIterationOrder order = CgroupIterationOrder.DescendantsPre)
    {
        ArgumentNullException.ThrowIfNull(cgroup);
        return new CgroupScope("a cgroup", null, cgroup, 0, order);
    }

    /// <inheritdoc cref="Cgroup(string, CgroupIterationOrder)"/>
    /// <param name="id">The id of the cgroup (version 2): the number of the inode of its directory.</param>
    /// <param name="order">Which cgroups, in which order.</param>
    public static IteratorScope Cgroup(ulong id, CgroupIterationOrder order = CgroupIterationOrder.DescendantsPre)
    {
        ArgumentOutOfRangeException.ThrowIfZero(id);
        return new CgroupScope(string.Create(CultureInfo.InvariantCulture, $"cgroup {id}"), null, null, id, order);
    }

    /// <summary>
    /// Creates the scope of all cgroups (version 2), from the root of the cgroup namespace of the thread that attaches. What
    /// <c>iter/cgroup</c> walks over if nothing is said.
    /// </summary>
    /// <param name="order">In which order.</param>
    public static IteratorScope AllCgroups(CgroupIterationOrder order = CgroupIterationOrder.DescendantsPre) =>
        new CgroupScope("all cgroups", null, null, 0, order);

    /// <summary>
    /// Creates the scope of one thread, for <c>iter/task</c>, and of what belongs to it, for <c>iter/task_file</c> and
    /// <c>iter/task_vma</c>. Since Linux 6.1. If there is none when it is read, nothing is read.
    /// </summary>
    /// <param name="id">The number of the thread in the process namespace of the thread that attaches.</param>
    public static IteratorScope Thread(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(id);
        return new TaskScope(string.Create(CultureInfo.InvariantCulture, $"thread {id}"), id, 0, null);
    }

    /// <summary>
    /// Creates the scope of all threads of a process, for <c>iter/task</c>, and of its files and memory areas, for <c>iter/task_file</c> and
    /// <c>iter/task_vma</c>. Since Linux 6.1. If there is none when it is read, nothing is read.
    /// </summary>
    /// <param name="id">The number of the process in the process namespace of the thread that attaches.</param>
    public static IteratorScope Process(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(id);
        return new TaskScope(string.Create(CultureInfo.InvariantCulture, $"process {id}"), 0, id, null);
    }

    /// <inheritdoc cref="Process(int)"/>
    /// <param name="process">
    /// What owns a descriptor of the process, of pidfd_open(2), so that no other process can have got its number meanwhile; it stays the
    /// caller's.
    /// </param>
    public static IteratorScope Process(SafeHandle process)
    {
        ArgumentNullException.ThrowIfNull(process);
        return new TaskScope("a process", 0, 0, process);
    }

    /// <summary>Returns the scope in words: <c>process 1</c>.</summary>
    public override string ToString() => _name;

    /// <summary>Attaches a program with it.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="operation">What is being done, for messages.</param>
    /// <param name="attach">Attaches, while all descriptors in what it is given are open.</param>
    /// <param name="error">The error of the call that failed.</param>
    internal abstract BpfHandle? Use(LinuxKernel kernel, string operation, IteratorAttach attach, out Errno error);

    /// <summary>What an error of the kernel means for this scope; <c>null</c> if nothing special.</summary>
    internal abstract Verdict Judge(LinuxKernel kernel, Errno error);

    private sealed class MapScope(BpfMap map) : IteratorScope($"map \"{map.Name}\"")
    {
        internal override BpfHandle? Use(LinuxKernel kernel, string operation, IteratorAttach attach, out Errno error)
        {
            using BorrowedDescriptor borrowed = map.Handle.Borrow();
            return attach(new IteratorParameters { Map = borrowed.Descriptor }, sizeof(int), out error);
        }

        internal override Verdict Judge(LinuxKernel kernel, Errno error) => error switch
        {
            Errno.EACCES => Verdict.Explain(
                $"the program reads more of keys or values than they have ({map.KeySize} and {map.ValueSize} bytes), or writes to a map that is read-only to it"),
            Errno.EINVAL => Verdict.Explain($"the program does not walk over maps, or not over {map.Type} maps"),
            Errno.EPERM => Verdict.Explain(map.Types is null ? null : "the map may be for one program alone, or the process lacks the privileges"),
            _ => Verdict.Stop,
        };
    }

    private sealed class CgroupScope(string name, string? path, SafeHandle? cgroup, ulong id, CgroupIterationOrder order) : IteratorScope(name)
    {
        private readonly CgroupIterationOrder _order = order is >= CgroupIterationOrder.SelfOnly and <= CgroupIterationOrder.Children
            ? order
            : throw new ArgumentOutOfRangeException(nameof(order), order, $"There is no such {nameof(CgroupIterationOrder)}.");

        internal override BpfHandle? Use(LinuxKernel kernel, string operation, IteratorAttach attach, out Errno error)
        {
            IteratorParameters info = new() { CgroupOrder = (uint)_order, CgroupId = id };
            if (path is null)
            {
                using BorrowedDescriptor borrowed = cgroup.Borrow();
                info.Cgroup = borrowed.Descriptor;
                return attach(info, 16, out error);
            }

            CallResult opened = kernel.Open(path, OpenMode.Directory | OpenMode.PathOnly);
            if (opened.Failed)
            {
                throw Refusal.Explain(
                    kernel, operation, opened.Error, Privileges.None, opened.Error is Errno.ENOENT or Errno.ENOTDIR ? "there is no such directory" : null);
            }

            using PassingDescriptor directory = new(kernel, opened.Value);
            info.Cgroup = directory.Descriptor;
            return attach(info, 16, out error);
        }

        internal override Verdict Judge(LinuxKernel kernel, Errno error) => error switch
        {
            Errno.EBADF => Verdict.Explain("it is no cgroup"),
            Errno.ENOENT => Verdict.Explain("there is no such cgroup any more"),
            Errno.EINVAL when _order == CgroupIterationOrder.Children =>
                Verdict.Explain($"the program does not walk over cgroups, or the kernel does not know the order {_order}"),
            Errno.EINVAL => Verdict.Explain("the program does not walk over cgroups, or the kernel cannot choose among them (Linux 6.1)"),
            Errno.E2BIG => Verdict.Lacks("iterators over a part of the cgroups", new Version(6, 1)),
            _ => Verdict.Stop,
        };
    }

    private sealed class TaskScope(string name, int thread, int processId, SafeHandle? process) : IteratorScope(name)
    {
        internal override BpfHandle? Use(LinuxKernel kernel, string operation, IteratorAttach attach, out Errno error)
        {
            using BorrowedDescriptor borrowed = process.Borrow();
            return attach(
                new IteratorParameters { Thread = (uint)thread, Process = (uint)processId, ProcessDescriptor = borrowed.Descriptor }, 12, out error);
        }

        internal override Verdict Judge(LinuxKernel kernel, Errno error) => error switch
        {
            Errno.ESRCH => Verdict.Explain("the process has ended"),
            Errno.EBADF => Verdict.Explain("the descriptor is of no process (pidfd_open)"),
            Errno.E2BIG => Verdict.Lacks("iterators over one process", new Version(6, 1)),
            Errno.EINVAL => Verdict.Explain("the program does not walk over tasks, or the kernel cannot choose among them (Linux 6.1)"),
            _ => Verdict.Stop,
        };
    }
}

/// <summary>Which cgroups an iterator walks over, from one of them, in which order (<c>enum bpf_cgroup_iter_order</c>).</summary>
public enum CgroupIterationOrder
{
    /// <summary>Only the cgroup itself.</summary>
    SelfOnly = 1,

    /// <summary>The cgroup and all below it, each before those below it.</summary>
    DescendantsPre = 2,

    /// <summary>The cgroup and all below it, each after those below it.</summary>
    DescendantsPost = 3,

    /// <summary>The cgroup and all above it, up to the root.</summary>
    AncestorsUp = 4,

    /// <summary>Those directly below the cgroup; not known to Linux 6.18.</summary>
    Children = 5,
}
