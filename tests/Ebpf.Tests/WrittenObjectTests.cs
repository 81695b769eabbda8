using Ebpf.Asm;
using Ebpf.TestData;

namespace Ebpf.Tests;

/// <summary>What the library writes, the kernel takes as it takes what the compiler wrote.</summary>
public sealed class WrittenObjectTests
{
    public static TheoryData<string> Names => [.. TestObject.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Load_WrittenObject_EndsAsTheOriginal(string name)
    {
        CollectionSpec spec;
        try
        {
            spec = CollectionSpec.Load(TestObject.Path(name));
        }
        catch (ObjectFormatException)
        {
            return;
        }

        CollectionSpec written = CollectionSpec.Load(spec.ToArray());

        Assert.Equal(Outcome(spec), Outcome(written));
    }

    [Fact]
    public void Load_EditedAndWrittenObject_EndsAsTheEdited()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("functions"));
        (string name, ProgramSpec program) = spec.Programs.First(item => item.Value.Type == ProgramType.SocketFilter && item.Value.AutoLoad);
        InstructionList code = program.Instructions;
        int helper = code.IndexOfSymbol(code.First<Instruction>(instruction => instruction.IsFunctionCall).Reference!.Name);
        int exit = helper + code.Skip<Instruction>(helper).TakeWhile(instruction => !instruction.IsExit).Count();
        code.Insert(exit, Instruction.Mov(Register.R0, 77));
        int first = code.Take<Instruction>(helper).TakeWhile(instruction => !instruction.IsFunctionCall).Count();
        code.InsertRange(first + 1, Instruction.Jump("done"));
        int end = code.Take<Instruction>(helper + 1).TakeWhile(instruction => !instruction.IsExit).Count();
        code[end].Symbol = "done";

        CollectionSpec read = CollectionSpec.Load(spec.ToArray());

        Assert.Equal(code.Count, read.Programs[name].Instructions.Count);
        Assert.Equal(Outcome(spec), Outcome(read));
    }

    private static string Outcome(CollectionSpec spec)
    {
        try
        {
            using BpfCollection collection = BpfCollection.Load(spec);
            return $"loaded {string.Join(", ", collection.Programs.Keys)}; {string.Join(", ", collection.Maps.Keys)}";
        }
        catch (Exception error) when (error is BpfException or ArgumentException or InvalidOperationException)
        {
            return $"{error.GetType().Name} {error.Message}";
        }
    }
}
