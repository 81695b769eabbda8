using Ebpf.Asm;
using Ebpf.Linux;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Programs;

public sealed class ProgramCodeTests
{
    private const string LongName = "a_program_with_a_long_name";

    [Fact]
    public void ReadInstructions_ShowsTheSourceAndTheNames()
    {
        using BpfCollection trial = Trial.Load(LongName);
        InstructionList code = trial.Programs[LongName].ReadInstructions();
        string text = code.ToString();

        Assert.StartsWith(LongName + ":\n", text);
        Assert.Contains("; seen += square(skb->len);", text);
        Assert.Contains("\nsquare:\n", text);
        Assert.Contains("; return x * x;", text);
        Assert.Contains("call square\n", text);
        Assert.Contains("map \"unused\"", text);
        Assert.Contains("map_value \".bss\"", text.Replace("trial.bss", ".bss", StringComparison.Ordinal));
        Assert.Contains("call bpf_user_rnd_u32", text);
    }

    [Fact]
    public void ReadInstructions_CallsLeadWhereTheyDid()
    {
        using BpfCollection trial = Trial.Load(LongName);
        BpfProgram program = trial.Programs[LongName];
        InstructionList code = program.ReadInstructions();
        InstructionSlot call = default;
        foreach (InstructionSlot item in code.Slots())
        {
            if (item.Instruction.IsFunctionCall) call = item;
        }

        Assert.Equal(program.GetInfo().Functions[1].Slot, call.Slot + 1 + (int)call.Instruction.Immediate);
        Assert.Equal((short)0, call.Instruction.Offset);
        Assert.Equal("square", code[code.IndexAtSlot(program.GetInfo().Functions[1].Slot!.Value)].Function?.Name);
        Assert.Equal(program.GetInfo().TranslatedSize, code.SlotCount * 8);
    }

    [Fact]
    public void ReadInstructions_TypesAndMapsHidden_LeavesNumbers()
    {
        FaultyKernel kernel = new();
        using BpfCollection trial = Trial.Load(LongName);
        using BpfProgram program = BpfProgram.Open(trial.Programs[LongName].Id, kernel: kernel);
        kernel.OnBpf = (command, _) => command is BpfCommand.BtfGetById or BpfCommand.MapGetById ? Errno.EPERM : null;
        kernel.Files["/proc/kallsyms"] = null;
        string text = program.ReadInstructions().ToString();

        Assert.StartsWith(LongName + ":\n", text);
        Assert.DoesNotContain(";", text);
        Assert.Contains($"map \"id:{trial.Maps["unused"].Id}\"", text);
        Assert.Matches("func_[0-9]+:\n", text);
    }

    [Fact]
    public void ReadJitedCode_IsTakenApartByFunctions()
    {
        using BpfCollection trial = Trial.Load(LongName);
        BpfProgram program = trial.Programs[LongName];
        ProgramInfo info = program.GetInfo();
        IReadOnlyList<JitedFunction> functions = program.ReadJitedCode();
        Assert.SkipWhen(info.JitedSize == 0, "this kernel interprets programs");

        Assert.Equal([LongName, "square"], functions.Select(function => function.Name));
        Assert.Equal(info.Functions.Select(function => function.Address), functions.Select(function => function.Address));
        Assert.Equal(info.Functions.Select(function => function.JitedSize), functions.Select(function => (int?)function.Code.Length));
        Assert.All(functions, function => Assert.Contains(function.Code.ToArray(), value => value != 0));
    }

    [Fact]
    public void ReadJitedCode_KnowsTheLines()
    {
        using BpfCollection trial = Trial.Load(LongName);
        IReadOnlyList<JitedFunction> functions = trial.Programs[LongName].ReadJitedCode();
        Assert.SkipWhen(functions.Count == 0, "this kernel interprets programs");

        JitedFunction square = functions[1];
        Assert.Contains(square.Lines, line => line.Line.Text.Contains("return x * x;", StringComparison.Ordinal));
        Assert.All(functions, function =>
        {
            Assert.Equal(function.Lines.OrderBy(line => line.Offset), function.Lines);
            Assert.All(function.Lines, line => Assert.InRange(line.Offset, 0, function.Code.Length - 1));
        });
    }

    [Fact]
    public void Read_AnyCallFails_LeavesNoDescriptor()
    {
        using BpfCollection trial = Trial.Load(LongName);
        uint id = trial.Programs[LongName].Id;
        int failures = 0;
        for (int call = 1; ; call++)
        {
            FaultyKernel kernel = new() { FailingCall = call, Files = { ["/proc/kallsyms"] = null } };
            Exception? error = Record.Exception(() =>
            {
                using BpfProgram program = BpfProgram.Open(id, kernel: kernel);
                _ = program.GetInfo();
                program.ReadInstructions();
                program.ReadJitedCode();
            });
            if (error is not null)
            {
                failures++;
                Assert.IsType<BpfException>(error);
            }

            Assert.Equal(0, kernel.OpenDescriptors);
            if (kernel.Calls < call) break;
        }

        Assert.InRange(failures, 5, 40);
    }
}
