using Ebpf.Asm;
using Ebpf.Linux;
using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Programs;

/// <summary>What is said of programs that the kernel refuses without a word, or for want of something elementary.</summary>
public sealed class ProgramRefusalTests
{
    private static InstructionList Nothing => [Instruction.Mov(Register.R0, 0), Instruction.Exit()];

    [Fact]
    public void Load_TypeThatTheKernelLacks_IsNamed()
    {
        FaultyKernel kernel = OldKernel.Refusing((in ProgramLoadAttr program) => program.Type == ProgramType.Netfilter ? Errno.EINVAL : null);
        ProgramSpec program = Of(ProgramType.Netfilter);
        program.AttachType = AttachType.Netfilter;

        AssertLacks(kernel, program, "Netfilter programs", new Version(6, 4));
    }

    [Fact]
    public void Load_TypeThatNoKernelHas_IsNamed() => AssertLacks(new FaultyKernel(), Of((ProgramType)1000), "1000 programs", null);

    [Fact]
    public void Load_AttachTypeThatTheKernelLacks_IsNamed()
    {
        ProgramSpec program = Of(ProgramType.CgroupSockAddr);
        program.AttachType = (AttachType)1000;

        AssertLacks(new FaultyKernel(), program, "attaching to 1000", null);
    }

    [Theory]
    [InlineData(ProgramFlags.Sleepable, "5.10")]
    [InlineData(ProgramFlags.XdpHasFragments, "5.18")]
    public void Load_FlagThatTheKernelLacks_IsNamed(ProgramFlags flag, string since)
    {
        FaultyKernel kernel = OldKernel.Refusing((in ProgramLoadAttr program) => (program.Flags & (uint)flag) != 0 ? Errno.EINVAL : null);
        ProgramSpec program = Of(flag == ProgramFlags.Sleepable ? ProgramType.Kprobe : ProgramType.Xdp);
        program.Flags = flag;

        AssertLacks(kernel, program, $"the program flag {flag}", Version.Parse(since));
    }

    [Fact]
    public void Load_FlagThatNoKernelHas_IsNamed()
    {
        ProgramSpec program = Of(ProgramType.SocketFilter);
        program.Flags = (ProgramFlags)(1 << 30);

        AssertLacks(new FaultyKernel(), program, "the program flag 1073741824", null);
    }

    [Fact]
    public void Load_ProgramThatIsLargeForTheKernel_SaysSo()
    {
        FaultyKernel kernel = OldKernel.Refusing((in ProgramLoadAttr program) => program.InstructionCount > 4096 ? Errno.E2BIG : null);

        AssertLacks(kernel, Large(5000), "programs of more than 4096 instructions", new Version(5, 2));
    }

    [Fact]
    public void Load_ProgramThatIsTooLargeForAnyKernel_SaysSo()
    {
        BpfException error = Assert.Throws<BpfException>(() => Load(new FaultyKernel(), Large(1_000_001)));
        Assert.Equal("Load program \"p\": E2BIG: it has 1,000,001 instructions, and the kernel takes 1,000,000", error.Message);
    }

    [Fact]
    public void Load_ProgramWithoutInstructions_SaysSo()
    {
        ProgramSpec program = Of(ProgramType.SocketFilter);
        program.Instructions = [];

        Assert.Equal("it has no instructions", Assert.Throws<BpfException>(() => Load(new FaultyKernel(), program)).Advice);
    }

    [Theory]
    [InlineData(Errno.EFAULT, "the verifier itself failed, which is a mistake of the kernel's: the kernel's own log (dmesg) has more")]
    [InlineData(Errno.EAGAIN, "the verifier was interrupted by signals, each time that it was tried")]
    [InlineData(Errno.EINTR, "the verifier was interrupted by signals, each time that it was tried")]
    [InlineData(Errno.ENOMEM, "the kernel has not enough memory for it")]
    [InlineData(Errno.ENFILE, "the machine has as many open files as it may have (sysctl fs.file-max)")]
    [InlineData(Errno.ENOTSUPP, "the program needs the JIT compiler, which is off (sysctl net.core.bpf_jit_enable), or cannot compile it")]
    [InlineData(Errno.E2BIG, "it is asked for something that this kernel does not know")]
    [InlineData(Errno.EMFILE, "this process has as many open files as it may have (RLIMIT_NOFILE)")]
    public void Load_ErrorWithoutWords_IsExplained(Errno errno, string advice)
    {
        FaultyKernel kernel = OldKernel.Refusing((in ProgramLoadAttr program) => program.Name.ToString() == "p" ? errno : null);

        BpfException error = Assert.Throws<BpfException>(() => Load(kernel, Of(ProgramType.SocketFilter)));

        Assert.Equal((errno, advice), (error.Errno, error.Advice));
    }

    [Fact]
    public void Load_LockedMemory_IsMentionedWhereItCounts()
    {
        FaultyKernel kernel = OldKernel.Refusing((in ProgramLoadAttr _) => Errno.EPERM, "5.4.0");
        kernel.Files[FaultyKernel.Release] = "5.4.0";
        kernel.Files["/proc/thread-self/status"] = "CapEff:\t000001ffffffffff\nSeccomp:\t0\n";
        kernel.Files["/sys/kernel/security/lockdown"] = "[none] integrity confidentiality\n";
        kernel.ResourceLimits[ResourceLimit.LockedMemory] = new ResourceLimit { Current = ResourceLimit.Infinity, Maximum = ResourceLimit.Infinity };

        BpfException error = Assert.Throws<BpfException>(() => Load(kernel, Of(ProgramType.SocketFilter)));

        Assert.Contains("RLIMIT_MEMLOCK", error.Advice);
    }

    [Fact]
    public void Load_FunctionsThatTheKernelCannotCall_AreNamed()
    {
        FaultyKernel kernel = OldKernel.Refusing((in ProgramLoadAttr program) =>
            CallsFunction(program) ? OldKernel.Say(program, Errno.EINVAL, "unreachable insn 2\n") : null);
        ProgramSpec program = Of(ProgramType.SocketFilter);
        program.Instructions = [Instruction.CallFunction(1), Instruction.Exit(), Instruction.Mov(Register.R0, 0), Instruction.Exit()];

        FeatureNotSupportedException error = AssertLacks(kernel, program, "functions in programs that are called", new Version(4, 16));
        Assert.Equal("unreachable insn 2", Assert.IsType<VerifierException>(error.InnerException).Reason);
    }

    [Fact]
    public void Load_GlobalVariablesThatTheKernelLacks_AreNamed()
    {
        FaultyKernel kernel = OldKernel.Refusing((in ProgramLoadAttr program) =>
            LoadsMapValue(program) ? OldKernel.Say(program, Errno.EINVAL, "0: (18) r1 = 0x0\nunrecognized bpf_ld_imm64 insn\n") : null);
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("probe_reads"));

        FeatureNotSupportedException error = Assert.Throws<FeatureNotSupportedException>(() => BpfCollection.Load(spec, new CollectionOptions { Kernel = kernel }));

        Assert.Equal(("global variables", new Version(5, 2)), (error.Feature, error.Since));
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void Load_MistakeOfTheProgram_StaysTheVerifiers()
    {
        ProgramSpec program = Of(ProgramType.SocketFilter);
        program.Instructions = [Instruction.CallFunction(1), Instruction.Exit(), Instruction.Mov(Register.R0, Register.R9), Instruction.Exit()];

        Assert.Throws<VerifierException>(() => Load(new FaultyKernel(), program));
    }

    [Fact]
    public void Load_TypesRefused_IsMentionedWhereTypesAreMissed()
    {
        FaultyKernel kernel = new() { OnBpf = (command, _) => command == BpfCommand.BtfLoad ? Errno.EINVAL : null };
        CollectionSpec locked = CollectionSpec.Load(TestObject.Path("locked")), rejected = CollectionSpec.Load(TestObject.Path("minimal"));
        rejected.Programs["drop"].Instructions = [Instruction.Mov(Register.R0, Register.R9), Instruction.Exit()];

        VerifierException missed = Assert.Throws<VerifierException>(() => BpfCollection.Load(locked, new CollectionOptions { Kernel = kernel }));
        VerifierException other = Assert.Throws<VerifierException>(() => BpfCollection.Load(rejected, new CollectionOptions { Kernel = kernel }));

        Assert.Contains("the kernel refused the object's BTF, which the program may need: Load BTF of ", missed.Message);
        Assert.DoesNotContain("refused the object's BTF", other.Message);
    }

    [Fact]
    public void Load_TypesRefused_IsMentionedOfMapsThatNeedThem()
    {
        FaultyKernel kernel = new() { OnBpf = (command, _) => command == BpfCommand.BtfLoad ? Errno.EINVAL : null };
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("map_objects"));
        foreach (MapSpec map in spec.Maps.Values) map.AutoCreate = map.Type == MapType.SkStorage;

        BpfException error = Assert.Throws<BpfException>(() => BpfCollection.Load(spec, new CollectionOptions { Kernel = kernel }));

        Assert.Contains("this kind of map needs BTF; the kernel refused the object's BTF: Load BTF of ", error.Message);
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void Load_TypesRefused_TablesOfFunctionsGoWithout()
    {
        StructOpsFixture fixture = new("plain");
        FaultyKernel kernel = new() { OnBpf = RefuseLarge };
        ListLogger logger = new();

        using (BpfCollection collection = BpfCollection.Load(fixture.Spec, new CollectionOptions { Logger = logger, Kernel = kernel }))
        using (collection.Maps["plain"].AsStructOps().Attach())
        {
            fixture.Connect();
            Assert.Equal(1u, collection.Variables["inits"].Get<uint>());
        }

        Assert.Contains(logger.Messages, message => message.StartsWith("Warning: Maps and programs are loaded without BTF", StringComparison.Ordinal));
        Assert.Equal(0, kernel.OpenDescriptors);

        static unsafe Errno? RefuseLarge(BpfCommand command, nint attr) =>
            command == BpfCommand.BtfLoad && ((BtfLoadAttr*)attr)->Size > 200 ? Errno.EINVAL : null;
    }

    private static ProgramSpec Of(ProgramType type) => new() { Name = "p", Type = type, License = "GPL", Instructions = Nothing };

    private static ProgramSpec Large(int count)
    {
        InstructionList code = new(count);
        for (int i = 1; i < count; i++) code.Add(Instruction.Mov(Register.R0, 0));
        code.Add(Instruction.Exit());
        ProgramSpec program = Of(ProgramType.SocketFilter);
        program.Instructions = code;
        return program;
    }

    private static BpfCollection Load(FaultyKernel kernel, ProgramSpec program)
    {
        CollectionSpec spec = new();
        spec.Programs.Add(program.Name, program);
        return BpfCollection.Load(spec, new CollectionOptions { Kernel = kernel });
    }

    private static FeatureNotSupportedException AssertLacks(FaultyKernel kernel, ProgramSpec program, string feature, Version? since)
    {
        FeatureNotSupportedException error = Assert.Throws<FeatureNotSupportedException>(() => Load(kernel, program));
        Assert.Equal((feature, since), (error.Feature, error.Since));
        Assert.Equal(0, kernel.OpenDescriptors);
        return error;
    }

    private static unsafe bool CallsFunction(in ProgramLoadAttr program)
    {
        foreach (ulong word in new ReadOnlySpan<ulong>(program.Instructions, (int)program.InstructionCount))
        {
            if ((word & 0xffff) == 0x1085) return true;
        }

        return false;
    }

    private static unsafe bool LoadsMapValue(in ProgramLoadAttr program)
    {
        foreach (ulong word in new ReadOnlySpan<ulong>(program.Instructions, (int)program.InstructionCount))
        {
            if ((word & 0xff) == 0x18 && ((word >> 12) & 0xf) == 2) return true;
        }

        return false;
    }
}
