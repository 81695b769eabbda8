using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Kernel;

public sealed class RefusalTests
{
    [Theory]
    [InlineData(0ul, ProgramType.Xdp, "needs CAP_BPF and CAP_NET_ADMIN (this process has neither)")]
    [InlineData(1ul << 39, ProgramType.Xdp, "needs CAP_BPF and CAP_NET_ADMIN (this process lacks CAP_NET_ADMIN)")]
    [InlineData(1ul << 12, ProgramType.Kprobe, "needs CAP_BPF and CAP_PERFMON (this process has neither)")]
    [InlineData(
        0ul, ProgramType.SocketFilter,
        "needs CAP_BPF (this process does not have it); sysctl kernel.unprivileged_bpf_disabled is 2")]
    [InlineData(0ul, ProgramType.Ext, "needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN (this process has none of them)")]
    public void MissingCapability_IsNamed(ulong capabilities, ProgramType type, string advice)
    {
        BpfException error = Refusal.Explain(
            Process(capabilities), "Load program \"count_packets\"", Errno.EPERM, PrivilegeRules.NeededFor(type));

        Assert.Equal($"Load program \"count_packets\": EPERM: {advice}", error.Message);
    }

    [Fact]
    public void MissingCapability_BeforeTheyWereSplit_IsSysAdmin()
    {
        FaultyKernel kernel = Process(0);
        kernel.Files[FaultyKernel.Release] = "5.4.0";

        Assert.StartsWith(
            "needs CAP_NET_ADMIN and CAP_SYS_ADMIN (this process has neither)",
            Refusal.Explain(kernel, "Load", Errno.EPERM, PrivilegeRules.NeededFor(ProgramType.Xdp)).Advice);
    }

    [Fact]
    public void SysAdmin_StandsForAll() =>
        Assert.Null(Refusal.Explain(Process(1ul << 21), "Load", Errno.EPERM, Privileges.Bpf | Privileges.NetAdmin).Advice);

    [Fact]
    public void AllCapabilities_OtherReasonsAreLookedFor()
    {
        FaultyKernel contained = Process(ulong.MaxValue), locked = Process(ulong.MaxValue), filtered = Process(ulong.MaxValue);
        contained.Files["/proc/thread-self/ns/user"] = "";
        locked.Files["/sys/kernel/security/lockdown"] = "none integrity [confidentiality]\n";
        filtered.Files["/proc/thread-self/status"] += "Seccomp:\t2\n";

        Assert.Contains("user namespace", Advice(contained));
        Assert.Contains("locked down (confidentiality)", Advice(locked));
        Assert.Contains("seccomp", Advice(filtered));
        Assert.Null(Advice(Process(ulong.MaxValue)));

        static string? Advice(FaultyKernel kernel) => Refusal.Explain(kernel, "Load", Errno.EPERM).Advice;
    }

    [Fact]
    public void UnreadableStatus_ClaimsNothing()
    {
        FaultyKernel kernel = Process(0);
        kernel.Files["/proc/thread-self/status"] = null;

        Assert.Null(Refusal.Explain(kernel, "Load", Errno.EPERM).Advice);
    }

    [Fact]
    public void OtherErrors_HaveAdviceWhereThereIsSome()
    {
        Assert.Contains("RLIMIT_NOFILE", Refusal.Explain(Process(0), "Load", Errno.EMFILE).Advice);
        Assert.Contains("CONFIG_BPF_SYSCALL", Refusal.Explain(Process(0), "Load", Errno.ENOSYS).Advice);
        Assert.Null(Refusal.Explain(Process(0), "Load", Errno.EIO).Advice);
        Assert.Equal("own", Refusal.Explain(Process(0), "Load", Errno.EPERM, Privileges.Bpf, "own").Advice);
    }

    private static FaultyKernel Process(ulong capabilities) => new()
    {
        Files =
        {
            ["/proc/thread-self/status"] = $"Name:\tdotnet\nCapEff:\t{capabilities:x16}\n",
            ["/proc/sys/kernel/unprivileged_bpf_disabled"] = "2\n",
            ["/sys/kernel/security/lockdown"] = null,
            ["/proc/version_signature"] = null,
            [FaultyKernel.Build] = "#1 SMP",
            [FaultyKernel.Release] = "6.12.0",
        },
    };
}
