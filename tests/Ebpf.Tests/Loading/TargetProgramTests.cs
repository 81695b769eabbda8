using Ebpf.Asm;
using Ebpf.Linux;

namespace Ebpf.Tests.Loading;

public sealed class TargetProgramTests : IDisposable
{
    private readonly BpfCollection _target = BpfCollection.Load(One.Spec("attach_targets", "target"));

    public void Dispose() => _target.Dispose();

    [Fact]
    public void Load_ReplacementOfAFunction_IsAcceptedForTheFunctionOfTheTarget()
    {
        Requires.Kernel(5, 6, "freplace");
        Requires.HooksIntoFunctions();
        CollectionFixture.AssertNoDescriptorStays(kernel =>
        {
            using BpfCollection collection = BpfCollection.Load(One.Spec("attach_targets", "replacement"), Into("replacement") with { Kernel = kernel });

            Assert.True(collection.Programs["replacement"].Id > 0);
        });
    }

    [Fact]
    public void Attach_EntryOfAFunctionOfAProgram_RunsWithIt()
    {
        Requires.Kernel(5, 5, "fentry for programs");
        Requires.HooksIntoFunctions();
        CollectionSpec spec = One.Spec("attach_targets", "entry_of_program");
        using BpfCollection collection = BpfCollection.Load(spec, Into("entry_of_program"));

        using (collection.Programs["entry_of_program"].Attach())
            Assert.Equal(7u, _target.Programs["target"].TestRun(new byte[64]));

        Assert.Equal(1ul, CollectionFixture.Read<ulong>(collection, spec.Variables["entered"]));
    }

    [Fact]
    public void Load_FunctionThatTheTargetDoesNotHave_IsNamed() =>
        Assert.StartsWith(
            "Load program \"replacement_of_nothing\" into SchedCls program \"target\": the target has no function \"not_there\"",
            One.Fails<BpfException>(One.Spec("attach_targets", "replacement_of_nothing"), Into("replacement_of_nothing")).Message);

    [Fact]
    public void Load_TargetWithoutBtf_IsRefused()
    {
        CollectionSpec plain = new();
        plain.Programs.Add("plain", new ProgramSpec
        {
            Name = "plain",
            Type = ProgramType.SchedCls,
            License = "GPL",
            Instructions = [Asm.Instruction.Mov(Asm.Register.R0, 0), Asm.Instruction.Exit()],
        });
        using BpfCollection target = BpfCollection.Load(plain);

        BpfException error = One.Fails<BpfException>(
            One.Spec("attach_targets", "replacement"), Into("replacement", target.Programs["plain"]));

        Assert.Equal(
            "Load program \"replacement\" into SchedCls program \"plain\": the target has no BTF: compile it with clang -g, and load it with its BTF",
            error.Message);
    }

    [Theory]
    [InlineData("no_such_program", "CollectionOptions.TargetPrograms[\"no_such_program\"]: the object has no program of this name")]
    [InlineData(
        "iterator",
        "CollectionOptions.TargetPrograms[\"iterator\"]: a Tracing program cannot go into SchedCls program \"target\": one for freplace, fentry, fexit or fsession can")]
    public void Load_TargetForAProgramThatTakesNone_IsRefused(string program, string message) =>
        Assert.Equal(message, One.Fails<ArgumentException>(One.Spec("attach_targets"), Into(program)).Message);

    [Fact]
    public void Load_BtfThatMayNotBeOpened_IsExplained()
    {
        BpfException error = One.Fails<BpfException>(One.Spec("attach_targets", "replacement"), Into("replacement"), kernel =>
        {
            kernel.OnBpf = (command, _) => command == Ebpf.Linux.BpfCommand.BtfGetById ? Errno.EPERM : null;
            kernel.Files["/proc/thread-self/status"] = "Name:\tx\nCapEff:\t000000c000000000\nSeccomp:\t0\n";
        });

        Assert.Equal(Errno.EPERM, error.Errno);
        Assert.EndsWith("EPERM: needs CAP_SYS_ADMIN (this process does not have it)", error.Message);
    }

    private CollectionOptions Into(string program, BpfProgram? target = null) => new()
    {
        TargetPrograms = new Dictionary<string, BpfProgram> { [program] = target ?? _target.Programs["target"] },
    };
}
