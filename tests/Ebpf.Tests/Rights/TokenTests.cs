using Ebpf.Errors;
using Ebpf.Linux;
using Ebpf.TestData;
using Ebpf.Tests.Linux;
using Ebpf.Tests.Maps;
using Ebpf.Tokens;

namespace Ebpf.Tests.Rights;

/// <summary>Tokens as far as they can be seen from the initial user namespace.</summary>
public sealed class TokenTests(BpfFileSystemFixture files) : IClassFixture<BpfFileSystemFixture>
{
    [Fact]
    public void Find_InitialNamespace_AsksOnce()
    {
        FaultyKernel kernel = new();
        TokenSearch search = new(kernel) { Environment = () => null };

        Assert.Null(search.Find());
        int calls = kernel.Calls;
        Assert.Null(search.Find());
        Assert.Equal((1, 1), (calls, kernel.Calls));
    }

    [Fact]
    public void Find_OwnNamespace_TriesEveryFileSystem()
    {
        FaultyKernel kernel = InNamespace();
        Errno[] answers = [Errno.EPERM, Errno.ENOENT, Errno.EINVAL, Errno.EOPNOTSUPP];
        int asked = 0;
        kernel.OnBpf = (command, _) => command == BpfCommand.TokenCreate ? answers[asked++] : null;
        kernel.Files["/proc/thread-self/mounts"] = string.Concat(answers.Select((_, i) => $"bpf {files.Root}{new string('/', i)} bpf rw 0 0\n"));
        TokenSearch search = new(kernel) { Environment = () => null };

        Assert.Null(search.Find());
        Assert.Equal((4, 0), (asked, kernel.OpenDescriptors));
    }

    [Fact]
    public void Find_FileSystemThatCannotBeOpened_IsPassedOver()
    {
        FaultyKernel kernel = InNamespace();
        kernel.Files["/proc/thread-self/mounts"] = "bpf /no/such/place bpf rw 0 0\n";

        Assert.Null(new TokenSearch(kernel) { Environment = () => null }.Find());
        Assert.DoesNotContain(BpfCommand.TokenCreate, kernel.Commands);
    }

    [Fact]
    public void Find_VariableIsEmpty_DoesNotLook()
    {
        FaultyKernel kernel = InNamespace();

        Assert.Null(new TokenSearch(kernel) { Environment = () => "" }.Find());
        Assert.Equal(0, kernel.Calls);
    }

    [Fact]
    public void Find_VariableNamesABadPlace_SaysSoEachTime()
    {
        TokenSearch search = new(new FaultyKernel()) { Environment = () => "/no/such/place" };

        Assert.Equal(Errno.ENOENT, Assert.Throws<BpfException>(search.Find).Errno);
        Assert.StartsWith("Make a BPF token of /no/such/place: ENOENT", Assert.Throws<BpfException>(search.Find).Message);
    }

    [Fact]
    public void Create_InitialNamespace_SaysThatNoneIsNeeded()
    {
        Requires.Kernel(6, 9, "BPF tokens");

        Assert.Equal(
            "this process is in the initial user namespace, where capabilities count, and no token does",
            Assert.Throws<BpfException>(() => BpfToken.Create(files.Root)).Advice);
        Assert.Equal(
            "it is not the root of a BPF file system", Assert.Throws<BpfException>(() => BpfToken.Create("/proc")).Advice);
    }

    [Theory]
    [InlineData(Errno.ENOENT, "the file system delegates nothing: mount it with delegate_cmds, delegate_maps, delegate_progs, delegate_attachs")]
    [InlineData(Errno.EPERM, "the file system belongs to another user namespace, or this process lacks CAP_BPF in its own")]
    public void Create_Refused_SaysWhy(Errno answer, string advice)
    {
        FaultyKernel kernel = new() { OnBpf = (command, _) => command == BpfCommand.TokenCreate ? answer : null };

        Assert.Equal(advice, Assert.Throws<BpfException>(() => BpfToken.Create(files.Root, kernel)).Advice);
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void Create_OlderKernel_NamesTheVersion()
    {
        FaultyKernel kernel = Older("6.8.0");
        kernel.OnBpf = (command, _) => command == BpfCommand.TokenCreate ? Errno.EINVAL : null;

        Assert.Equal(
            new Version(6, 9), Assert.Throws<FeatureNotSupportedException>(() => BpfToken.Create(files.Root, kernel)).Since);
    }

    [Fact]
    public void Info_OlderKernel_IsReadFromProc()
    {
        FaultyKernel kernel = new() { OnBpf = (command, _) => command == BpfCommand.ObjectGetInfo ? Errno.EINVAL : null };
        using BpfMap stand = Make.Map(kernel, Make.Spec(MapType.Array));
        using BorrowedDescriptor borrowed = stand.Handle.Borrow();
        string path = $"/proc/thread-self/fdinfo/{borrowed.Descriptor}";
        kernel.Files[path] = "pos:\t0\nallowed_cmds:\t0x40021\nallowed_maps:\tany\nallowed_progs:\t0x40\nallowed_attachs:\t0x0\n";
        TokenInfo info = TokenInfo.Read(stand.Handle);

        Assert.Equal(new TokenInfo { Commands = 0x40021, MapTypes = ulong.MaxValue, ProgramTypes = 0x40 }, info);
        Assert.Equal(
            (true, true, true, false),
            (info.AllowsMapCreation, info.AllowsProgramLoading, info.AllowsBtfLoading, info.AllowsBtfOpening));
        Assert.Equal(
            (true, true, false, false),
            (info.Allows(MapType.Arena), info.Allows(ProgramType.Xdp), info.Allows(ProgramType.Kprobe), info.Allows(AttachType.Xdp)));
        kernel.Files[path] = "allowed_cmds:\tall of them\n";
        Assert.Throws<BpfException>(() => TokenInfo.Read(stand.Handle));
    }

    [Fact]
    public void Refusal_OwnNamespaceOfAnOlderKernel_LeadsOutside()
    {
        FaultyKernel kernel = Older("6.1.0");
        kernel.Files["/proc/thread-self/ns/user"] = "";
        kernel.Files["/proc/thread-self/status"] = "CapEff:\tffffffffffffffff\n";

        Assert.Equal(
            "capabilities in a user namespace do not count for eBPF: run outside of it",
            Refusal.Explain(kernel, "Load", Errno.EPERM).Advice);
    }

    [Fact]
    public void Load_LockedMemoryOfAnOlderKernel_IsNamed()
    {
        FaultyKernel kernel = Older("5.10.0");
        kernel.Files["/proc/thread-self/status"] = "CapEff:\tffffffffffffffff\n";
        kernel.Files["/sys/kernel/security/lockdown"] = null;
        kernel.ResourceLimits[ResourceLimit.LockedMemory] = new() { Current = ResourceLimit.Infinity, Maximum = ResourceLimit.Infinity };
        kernel.OnBpf = (command, _) => command == BpfCommand.ProgramLoad ? Errno.EPERM : null;
        BpfException error = Assert.Throws<BpfException>(
            () => BpfCollection.Load(CollectionSpec.Load(TestData.TestObject.Path("minimal")), new CollectionOptions { Kernel = kernel }));

        Assert.Contains("RLIMIT_MEMLOCK", error.Advice);
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    private static FaultyKernel InNamespace() => new() { Files = { ["/proc/thread-self/ns/user"] = "" } };

    private static FaultyKernel Older(string release) => new()
    {
        Files = { ["/proc/version_signature"] = null, [FaultyKernel.Build] = "", [FaultyKernel.Release] = release },
    };
}
