using System.Text;
using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Linux;
using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Programs;

public sealed class ProgramStreamTests
{
    [Fact]
    public void StandardOutput_TellsWhatTheProgramPrints()
    {
        using BpfCollection printing = LoadPrinting();
        BpfProgram program = printing.Programs["print"];
        Print(program);
        Print(program);

        Assert.Equal("42 is the answer\n42 is the answer\n", program.ReadStandardOutput());
        Assert.Equal(("", ""), (program.ReadStandardOutput(), program.ReadStandardError()));
    }

    [Fact]
    public void StandardOutput_ReadInPieces_GoesOn()
    {
        using BpfCollection printing = LoadPrinting();
        BpfProgram program = printing.Programs["print"];
        Print(program);
        byte[] piece = new byte[6];

        Assert.Equal((6, "42 is "), (program.ReadStandardOutput(piece), Encoding.UTF8.GetString(piece)));
        Assert.Equal("the answer\n", program.ReadStandardOutput());
    }

    [Fact]
    public void StandardError_TellsOfALoopWithoutEnd()
    {
        using (BpfCollection printing = LoadPrinting()) Print(printing.Programs["print"]);
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("minimal"));
        spec.Programs["drop"].Instructions = new InstructionBuilder()
            .Add(Instruction.Mov(Register.R0, 0))
            .Add(new Instruction(OpCode.MayGoto, offset: 1))
            .Add(new Instruction(OpCode.Goto, offset: -2))
            .Add(Instruction.Exit())
            .Build();
        using BpfCollection collection = BpfCollection.Load(spec);
        BpfProgram program = collection.Programs["drop"];
        Assert.Equal("", program.ReadStandardError());
        program.TestRun(Packets.Udp());

        Assert.StartsWith("ERROR: Timeout detected for may_goto instruction\n", program.ReadStandardError());
        Assert.Equal("", program.ReadStandardOutput());
    }

    [Fact]
    public void OlderKernel_NamesTheVersion()
    {
        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("minimal")));
        FaultyKernel kernel = new()
        {
            Files = { ["/proc/version_signature"] = null, [FaultyKernel.Build] = "", [FaultyKernel.Release] = "6.12.0" },
        };
        using BpfProgram program = BpfProgram.Open(collection.Programs["drop"].Id, kernel: kernel);
        kernel.OnBpf = (command, _) => command == BpfCommand.ProgramStreamRead ? Errno.EINVAL : null;

        Assert.Equal(new Version(6, 17), Assert.Throws<FeatureNotSupportedException>(() => program.ReadStandardOutput()).Since);
    }

    /// <summary>A program that prints, with the kfunc that this kernel has for it.</summary>
    private static BpfCollection LoadPrinting()
    {
        Requires.Kernel(6, 17, "streams of programs");
        FunctionType? print = null;
        Assert.SkipUnless(
            KernelBtf.GetTypes().TryGet("bpf_stream_vprintk", out print) || KernelBtf.GetTypes().TryGet("bpf_stream_vprintk_impl", out print),
            "this kernel has no bpf_stream_vprintk");
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("streams"));
        foreach (ref Instruction instruction in spec.Programs["print"].Instructions.AsSpan())
        {
            if (instruction.Reference?.Name == "bpf_stream_vprintk")
                instruction = new Instruction(OpCode.Call, source: (Register)CallKind.Kfunc, immediate: print!.Id.Value);
        }

        return BpfCollection.Load(spec);
    }

    private static void Print(BpfProgram program)
    {
        uint result = program.TestRun(new TestRunOptions()).ReturnValue;
        Assert.SkipWhen(result == unchecked((uint)-(int)Errno.ENOMEM), "this kernel cannot take the memory for streams without locks");
        Assert.Equal(0u, result);
    }
}
