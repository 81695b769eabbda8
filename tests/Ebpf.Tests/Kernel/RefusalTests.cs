using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Pins;
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

    [Theory]
    [InlineData("Load program \"count_packets\"", ErrorObjectKind.Program, "count_packets")]
    [InlineData("Attach program \"hook\" on tracepoint syscalls/sys_enter_bpf", ErrorObjectKind.Program, "hook")]
    [InlineData("Pin map \"counts\" at /sys/fs/bpf/program \"x\"", ErrorObjectKind.Map, "counts")]
    [InlineData("Look up an element in map \"counts\"", ErrorObjectKind.Map, "counts")]
    [InlineData("Move the pin of map \"counts\" from a to b", ErrorObjectKind.Map, "counts")]
    [InlineData("Set variable \"rate\" of map \".data\"", ErrorObjectKind.Variable, "rate")]
    [InlineData("Open map 17", ErrorObjectKind.Map, null)]
    [InlineData("Load BTF of 3 types", ErrorObjectKind.Btf, null)]
    [InlineData("Make a BPF token of /sys/fs/bpf", ErrorObjectKind.Token, null)]
    [InlineData("List all maps", ErrorObjectKind.None, null)]
    [InlineData("Count the possible CPUs: the map \"x\" is not it", ErrorObjectKind.None, null)]
    [InlineData("Use map \"big\": 5 bytes are too many for program \"x\"", ErrorObjectKind.Map, "big")]
    [InlineData("", ErrorObjectKind.None, null)]
    public void Error_OfAnOperation_TellsKindAndNameOfTheObject(string operation, ErrorObjectKind kind, string? name)
    {
        BpfException fromKernel = Refusal.Explain(Process(0), operation, Errno.EBUSY), own = new(operation);

        Assert.Equal((kind, name), (fromKernel.Kind, fromKernel.ObjectName));
        Assert.Equal((kind, name), (own.Kind, own.ObjectName));
    }

    [Fact]
    public void Errors_OfRealOperations_TellTheObject()
    {
        using BpfMap map = BpfMap.Create(new MapSpec { Name = "counts", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1 });
        BpfException pinned = Assert.ThrowsAny<BpfException>(() => map.Pin("/no/such/place"));
        CollectionSpec spec = new();
        spec.Programs.Add("wrong", new ProgramSpec { Name = "wrong", Type = ProgramType.SocketFilter, Instructions = [Asm.Instruction.Exit()] });
        VerifierException refused = Assert.Throws<VerifierException>(() => BpfCollection.Load(spec));

        Assert.Equal((ErrorObjectKind.Map, "counts"), (pinned.Kind, pinned.ObjectName));
        Assert.Equal((ErrorObjectKind.Program, "wrong"), (refused.Kind, refused.ObjectName));
    }

    [Theory]
    [InlineData("/sys/fs/bpf/counts")]
    [InlineData("/sys/fs/bpf")]
    public void Pinning_WhereNoBpfFileSystemIsMounted_SaysSo(string path)
    {
        FaultyKernel kernel = new() { Magic = 0x62656572 };
        const string advice = "no BPF file system is mounted at /sys/fs/bpf: mount -t bpf bpf /sys/fs/bpf";

        Assert.Equal(advice, PinPlace.AdviceForPinning(kernel, path, Errno.ENOENT));
        Assert.Equal(advice, PinPlace.AdviceForOpening(kernel, path, Errno.ENOENT));
        Assert.Equal("the directory does not exist", PinPlace.AdviceForPinning(kernel, "/no/such/place", Errno.ENOENT));
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
