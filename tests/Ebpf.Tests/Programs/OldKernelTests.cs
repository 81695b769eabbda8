using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Linux;
using Ebpf.Loading.OldKernels;
using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Programs;

/// <summary>Programs are loaded as they are; and by kernels that lack something, without it.</summary>
public sealed class OldKernelTests
{
    private static InstructionList Nothing => [Instruction.Mov(Register.R0, 0), Instruction.Exit()];

    [Fact]
    public void Load_NothingLacking_AsksNothing()
    {
        FaultyKernel kernel = new();
        using (BpfCollection.Load(CollectionSpec.Load(TestObject.Path("probe_reads")), new CollectionOptions { Kernel = kernel }))
        {
            Assert.Equal(3, kernel.Commands.Count(command => command == BpfCommand.ProgramLoad));
            Assert.Equal(1, kernel.Commands.Count(command => command == BpfCommand.BtfLoad));
        }
    }

    [Fact]
    public void Load_OnLinux4_14_GoesWithoutWhatItLacks()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("minimal"));
        CollectionSpec xdp = CollectionSpec.Load(TestObject.Path("context_tags"));
        ProgramSpec measures = xdp.Programs["measures"].Clone();
        measures.Instructions = Nothing;
        spec.Programs.Add("measures", measures);
        spec.Programs.Add("probe", new ProgramSpec { Name = "probe", Type = ProgramType.Kprobe, License = "GPL", Instructions = Nothing });
        spec.Programs.Add("reads", CollectionSpec.Load(TestObject.Path("probe_reads")).Programs["reads"].Clone());
        spec.Programs["reads"].Type = ProgramType.Kprobe;
        spec.Maps.Add("table", new MapSpec { Name = "a.table", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 1 });

        FaultyKernel kernel = OldKernel.Linux414();
        ListLogger logger = new();
        using (BpfCollection collection = BpfCollection.Load(spec, new CollectionOptions { Logger = logger, Kernel = kernel }))
        {
            Assert.Equal(["drop", "measures", "probe", "reads"], collection.Programs.Keys.Order());
            Assert.Equal("", KernelNameOf(collection.Programs["drop"]));
            Assert.Equal(0u, InfoOf(collection.Programs["drop"]).BtfId);
            Assert.Equal("a.table", collection.Maps["table"].Name);
        }

        // Once with what the programs of other objects add, once without.
        string[] warnings = [.. logger.Messages.Where(message => message.StartsWith("Warning: ", StringComparison.Ordinal))];
        Assert.Equal(2, warnings.Length);
        Assert.All(warnings, message => Assert.StartsWith("Warning: Maps and programs are loaded without BTF: ", message));
        Assert.StartsWith("Information: Map \"a.table\" is created without ", Assert.Single(logger.Messages.Except(warnings)));
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void Load_NameWithDots_LosesThem()
    {
        FaultyKernel kernel = OldKernel.Refusing((in ProgramLoadAttr program) => program.Name.HasDots ? Errno.EINVAL : null);
        using BpfCollection collection = Load(kernel, new ProgramSpec { Name = "a.b.c", Type = ProgramType.SocketFilter, Instructions = Nothing });

        Assert.Equal("a_b_c", KernelNameOf(collection.Programs["a.b.c"]));
        Assert.Equal("a.b.c", collection.Programs["a.b.c"].Name);
    }

    [Fact]
    public void Load_ProgramsAfterTheFirst_BeginWithWhatItNeeded()
    {
        int refused = 0;
        FaultyKernel kernel = OldKernel.Refusing((in ProgramLoadAttr program) =>
        {
            if (program.Name.IsEmpty) return null;
            refused++;
            return Errno.E2BIG;
        });
        CollectionSpec spec = new();
        for (int i = 0; i < 10; i++)
            spec.Programs.Add($"p{i}", new ProgramSpec { Name = $"p{i}", Type = ProgramType.SocketFilter, Instructions = Nothing });

        using BpfCollection collection = BpfCollection.Load(spec, new CollectionOptions { Parallelism = 1, Kernel = kernel });

        // The first program, without and with a log, and the question.
        Assert.Equal(3, refused);
        Assert.Equal(10, collection.Programs.Count);
    }

    [Fact]
    public void Load_WithoutDebugInfo_KeepsTheName()
    {
        FaultyKernel kernel = new() { OnBpf = RefuseFunctions };
        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("probe_reads")), new CollectionOptions { Kernel = kernel });
        BpfProgram program = collection.Programs["passes"];

        Assert.Equal("passes", KernelNameOf(program));
        Assert.Equal(0u, InfoOf(program).BtfId);
        Assert.Equal(2u, program.TestRun(Packets.Udp()));

        static unsafe Errno? RefuseFunctions(BpfCommand command, nint attr) => command switch
        {
            BpfCommand.ProgramLoad when ((ProgramLoadAttr*)attr)->Btf != 0 => Errno.E2BIG,
            BpfCommand.BtfLoad when Has(*(BtfLoadAttr*)attr, Btf.BtfKind.Function) => Errno.EINVAL,
            _ => null,
        };
    }

    [Fact]
    public void Load_AttachTypeThatIsOptional_IsLeftOut()
    {
        FaultyKernel kernel = OldKernel.Refusing((in ProgramLoadAttr program) => program.ExpectedAttachType != 0 ? Errno.E2BIG : null);
        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("probe_reads")), new CollectionOptions { Kernel = kernel });

        Assert.Equal(2u, collection.Programs["passes"].TestRun(Packets.Udp()));
        Assert.Equal(AttachType.Xdp, collection.Programs["passes"].AttachType);
    }

    [Fact]
    public void Load_AttachTypeThatIsNeeded_IsNotLeftOut()
    {
        FaultyKernel kernel = OldKernel.Refusing((in ProgramLoadAttr program) => program.ExpectedAttachType != 0 ? Errno.E2BIG : null);
        ProgramSpec lookup = new() { Name = "l", Type = ProgramType.SkLookup, AttachType = AttachType.SkLookup, Instructions = Nothing };

        Assert.Equal(Errno.E2BIG, Assert.ThrowsAny<BpfException>(() => Load(kernel, lookup)).Errno);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(0xffff_fffeu)]
    public void Load_KprobeThatMustStateTheVersion_States(uint declared)
    {
        uint stated = 0;
        FaultyKernel kernel = OldKernel.Refusing(
            (in ProgramLoadAttr program) =>
            {
                stated = program.KernelVersion;
                return stated == 0x04_13_05 ? null : Errno.EINVAL;
            },
            "4.19.5");
        ProgramSpec probe = new() { Name = "k", Type = ProgramType.Kprobe, KernelVersion = declared, License = "GPL", Instructions = Nothing };

        Load(kernel, probe).Dispose();

        Assert.Equal(0x04_13_05u, stated);
    }

    [Fact]
    public void Load_KprobeThatStatesAVersionOfItsOwn_KeepsIt()
    {
        FaultyKernel kernel = OldKernel.Refusing((in ProgramLoadAttr program) => program.KernelVersion == 0x04_13_05 ? null : Errno.EINVAL, "4.19.5");
        ProgramSpec probe = new() { Name = "k", Type = ProgramType.Kprobe, KernelVersion = 0x04_13_01, License = "GPL", Instructions = Nothing };

        Assert.ThrowsAny<BpfException>(() => Load(kernel, probe));
    }

    [Fact]
    public void Load_HelpersThatTheKernelLacks_BecomeTheOlderOnes()
    {
        const int firstLacking = (int)Helper.ProbeReadUser;
        List<int> refused = [];
        FaultyKernel kernel = OldKernel.Refusing((in ProgramLoadAttr program) =>
        {
            if (!OldKernel.Calls(program, firstLacking)) return null;
            refused.Add((int)program.InstructionCount);
            return OldKernel.Say(program, Errno.EINVAL, "5: (85) call unknown#113\ninvalid func unknown#113\n");
        });

        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("probe_reads")), new CollectionOptions { Kernel = kernel });

        Assert.Equal(3, collection.Programs.Count);
        Assert.True(refused.Count >= 3, "nothing was refused");
    }

    [Fact]
    public void Replace_HelpersOfBothKinds_KeepsAllElse()
    {
        InstructionList code = CollectionSpec.Load(TestObject.Path("probe_reads")).Programs["reads"].Instructions;

        InstructionList replaced = ProbeReads.Replace(code);

        Helper?[] helpers = [.. replaced.Select(instruction => instruction.Helper).Where(helper => helper is not null)];
        Assert.Equal([Helper.ProbeRead, Helper.ProbeRead, Helper.ProbeReadStr, Helper.ProbeReadStr], helpers);
        Assert.Equal(code.Where(instruction => !instruction.IsCall), replaced.Where(instruction => !instruction.IsCall));
        Assert.True(ProbeReads.AreIn(code));
        Assert.False(ProbeReads.AreIn(replaced));
    }

    [Fact]
    public void Load_ContextTags_AreSeenByEveryKernel()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("context_tags"));
        using BpfCollection collection = BpfCollection.Load(spec);

        byte[] packet = Packets.Udp();
        Assert.Equal((uint)packet.Length + 1000, collection.Programs["measures"].TestRun(packet));
    }

    [Fact]
    public void Load_ContextTagsThatTheKernelDoesNotSee_BecomeTypes()
    {
        FaultyKernel kernel = OldKernel.WithoutDeclTags();
        using (BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("context_tags")), new CollectionOptions { Kernel = kernel }))
        {
            byte[] packet = Packets.Udp();
            Assert.Equal((uint)packet.Length + 1000, collection.Programs["measures"].TestRun(packet));
            Assert.Equal(["measures", "probes", "traces", "untagged"], collection.Programs.Keys.Order());
            Assert.NotEqual(InfoOf(collection.Programs["untagged"]).BtfId, InfoOf(collection.Programs["measures"]).BtfId);
        }

        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void Load_AnswersThatAreNotCertain_ChangeNothing()
    {
        FaultyKernel kernel = OldKernel.Refusing(
            (in ProgramLoadAttr program) => program.Name.ToString() is "multiplies" or "passes" or "reads" ? Errno.EINVAL : Errno.EPERM);

        BpfException error = Assert.ThrowsAny<BpfException>(
            () => BpfCollection.Load(CollectionSpec.Load(TestObject.Path("probe_reads")), new CollectionOptions { Kernel = kernel }));

        Assert.Equal(Errno.EINVAL, error.Errno);
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void Load_OnLinux4_14_AnyOneCallFails_LeavesNothingOpen()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("minimal"));
        for (int call = 1; ; call++)
        {
            FaultyKernel kernel = OldKernel.Linux414();
            (kernel.FailingCall, kernel.FailingWith) = (call, Errno.ENOMEM);
            try
            {
                BpfCollection.Load(spec, new CollectionOptions { Kernel = kernel }).Dispose();
            }
            catch (BpfException error)
            {
                Assert.NotEqual(Errno.None, error.Errno);
            }

            Assert.Equal(0, kernel.OpenDescriptors);
            if (kernel.Calls < call) break;
        }
    }

    private static BpfCollection Load(FaultyKernel kernel, ProgramSpec program)
    {
        CollectionSpec spec = new();
        spec.Programs.Add(program.Name, program);
        return BpfCollection.Load(spec, new CollectionOptions { Kernel = kernel });
    }

    private static string KernelNameOf(BpfProgram program) => InfoOf(program).Name.ToString();

    private static KernelProgramInfo InfoOf(BpfProgram program)
    {
        KernelProgramInfo info = default;
        Assert.Equal(Errno.None, program.Handle.Kernel.GetInfo(program.Handle, ref info));
        return info;
    }

    private static unsafe bool Has(in BtfLoadAttr types, Btf.BtfKind kind)
    {
        BtfSpec spec = BtfSpec.Parse(new ReadOnlySpan<byte>(types.Data, (int)types.Size).ToArray());
        for (uint id = 1; id < (uint)spec.Count; id++)
        {
            if (spec[id].Kind == kind) return true;
        }

        return false;
    }
}
