using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Loading;

/// <summary>What is in modules: kfuncs, and functions to attach to.</summary>
public sealed class ModuleTargetTests
{
    [Fact]
    public void Load_KfuncOfAModule_IsNamedByItsBtf_ByPositionWhereItIsCalled_ByDescriptorWhereItsAddressIsTaken()
    {
        Requires.Kernel(6, 4, "addresses of kfuncs");
        using FakeModule module = new("bpf_no_such_kfunc");

        Refuse(One.Spec("kfuncs", "guarded"), module);

        FakeModule.InstructionCodes shown = module.Shown;
        Assert.True(shown.Descriptor > 0);
        Assert.Contains((1, module.FirstFunction), shown.KfuncCalls);
        Assert.Contains((module.FirstFunction, shown.Descriptor), shown.KernelAddresses);
        uint inKernel = KernelBtf.GetTypes().Get<FunctionType>("bpf_task_from_pid").Id.Value;
        Assert.Contains((inKernel, 0), shown.KernelAddresses);
    }

    [Fact]
    public void Load_KfuncOfARealModule_IsCalled_AndMissingWithoutTheModule()
    {
        const uint noConnection = (uint)Errno.ENOENT, noKfunc = 100;
        bool isThere = KernelBtf.TryFind("bpf_skb_ct_lookup", out FunctionType? _, out string? module);

        Assert.Equal(isThere ? noConnection : noKfunc, One.Run(One.Spec("module_kfunc", "lookup"), "lookup"));

        Assert.SkipWhen(module is null, "no module has bpf_skb_ct_lookup: nf_conntrack is not loaded");
    }

    [Fact]
    public void Load_BtfOfAModuleThatMayNotBeOpened_MattersOnlyIfTheKfuncIsNeeded()
    {
        using FakeModule module = new("bpf_no_such_kfunc") { ListError = Errno.EPERM, ShowsPrograms = false };
        module.Kernel.Files["/proc/thread-self/status"] = "Name:\tx\nCapEff:\t000000c000000000\nSeccomp:\t0\n";
        CollectionSpec strong = new();
        strong.Programs.Add("strong", new ProgramSpec
        {
            Name = "strong",
            Type = ProgramType.SchedCls,
            License = "GPL",
            Instructions = [Instruction.Mov(Register.R1, 0), Instruction.CallKfunc("bpf_no_such_kfunc"), Instruction.Exit()],
        });

        using BpfCollection weak = BpfCollection.Load(One.Spec("kfuncs", "guarded"), new CollectionOptions { Kernel = module.Kernel });
        BpfException error = Assert.Throws<BpfException>(() => BpfCollection.Load(strong, new CollectionOptions { Kernel = module.Kernel }));

        Assert.Equal(0u, weak.Programs["guarded"].TestRun(new byte[64]) & 4);
        Assert.Equal(
            "Open the BTF of module fake_module for kfunc bpf_no_such_kfunc: EPERM: needs CAP_SYS_ADMIN (this process does not have it)",
            error.Message);
    }

    [Theory]
    [InlineData("module_function")]
    [InlineData("fake_module:module_function")]
    [InlineData("fake-module:module_function")]
    public void Load_FunctionOfAModule_IsNamedByItsBtf(string target)
    {
        using FakeModule module = new("module_function");
        CollectionSpec spec = One.Spec("attach_targets", "on_any");
        spec.Programs["on_any"].AttachTo = target;

        Refuse(spec, module);

        Assert.Equal(module.FirstFunction, module.Shown.AttachType);
        Assert.True(module.Shown.AttachTarget > 0);
    }

    [Fact]
    public void Load_ProgramForManyFunctionsOfAModule_IsToldTheModule()
    {
        using FakeModule module = new("module_function");
        CollectionSpec spec = One.Spec("attach_targets", "on_many");
        spec.Programs["on_many"].AttachTo = "fake_module:module_*";

        Refuse(spec, module);

        Assert.Equal(0u, module.Shown.AttachType);
        Assert.True(module.Shown.AttachTarget > 0);
    }

    [Fact]
    public void Load_FunctionThatTheModuleDoesNotHave_IsNamed_WithWhatIsLikeIt()
    {
        using FakeModule module = new("module_function");
        CollectionSpec spec = One.Spec("attach_targets", "on_any");
        spec.Programs["on_any"].AttachTo = "fake_module:module_funktion";

        BpfException error = Assert.Throws<BpfException>(() => BpfCollection.Load(spec, new CollectionOptions { Kernel = module.Kernel }));

        Assert.StartsWith(
            "Load program \"on_any\": module \"fake_module\" has no function \"module_funktion\"; similar: module_function", error.Message);
    }

    [Fact]
    public void Load_FunctionsOfOneNameAndTwoTypes_AreRefused()
    {
        using FakeModule module = new("twice", "twice");
        CollectionSpec spec = One.Spec("attach_targets", "on_any");
        spec.Programs["on_any"].AttachTo = "twice";

        BpfException error = Assert.Throws<BpfException>(() => BpfCollection.Load(spec, new CollectionOptions { Kernel = module.Kernel }));

        Assert.Equal(
            "Load program \"on_any\": this kernel has several functions \"twice\", of which nobody can choose one: "
            + "\"int twice(int)\" and \"int twice(void)\"",
            error.Message);
    }

    [Fact]
    public void Load_ModuleThatIsGone_IsTold()
    {
        using FakeModule module = new("module_function") { ListError = Errno.ENOENT };
        CollectionSpec spec = One.Spec("attach_targets", "on_any");
        spec.Programs["on_any"].AttachTo = "module_function";

        BpfException error = Assert.Throws<BpfException>(() => BpfCollection.Load(spec, new CollectionOptions { Kernel = module.Kernel }));

        Assert.Equal("Open the BTF of module fake_module for program \"on_any\": ENOENT: it is gone", error.Message);
    }

    [Theory]
    [InlineData("kfuncs", "guarded")]
    [InlineData("ksyms", "addresses")]
    public void Load_AnyOneCallFails_EndsWithAnErrorOrWithoutIt_AndLeavesNothingOpen(string name, string program)
    {
        using FakeModule module = new("bpf_no_such_kfunc") { ShowsPrograms = false };
        CollectionSpec spec = One.Spec(name, program);
        int failures = 0;
        for (int call = 1; ; call++)
        {
            FaultyKernel kernel = module.NewKernel();
            kernel.FailingCall = call;
            kernel.FailingWith = Errno.ENOMEM;
            try
            {
                BpfCollection.Load(spec, new CollectionOptions { Kernel = kernel }).Dispose();
            }
            catch (BpfException)
            {
                failures++;
            }

            Assert.Equal(0, kernel.OpenDescriptors);
            if (kernel.Calls < call) break;

            // Kallsyms has thousands of pages.
            if (call > 60) call += call / 4;
        }

        Assert.True(failures > 3, $"{failures} failures");
    }

    private static void Refuse(CollectionSpec spec, FakeModule module)
    {
        Assert.Contains("EBUSY", Assert.ThrowsAny<BpfException>(() => BpfCollection.Load(spec, new CollectionOptions { Kernel = module.Kernel })).Message);
        Assert.Equal(0, module.Kernel.OpenDescriptors);
    }
}
