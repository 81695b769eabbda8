using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Errors;

/// <summary>Turns what the kernel answered into an error that says what to do about it.</summary>
internal static class Refusal
{
    private static readonly Version TokensSince = new(6, 9);

    /// <summary>Makes the error for an operation that failed.</summary>
    /// <param name="kernel">The kernel that refused; asked for the reason of a missing permission.</param>
    /// <param name="operation">What was being done and to what: <c>Load program "count_packets"</c>.</param>
    /// <param name="error">What the kernel answered.</param>
    /// <param name="needed">The privileges that the operation needs.</param>
    /// <param name="advice">What the user can do about it, when the caller knows better.</param>
    public static BpfException Explain(
        LinuxKernel kernel, string operation, Errno error, Privileges needed = Privileges.Bpf, string? advice = null) =>
        new(operation, error, advice ?? AdviceFor(kernel, error, needed));

    /// <summary>
    /// What to do about an error, as far as it does not depend on the operation; <c>null</c> if that is not known.
    /// </summary>
    public static string? AdviceFor(LinuxKernel kernel, Errno error, Privileges needed) => error switch
    {
        Errno.EPERM or Errno.EACCES => Permission(kernel, needed),
        Errno.ENOSYS => "this kernel is built without bpf(2) (CONFIG_BPF_SYSCALL)",
        Errno.EMFILE => "this process has as many open files as it may have (RLIMIT_NOFILE)",
        Errno.ENFILE => "the machine has as many open files as it may have (sysctl fs.file-max)",
        _ => null,
    };

    private static string? Permission(LinuxKernel kernel, Privileges needed)
    {
        if (needed == Privileges.None) return null;
        if (PrivilegeRules.Missing(kernel, needed) is { } missing and not Privileges.None)
            return $"needs {MissingPrivileges(kernel, needed, missing)}{UnprivilegedSetting(kernel, needed)}";
        if (!PrivilegeRules.IsInInitialUserNamespace(kernel)) return NamespaceAdvice(kernel);
        if (Lockdown(kernel) is { } level) return $"the kernel is locked down ({level}), which forbids a part of eBPF";
        if (PrivilegeRules.HasSystemCallFilter(kernel))
            return "this process has the capabilities, but a seccomp filter, which may forbid the system call";
        return null;
    }

    private static string NamespaceAdvice(LinuxKernel kernel)
    {
        const string problem = "capabilities in a user namespace do not count for eBPF";
        if (KernelFacts.Of(kernel).Version < TokensSince)
            return $"{problem}: run outside of it";
        return $"{problem}: run outside of it, or let somebody outside mount a BPF file system for it that delegates "
            + "(delegate_cmds and its like), of which this library makes a BPF token by itself";
    }

    private static string MissingPrivileges(LinuxKernel kernel, Privileges needed, Privileges missing)
    {
        List<string> names = PrivilegeRules.Names(kernel, needed), lacking = PrivilegeRules.Names(kernel, missing);
        string has = (names.Count, lacking.Count) switch
        {
            (1, _) => "this process does not have it",
            (2, 2) => "this process has neither",
            var (all, none) when all == none => "this process has none of them",
            _ => $"this process lacks {Join(lacking)}",
        };
        return $"{Join(names)} ({has})";

        static string Join(List<string> names) =>
            names.Count < 2 ? string.Concat(names) : $"{string.Join(", ", names[..^1])} and {names[^1]}";
    }

    /// <summary>
    /// Without CAP_BPF a few kinds of program and map can be used, where the administrator allows it.
    /// </summary>
    private static string UnprivilegedSetting(LinuxKernel kernel, Privileges needed)
    {
        if (needed != Privileges.Bpf) return "";
        string? setting = kernel.ReadText(KernelPaths.UnprivilegedBpfDisabled)?.Trim();
        return setting is null or "0" ? "" : $"; sysctl kernel.unprivileged_bpf_disabled is {setting}";
    }

    /// <summary>The level that is not "none" in <c>none [integrity] confidentiality</c>.</summary>
    private static string? Lockdown(LinuxKernel kernel)
    {
        string? levels = kernel.ReadText(KernelPaths.Lockdown);
        int start = levels?.IndexOf('[') ?? -1;
        int end = levels?.IndexOf(']') ?? -1;
        if (start < 0 || end < start) return null;
        string level = levels![(start + 1)..end];
        return level == "none" ? null : level;
    }
}
