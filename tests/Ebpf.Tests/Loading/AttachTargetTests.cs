using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Linux;
using Ebpf.Sections;
using Ebpf.Tests.Kernel;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Loading;

public sealed unsafe class AttachTargetTests
{
    [Theory]
    [InlineData("entry", "bpf_fentry_test1")]
    [InlineData("leaving", "bpf_fentry_test1")]
    [InlineData("modifying", "bpf_modify_return_test")]
    [InlineData("on_both", "bpf_fentry_test1")]
    [InlineData("hook", "bpf_lsm_file_open")]
    [InlineData("group_hook", "bpf_lsm_socket_bind")]
    [InlineData("iterator", "bpf_iter_task")]
    [InlineData("tracepoint", "btf_trace_sched_switch")]
    public void Load_Target_IsTheOneOfTheKernelsTypes(string program, string symbol)
    {
        BtfType[] known = [.. KernelBtf.GetTypes().Named(symbol).Where(type => type is FunctionType or TypedefType)];
        Assert.SkipWhen(known.Length == 0, $"this kernel has no {symbol}");

        (uint id, int owner) = TargetOf(One.Spec("attach_targets", program));

        Assert.Equal((known[0].Id.Value, 0), (id, owner));
    }

    [Theory]
    [InlineData("on_many")]
    [InlineData("on_many_probes")]
    public void Load_ProgramForManyFunctions_IsBoundToNone(string program) =>
        Assert.Equal((0u, 0), TargetOf(One.Spec("attach_targets", program)));

    [Theory]
    [InlineData("on_any", "it does not say for which function: name the section like SEC(\"fentry/do_unlinkat\"), or set ProgramSpec.AttachTo")]
    [InlineData("on_nothing", "this kernel has no function \"no_such_function_anywhere\"")]
    [InlineData(
        "on_missing_module", "no module \"no_such_module\" is loaded, or it has no BTF (CONFIG_DEBUG_INFO_BTF_MODULES, Linux 5.11)")]
    [InlineData("missing_hook", "this kernel has no LSM hook \"file_opem\"; similar: file_open")]
    [InlineData("missing_iterator", "this kernel has no iterator \"tasks\"; similar: task")]
    [InlineData(
        "replacement",
        "it replaces a function of another program, and it is not said of which: CollectionOptions.TargetPrograms[\"replacement\"]")]
    public void Load_TargetThatIsNotThere_IsNamed(string program, string problem) =>
        Assert.StartsWith(
            $"Load program \"{program}\": {problem}", One.Fails<BpfException>(One.Spec("attach_targets", program)).Message);

    [Fact]
    public void Load_KernelWithoutSecurityModulesOfBpf_SaysSo()
    {
        using Kernel.BtfDirectory types = new();
        FeatureNotSupportedException error = Assert.Throws<FeatureNotSupportedException>(
            () => BpfCollection.Load(One.Spec("attach_targets", "hook"), new CollectionOptions { Kernel = types.Kernel }));

        Assert.Equal(
            "Load program \"hook\": this kernel lacks BPF programs as security modules (CONFIG_BPF_LSM) (Linux 5.7 has it)", error.Message);
    }

    [Fact]
    public void Load_TargetOfAProgramThatComesFromNoSection_IsWhatIsToBeAttachedTo()
    {
        CollectionSpec spec = new();
        ProgramSpec program = new()
        {
            Name = "by_hand",
            Type = ProgramType.Tracing,
            AttachType = AttachType.TraceFentry,
            AttachTo = "vmlinux:bpf_fentry_test1",
            License = "GPL",
            Instructions = [Asm.Instruction.Mov(Asm.Register.R0, 0), Asm.Instruction.Exit()],
        };
        spec.Programs.Add("by_hand", program);

        Assert.Equal((KernelBtf.GetTypes().Get<FunctionType>("bpf_fentry_test1").Id.Value, 0), TargetOf(spec));

        program.AttachTo = null;
        Assert.StartsWith(
            "Load program \"by_hand\": it does not say for which function", One.Fails<BpfException>(spec).Message);
    }

    [Theory]
    [InlineData("entry", "entered", 1, 5, 5)]
    [InlineData("leaving", "left", 2, 5, 5)]
    [InlineData("modifying", "modified", 1, 6, 3)]
    public void Attach_ToAFunctionThatTheTrialRunCalls_Runs(string program, string variable, ulong value, int major, int minor)
    {
        Requires.Kernel(major, minor, program);
        Requires.HooksIntoFunctions();
        CollectionSpec spec = One.Spec("attach_targets", program);
        using BpfCollection collection = BpfCollection.Load(spec);

        using (collection.Programs[program].Attach()) collection.Programs[program].TestRun(new TestRunOptions());

        Assert.Equal(value, CollectionFixture.Read<ulong>(collection, spec.Variables[variable]));
    }

    [Fact]
    public void Attach_ToBothEndsOfAFunction_RunsAtBoth()
    {
        Requires.Kernel(7, 0, "fsession");
        CollectionSpec spec = One.Spec("attach_targets", "on_both");
        using BpfCollection collection = BpfCollection.Load(spec);

        using (collection.Programs["on_both"].Attach()) collection.Programs["on_both"].TestRun(new TestRunOptions());

        Assert.Equal(2ul, CollectionFixture.Read<ulong>(collection, spec.Variables["session"]));
    }

    [Theory]
    [InlineData("hook", 5, 7)]
    [InlineData("group_hook", 6, 0)]
    [InlineData("iterator", 5, 8)]
    [InlineData("tracepoint", 5, 5)]
    public void Load_ProgramForATargetOfTheKernel_IsAccepted(string program, int major, int minor)
    {
        Requires.Kernel(major, minor, program);
        if (program.EndsWith("hook", StringComparison.Ordinal)) Requires.HooksIntoFunctions();
        using BpfCollection collection = BpfCollection.Load(One.Spec("attach_targets", program));

        Assert.True(collection.Programs[program].Id > 0);
    }

    [Fact]
    public void Load_FunctionOfAModule_IsFound_WithTheNameOfTheModuleAndWithout()
    {
        Requires.Kernel(5, 12, "fentry for functions of modules");
        Requires.HooksIntoFunctions();
        (string Module, string Function)? found = Modules.TraceableFunction();
        Assert.SkipWhen(found is null, "no module with types is loaded");
        CollectionSpec spec = One.Spec("attach_targets", "on_any");
        foreach (string target in (string[])[found.Value.Function, $"{found.Value.Module}:{found.Value.Function}"])
        {
            spec.Programs["on_any"].AttachTo = target;
            CollectionFixture.AssertNoDescriptorStays(kernel =>
            {
                using BpfCollection collection = BpfCollection.Load(spec, new CollectionOptions { Kernel = kernel });
                Assert.True(collection.Programs["on_any"].Id > 0);
            });
        }

        spec.Programs["on_any"].AttachTo = $"vmlinux:{found.Value.Function}";
        Assert.StartsWith($"Load program \"on_any\": this kernel has no function \"{found.Value.Function}\"", One.Fails<BpfException>(spec).Message);
    }

    [Fact]
    public void Load_EveryKindOfSection_IsBoundIfLibbpfBindsIt()
    {
        foreach (SectionRule rule in SectionTable.Rules)
        {
            if (rule.ProgramType == ProgramType.StructOps) continue;
            CollectionSpec spec = new();
            spec.Programs.Add("bare", new ProgramSpec
            {
                Name = "bare",
                Type = rule.ProgramType,
                AttachType = rule.AttachType,
                License = "GPL",
                Instructions = [Asm.Instruction.Mov(Asm.Register.R0, 0), Asm.Instruction.Exit()],
            });
            if (rule.Flags.HasFlag(SectionFlags.AttachBtf))
            {
                string message = One.Fails<BpfException>(spec).Message;
                Assert.True(message.Contains("it does not say for which", StringComparison.Ordinal) || rule.ProgramType == ProgramType.Ext, message);
            }
            else
            {
                Assert.Equal((0u, 0), TargetOf(spec));
            }
        }
    }

    [Fact]
    public void AttachTypes_AllButThoseOfMapsAndLinks_HaveASection()
    {
        // The first is the member of a struct_ops map; the second is what kprobes, uprobes and tracepoints are attached with.
        AttachType[] without = [AttachType.StructOps, AttachType.PerfEvent];

        Assert.Equal(
            Enum.GetValues<AttachType>().Except(without).Order(),
            SectionTable.Rules.Select(rule => rule.AttachType).OfType<AttachType>().Distinct().Order());
    }

    /// <summary>What the kernel is told of the target; the loading itself is refused.</summary>
    private static (uint Id, int Owner) TargetOf(CollectionSpec spec)
    {
        (uint, int) told = default;
        FaultyKernel kernel = new()
        {
            OnBpf = (command, attr) =>
            {
                if (command != BpfCommand.ProgramLoad) return null;
                ProgramLoadAttr* load = (ProgramLoadAttr*)attr;
                told = (load->AttachBtfId, load->AttachTarget);
                return Errno.EBUSY;
            },
        };
        Assert.Contains("EBUSY", Assert.ThrowsAny<BpfException>(() => BpfCollection.Load(spec, new CollectionOptions { Kernel = kernel })).Message);
        Assert.Equal(0, kernel.OpenDescriptors);
        return told;
    }
}
