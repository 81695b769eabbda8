using System.Globalization;

namespace Ebpf.Linux;

/// <summary>The files and directories of /proc and /sys that this library reads, and where file systems are mounted by convention.</summary>
/// <remarks>
/// Those of /proc are the calling thread's, not the process's, which are the main thread's: capabilities, namespaces and, after
/// unshare(2), descriptors and mounts belong to threads. Properties, since a constant would be copied into the types that use it.
/// </remarks>
internal static class KernelPaths
{
    /// <summary>Gets the symbols of the kernel and of its modules, with their addresses.</summary>
    public static string Symbols => "/proc/kallsyms";

    /// <summary>Gets the configuration from which the kernel was built (CONFIG_IKCONFIG_PROC).</summary>
    public static string Config => "/proc/config.gz";

    /// <summary>Gets the upstream version of an Ubuntu kernel.</summary>
    public static string UbuntuVersion => "/proc/version_signature";

    /// <summary>Gets what the kernel tells about this thread, a name, a colon and a value on each line.</summary>
    public static string ThreadStatus => "/proc/thread-self/status";

    /// <summary>Gets the user namespace of this thread.</summary>
    public static string UserNamespace => "/proc/thread-self/ns/user";

    /// <summary>Gets the network namespace of this thread.</summary>
    public static string ThreadNetworkNamespace => "/proc/thread-self/ns/net";

    /// <summary>Gets the mounted file systems that this thread sees.</summary>
    public static string Mounts => "/proc/thread-self/mounts";

    /// <summary>Gets sysctl kernel.unprivileged_bpf_disabled.</summary>
    public static string UnprivilegedBpfDisabled => "/proc/sys/kernel/unprivileged_bpf_disabled";

    /// <summary>Gets sysctl kernel.kptr_restrict.</summary>
    public static string KernelPointerRestriction => "/proc/sys/kernel/kptr_restrict";

    /// <summary>Gets sysctl kernel.perf_event_max_stack.</summary>
    public static string MaxStackDepth => "/proc/sys/kernel/perf_event_max_stack";

    /// <summary>Gets sysctl net.core.bpf_jit_harden.</summary>
    public static string JitHardening => "/proc/sys/net/core/bpf_jit_harden";

    /// <summary>Gets the level of lockdown: <c>none [integrity] confidentiality</c>.</summary>
    public static string Lockdown => "/sys/kernel/security/lockdown";

    /// <summary>Gets the parameters with which the kernel was started.</summary>
    public static string CommandLine => "/proc/cmdline";

    /// <summary>Gets the security modules that the kernel calls, in order: <c>lockdown,capability,bpf</c>.</summary>
    public static string SecurityModules => "/sys/kernel/security/lsm";

    /// <summary>Gets the directory that holds the BTF of the kernel and of its modules.</summary>
    public static string Btf => "/sys/kernel/btf";

    /// <summary>Gets the CPUs that the machine can ever have.</summary>
    public static string PossibleCpus => "/sys/devices/system/cpu/possible";

    /// <summary>Gets the directory that holds a directory for each NUMA node.</summary>
    public static string NumaNodes => "/sys/devices/system/node";

    /// <summary>Gets the CPUs that run now.</summary>
    public static string OnlineCpus => "/sys/devices/system/cpu/online";

    /// <summary>Gets sysctl kernel.perf_event_paranoid.</summary>
    public static string PerfEventParanoia => "/proc/sys/kernel/perf_event_paranoid";

    /// <summary>Gets sysctl kernel.perf_event_max_sample_rate, which the kernel lowers by itself.</summary>
    public static string MaxSampleRate => "/proc/sys/kernel/perf_event_max_sample_rate";

    /// <summary>Gets the number of the perf events that are kprobes.</summary>
    public static string KprobeEventType => EventSource("kprobe") + "/type";

    /// <summary>Gets the functions that must not be probed, an address range and a name on each line; in debugfs.</summary>
    public static string KprobeBlacklist => "/sys/kernel/debug/kprobes/blacklist";

    /// <summary>Gets what the kernel tells about this process, in one line.</summary>
    public static string ProcessStat => "/proc/self/stat";

    /// <summary>Gets the PID namespace of this thread.</summary>
    public static string PidNamespace => "/proc/thread-self/ns/pid";

    /// <summary>Gets where the BPF file system is mounted by convention.</summary>
    public static string BpfFileSystem => "/sys/fs/bpf";

    /// <summary>Gets where tracefs is mounted by convention.</summary>
    public static string TraceFileSystem => "/sys/kernel/tracing";

    /// <summary>Gets where older systems have tracefs: in debugfs, where the kernel mounts it by itself.</summary>
    public static string TraceFileSystemInDebug => "/sys/kernel/debug/tracing";

    /// <summary>The directory of a kind of perf events (a PMU): its number (<c>type</c>), and where its parameters go (<c>format</c>).</summary>
    public static string EventSource(string name) => $"/sys/bus/event_source/devices/{name}";

    /// <summary>The directory of a module that is loaded, or is built in and has parameters.</summary>
    public static string Module(string name) => $"/sys/module/{name}";

    /// <summary>What the kernel tells about a process, in one line.</summary>
    public static string StatOf(int process) => string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat");

    /// <summary>The directory that holds a directory for each thread of a process.</summary>
    public static string ThreadsOf(int process) => string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task");

    /// <summary>What a descriptor of this thread is open for: a symbolic link that leads there whatever its path is by now.</summary>
    public static string OwnDescriptor(int descriptor) =>
        string.Create(CultureInfo.InvariantCulture, $"/proc/thread-self/fd/{descriptor}");

    /// <summary>The network namespace of a process or thread.</summary>
    public static string NetworkNamespaceOf(int process) => string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/ns/net");

    /// <summary>Where <c>ip netns</c> keeps a network namespace.</summary>
    public static string NamedNetworkNamespace(string name) => $"/run/netns/{name}";

    /// <summary>What the kernel tells about a descriptor of this thread.</summary>
    public static string DescriptorInfo(int descriptor) =>
        string.Create(CultureInfo.InvariantCulture, $"/proc/thread-self/fdinfo/{descriptor}");

    /// <summary>A file that this thread has open, which leads to the file itself wherever that is, also if it was deleted.</summary>
    public static string OpenFile(int descriptor) => string.Create(CultureInfo.InvariantCulture, $"/proc/thread-self/fd/{descriptor}");

    /// <summary>The root directory of a process.</summary>
    public static string RootOf(int process) => string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/root");

    /// <summary>The program that a process runs.</summary>
    public static string ProgramOf(int process) => string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/exe");

    /// <summary>What a process has in its memory, a mapping on each line.</summary>
    public static string MappingsOf(int process) => string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/maps");

    /// <summary>A file that a process has in its memory, which leads to the file itself, also if it was deleted.</summary>
    public static string MappedFile(int process, ulong start, ulong end) =>
        string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/map_files/{start:x}-{end:x}");

    /// <summary>The environment with which the program of a process was started.</summary>
    public static string EnvironmentOf(int process) => string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/environ");

    /// <summary>What the kernel tells about a process, a name, a colon and a value on each line.</summary>
    public static string StatusOf(int process) => string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/status");

    /// <summary>Gets the directory that holds a directory for each process.</summary>
    public static string Processes => "/proc";
}
