using Ebpf.Asm;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.TestData;
using Ebpf.Tests.Assigning;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Loading;

public sealed class LoadParallelismTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(0)]
    public void Load_ManyPrograms_AreThereInTheOrderOfTheSpec(int parallelism)
    {
        CollectionSpec spec = new();
        for (int i = 0; i < 40; i++) spec.Programs.Add($"p{i}", Returning(i, loops: (40 - i) % 7 * 500));
        using BpfCollection collection = BpfCollection.Load(spec, new CollectionOptions { Parallelism = parallelism });

        Assert.Equal(spec.Programs.Keys, collection.Programs.Keys);
        Assert.Equal(Enumerable.Range(0, 40).Select(i => (uint)i), collection.Programs.Values.Select(program => program.TestRun(Packets.Udp())));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    public void Load_SeveralProgramsFail_TheFirstIsTold(int parallelism)
    {
        CollectionSpec spec = new();
        for (int i = 0; i < 24; i++) spec.Programs.Add($"p{i}", Returning(i, loops: 100));

        // The first of those that fail takes by far the longest to be found out.
        spec.Programs["p5"].Instructions = Loop(20_000);
        spec.Programs["p5"].Instructions.Add(Instruction.Mov(Register.R0, Register.R9));
        spec.Programs["p5"].Instructions.Add(Instruction.Exit());
        foreach (string name in (string[])["p6", "p7", "p9", "p23"]) spec.Programs[name].Instructions = [Instruction.Exit()];

        for (int round = 0; round < 5; round++)
        {
            CollectionFixture.AssertNoDescriptorStays(kernel =>
            {
                VerifierException error = Assert.Throws<VerifierException>(
                    () => BpfCollection.Load(spec, new CollectionOptions { Parallelism = parallelism, Kernel = kernel }));
                Assert.Equal("p5", error.Program);
            });
        }
    }

    [Fact]
    public void Load_OneSpecBySeveralThreads_GivesEachItsOwn()
    {
        for (int round = 0; round < 10; round++)
        {
            // Fresh: the code of its programs was not decoded yet.
            CollectionSpec spec = LoadAndAssignTests.Spec();
            uint[] results = new uint[6];
            using Barrier start = new(results.Length);
            Thread[] threads = [.. Enumerable.Range(0, results.Length).Select(i => new Thread(() =>
            {
                start.SignalAndWait();
                using BpfCollection collection = BpfCollection.Load(spec, new CollectionOptions { Parallelism = 2 });
                collection.Variables["step"].Set((uint)(i + 1));
                collection.Programs["add"].TestRun(Packets.Udp());
                results[i] = (uint)collection.Variables["total"].Get<ulong>();
            }))];
            foreach (Thread thread in threads) thread.Start();
            foreach (Thread thread in threads) thread.Join();

            // "enter" counts calls of the kernel in the same variable, but it is not attached.
            Assert.Equal([1u, 2u, 3u, 4u, 5u, 6u], results);
        }
    }

    [Theory]
    [InlineData("whole")]
    [InlineData("maps")]
    [InlineData("data")]
    [InlineData("kconfig")]
    [InlineData("functions")]
    public void Load_Spec_IsNotChanged(string name)
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path(name));
        foreach (MapSpec map in spec.Maps.Values) map.Pinning = MapPinning.None;
        if (name == "maps") spec.Maps.Remove("bloom");
        if (name == "whole" && KernelFacts.Of(RunningKernel.Instance).Version >= new Version(6, 18))
            spec.Maps["flow_stats"].ExclusiveProgram = "left";
        CollectionOptions options = new() { Kconfig = name == "kconfig" ? MemoryFailureTests.KconfigText : null };
        string before = SpecText.Of(spec);

        BpfCollection.Load(spec, options).Dispose();
        string afterLoad = SpecText.Of(spec);
        FaultyKernel kernel = new() { OnBpf = (command, _) => command == BpfCommand.ProgramLoad ? Errno.ENOMEM : null };
        Assert.Throws<BpfException>(() => BpfCollection.Load(spec, options with { Kernel = kernel }));

        Assert.Equal(before, afterLoad);
        Assert.Equal(before, SpecText.Of(spec));
    }

    private static ProgramSpec Returning(int number, int loops)
    {
        InstructionList code = Loop(loops);
        code.Add(Instruction.Mov(Register.R0, number));
        code.Add(Instruction.Exit());
        return new ProgramSpec { Name = $"p{number}", Type = ProgramType.SocketFilter, License = "GPL", Instructions = code };
    }

    /// <summary>Counts to a number, which the verifier does, too.</summary>
    private static InstructionList Loop(int times) =>
    [
        Instruction.Mov(Register.R1, 0),
        Instruction.Add(Register.R1, 1),
        Instruction.JumpIf(JumpCondition.LessThan, Register.R1, times, -2),
    ];
}
