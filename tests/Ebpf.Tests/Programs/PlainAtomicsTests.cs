using Ebpf.Asm;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Loading.OldKernels;
using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Programs;

/// <summary>Kernels before 5.12 have no atomic operation that tells what was there before.</summary>
public sealed class PlainAtomicsTests
{
    /// <summary>Adds 2 to 40 on the stack, with a result that is overwritten, and returns the sum.</summary>
    private static InstructionList ResultDead(AccessSize size) =>
    [
        Instruction.Store(size, Register.R10, -8, 40),
        Instruction.Mov(Register.R1, 2),
        Instruction.Atomic(AtomicOperation.FetchAdd, size, Register.R10, -8, Register.R1),
        Instruction.Mov(Register.R1, 0),
        Instruction.Load(size, Register.R0, Register.R10, -8),
        Instruction.Exit(),
    ];

    /// <summary>The same, and returns what was there before.</summary>
    private static InstructionList ResultUsed =>
    [
        Instruction.Store(AccessSize.DoubleWord, Register.R10, -8, 40),
        Instruction.Mov(Register.R0, 2),
        Instruction.Atomic(AtomicOperation.FetchAdd, AccessSize.DoubleWord, Register.R10, -8, Register.R0),
        Instruction.Exit(),
    ];

    [Theory]
    [InlineData(AccessSize.Word)]
    [InlineData(AccessSize.DoubleWord)]
    public void Replace_ResultDead_OnlyAdds(AccessSize size)
    {
        InstructionList code = ResultDead(size);

        InstructionList replaced = PlainAtomics.Replace(code);

        InstructionList expected = ResultDead(size);
        expected[2] = Instruction.AtomicAdd(size, Register.R10, -8, Register.R1);
        Assert.Equal(expected, replaced);
        Assert.Equal(ResultDead(size), code);
        Assert.True(PlainAtomics.AreIn(code));
        Assert.False(PlainAtomics.AreIn(replaced));
    }

    [Fact]
    public void Replace_ResultUsed_KeepsIt() => Assert.Equal(ResultUsed, PlainAtomics.Replace(ResultUsed));

    [Fact]
    public void Replace_OperandIsTheResultOfAnother_KeepsThatOne()
    {
        InstructionList code = ResultDead(AccessSize.DoubleWord);
        code.Insert(3, code[2]);

        InstructionList replaced = PlainAtomics.Replace(code);

        Assert.Equal(AtomicOperation.FetchAdd, replaced[2].AtomicOperation);
        Assert.Equal(AtomicOperation.Add, replaced[3].AtomicOperation);
    }

    [Theory]
    [InlineData(AtomicOperation.FetchOr)]
    [InlineData(AtomicOperation.FetchAnd)]
    [InlineData(AtomicOperation.FetchXor)]
    [InlineData(AtomicOperation.Exchange)]
    [InlineData(AtomicOperation.CompareExchange)]
    public void Replace_OtherOperations_AreKept(AtomicOperation operation)
    {
        InstructionList code = ResultDead(AccessSize.DoubleWord);
        code[2].Immediate = (int)operation;

        Assert.Equal(code, PlainAtomics.Replace(code));
        Assert.False(PlainAtomics.AreIn(code));
    }

    [Theory]
    [InlineData(AccessSize.Word)]
    [InlineData(AccessSize.DoubleWord)]
    public void Load_ResultDead_AddsOnOldKernels(AccessSize size)
    {
        FaultyKernel kernel = OldKernel.WithoutFetchingAtomics();
        using (BpfCollection collection = Load(kernel, ResultDead(size)))
        {
            Assert.Equal(42u, collection.Programs["adds"].TestRun(Packets.Udp()));
            Assert.Equal(FeatureSupport.Missing, KernelFeatures.For(kernel).Of(GeneralFeature.FetchingAtomics).Support);
        }

        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void Load_ResultUsed_IsRefusedAsBefore()
    {
        FaultyKernel kernel = OldKernel.WithoutFetchingAtomics();

        VerifierException error = Assert.Throws<VerifierException>(() => Load(kernel, ResultUsed));

        Assert.Equal(Errno.EINVAL, error.Errno);
        Assert.Contains("BPF_STX uses reserved fields", error.Log, StringComparison.Ordinal);
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void Load_RefusedForOtherReasonsByAKernelThatHasThem_IsNotAdjusted()
    {
        Requires.Kernel(5, 12, "fetching atomics");
        List<bool> fetching = [];
        FaultyKernel kernel = OldKernel.Refusing((in ProgramLoadAttr program) =>
        {
            if (program.Name.ToString() != "adds") return null;
            fetching.Add(OldKernel.HasFetchingAtomics(program));
            return OldKernel.Say(program, Errno.EINVAL, "unreachable insn 3\n");
        });

        Assert.Throws<VerifierException>(() => Load(kernel, ResultDead(AccessSize.Word)));

        Assert.NotEmpty(fetching);
        Assert.DoesNotContain(false, fetching);
    }

    [Fact]
    public void Load_CompiledCounter_CountsOnOldKernels()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("counter"));
        using BpfCollection collection = BpfCollection.Load(spec, new CollectionOptions { Kernel = OldKernel.WithoutFetchingAtomics() });

        for (int i = 0; i < 3; i++) collection.Programs["count_packets"].TestRun(Packets.Udp());

        Assert.Equal(3ul, CollectionFixture.Read<ulong>(collection, spec.Variables["seen"]));
    }

    private static BpfCollection Load(FaultyKernel kernel, InstructionList code)
    {
        CollectionSpec spec = new();
        spec.Programs.Add("adds", new ProgramSpec { Name = "adds", Type = ProgramType.SocketFilter, Instructions = code });
        return BpfCollection.Load(spec, new CollectionOptions { Kernel = kernel });
    }
}
