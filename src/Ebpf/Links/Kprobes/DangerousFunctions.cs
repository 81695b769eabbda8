namespace Ebpf.Links.Kprobes;

/// <summary>
/// Functions that a pattern does not mean unless it is said: a program on each of them has hung machines, or sees nothing but itself.
/// </summary>
/// <remarks>
/// The functions that the kernel's own tests of such links leave out (tools/testing/selftests/bpf/trace_helpers.c): those of idle CPUs and of
/// read-copy-update, which the probing itself uses, and what runs around every BPF program.
/// </remarks>
internal static class DangerousFunctions
{
    private static readonly HashSet<string> Names = new(StringComparer.Ordinal)
    {
        "arch_cpu_idle", "default_idle", "default_idle_call", "migrate_disable", "migrate_enable", "preempt_count_add", "preempt_count_sub",
        "__rcu_read_lock", "__rcu_read_unlock", "__rcu_is_watching",
    };

    private static readonly string[] Beginnings = ["rcu_", "bpf_dispatcher_", "__bpf_prog_enter", "__bpf_prog_exit", "__bpf_tramp_"];

    /// <summary>Whether a function is one of them.</summary>
    public static bool Contains(string name) =>
        Names.Contains(name) || Array.Exists(Beginnings, beginning => name.StartsWith(beginning, StringComparison.Ordinal));
}
