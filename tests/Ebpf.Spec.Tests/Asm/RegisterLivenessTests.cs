using CsCheck;
using Ebpf.Asm;
using Ebpf.Asm.Flow;

namespace Ebpf.Spec.Tests.Asm;

/// <summary>In most tests the question is whether R1 is live behind the first instruction, which sets it.</summary>
public sealed class RegisterLivenessTests
{
    private static readonly Instruction Set = Instruction.Mov(Register.R1, 7);
    private static readonly Instruction Use = Instruction.Mov(Register.R0, Register.R1);
    private static readonly Instruction Clear = Instruction.Mov(Register.R0, 0);
    private static readonly Instruction Exit = Instruction.Exit();

    public static TheoryData<string, bool, InstructionList> Programs => new()
    {
        { "read at once", true, [Set, Use, Exit] },
        { "never read", false, [Set, Clear, Exit] },
        { "overwritten", false, [Set, Instruction.Mov(Register.R1, 0), Use, Exit] },
        { "lower half overwritten, which clears the upper", false, [Set, Instruction.Mov32(Register.R1, 0), Use, Exit] },
        { "lower half read", true, [Set, Instruction.Mov32(Register.R0, Register.R1), Exit] },
        { "added to", true, [Set, Instruction.Add(Register.R1, 1), Exit] },
        { "negated", true, [Set, Instruction.Neg(Register.R1), Exit] },
        { "overwritten by a wide load", false, [Set, Instruction.LoadImmediate64(Register.R1, 1L << 40), Use, Exit] },
        { "overwritten by a load from elsewhere", false, [Set, Instruction.Load(AccessSize.Word, Register.R1, Register.R10, -4), Use, Exit] },
        { "overwritten by a load from where it points", true, [Set, Instruction.Load(AccessSize.Word, Register.R1, Register.R1), Exit] },
        { "stored", true, [Set, Instruction.Store(AccessSize.Byte, Register.R10, -1, Register.R1), Clear, Exit] },
        { "stored through", true, [Set, Instruction.Store(AccessSize.Byte, Register.R1, 0, 5), Clear, Exit] },
        { "compared", true, [Set, Instruction.JumpIf(JumpCondition.Equal, Register.R1, 1, 0), Clear, Exit] },
        { "compared on the right", true, [Set, Instruction.JumpIf32(JumpCondition.Equal, Register.R0, Register.R1, 0), Clear, Exit] },
        { "read on the path that jumps", true, [Set, If("use"), Clear, Exit, Use.WithSymbol("use"), Exit] },
        { "read on the path that goes on", true, [Set, If("out"), Use, Clear.WithSymbol("out"), Exit] },
        { "overwritten on both paths", false, [Set, If("else"), Instruction.Mov(Register.R1, 1), Instruction.Jump("use"),
            Instruction.Mov(Register.R1, 2).WithSymbol("else"), Use.WithSymbol("use"), Exit] },
        { "overwritten on one path of two", true, [Set, If("use"), Instruction.Mov(Register.R1, 1), Use.WithSymbol("use"), Exit] },
        { "not read behind a jump over the read", false, [Set, Instruction.Jump(1), Use, Clear, Exit] },
        { "not read behind a long jump over the read", false, [Set, Instruction.JumpLong(1), Use, Clear, Exit] },
        { "jump by slots over a wide load", false,
            [Set, Instruction.Jump(3), Instruction.LoadImmediate64(Register.R2, 1), Use, Clear, Exit] },
        { "read where may_goto leads", true, [Set, Instruction.MayGoto(2), Clear, Exit, Use, Exit] },
        { "argument of a helper", true, [Set, Instruction.Call(Helper.KtimeGetNs), Exit] },
        { "argument of a function", true, [Set, Instruction.CallFunction(1), Exit, Clear, Exit] },
        { "argument of a kernel function", true, [Set, Instruction.CallKfunc(1), Exit] },
        { "call of what is not known", true, [Set, Instruction.CallRegister(Register.R2), Exit] },
        { "jump to where a register points", true, [Set, Instruction.JumpRegister(Register.R2), Clear, Exit] },
        { "arithmetic that is not known", true, [Set, new Instruction(new OpCode(0xe7)), Clear, Exit] },
        { "end of the list without exit", true, [Set] },
        { "jump out of the list", true, [Set, Instruction.Jump(9), Clear, Exit] },
        { "jump into a wide load", true, [Set, Instruction.Jump(1), Instruction.LoadImmediate64(Register.R2, 1), Clear, Exit] },
        { "jump to a label that is missing", true, [Set, Instruction.Jump("nowhere"), Clear, Exit] },
        { "added atomically", true, [Set, Instruction.AtomicAdd(AccessSize.Word, Register.R10, -4, Register.R1), Clear, Exit] },
        { "exchanged for what is not read", true,
            [Set, Instruction.Atomic(AtomicOperation.Exchange, AccessSize.DoubleWord, Register.R10, -8, Register.R1), Clear, Exit] },
        { "overwritten by an acquiring load", false,
            [Set, Instruction.Atomic(AtomicOperation.LoadAcquire, AccessSize.Word, Register.R1, 0, Register.R10), Use, Exit] },
    };

    [Theory]
    [MemberData(nameof(Programs))]
    public void IsLiveAfter_First_IsWhetherSomePathReadsIt(string what, bool expected, InstructionList program) =>
        Assert.True(expected == RegisterLiveness.Of(program).IsLiveAfter(0, Register.R1), what);

    [Fact]
    public void IsLiveAfter_AcrossACall_OnlyWhatIsKept()
    {
        RegisterLiveness liveness = RegisterLiveness.Of(
        [
            Instruction.Mov(Register.R0, 1),
            Instruction.Call(Helper.KtimeGetNs),
            Instruction.Add(Register.R0, Register.R6),
            Instruction.Add(Register.R0, Register.R5),
            Exit,
        ]);

        Assert.False(liveness.IsLiveAfter(0, Register.R0));
        Assert.True(liveness.IsLiveAfter(0, Register.R6));
        Assert.True(liveness.IsLiveAfter(1, Register.R0));
        Assert.False(liveness.IsLiveAfter(0, Register.R7));
    }

    [Fact]
    public void IsLiveAfter_PacketLoad_ReadsTheContext()
    {
        RegisterLiveness liveness = RegisterLiveness.Of(
            [Instruction.Mov(Register.R1, 1), Instruction.LoadIndirect(AccessSize.HalfWord, Register.R7), Instruction.Add(Register.R0, Register.R1), Exit]);

        Assert.True(liveness.IsLiveAfter(0, Register.R6));
        Assert.True(liveness.IsLiveAfter(0, Register.R7));
        Assert.False(liveness.IsLiveAfter(0, Register.R1));
        Assert.False(liveness.IsLiveAfter(0, Register.R0));
    }

    [Fact]
    public void IsLiveAfter_CompareExchange_ReadsAndWritesR0()
    {
        RegisterLiveness liveness = RegisterLiveness.Of(
            [Clear, Instruction.Atomic(AtomicOperation.CompareExchange, AccessSize.Word, Register.R10, -4, Register.R2), Exit]);

        Assert.True(liveness.IsLiveAfter(0, Register.R0));
        Assert.True(liveness.IsLiveAfter(0, Register.R2));
        Assert.False(liveness.IsLiveAfter(1, Register.R2));
    }

    [Fact]
    public void IsLiveAfter_Loop_ReadInTheNextRound()
    {
        RegisterLiveness liveness = RegisterLiveness.Of(
        [
            Clear,
            Instruction.Add(Register.R0, Register.R1).WithSymbol("again"),
            Set,
            Instruction.Mov(Register.R2, 3),
            Instruction.JumpIf(JumpCondition.LessThan, Register.R0, 100, "again"),
            Exit,
        ]);

        Assert.True(liveness.IsLiveAfter(2, Register.R1));
        Assert.False(liveness.IsLiveAfter(3, Register.R2));
    }

    [Fact]
    public void Of_Empty_IsNothing() => RegisterLiveness.Of([]);

    [Fact]
    public void IsLiveAfter_DeeplyNestedLoops_ReadInTheOutermost()
    {
        // The innermost sets R1, the outermost reads it at its head.
        const int depth = 16_000;
        InstructionList program = [Use];
        for (int i = 1; i < depth; i++) program.Add(Clear);
        program[depth - 1] = Set;
        for (int i = 0; i < depth; i++) program.Add(Instruction.JumpIf(JumpCondition.Equal, Register.R2, 1, (short)((-2 * i) - 2)));
        program.Add(Exit);

        RegisterLiveness liveness = RegisterLiveness.Of(program);

        Assert.True(liveness.IsLiveAfter(depth - 1, Register.R1));
        Assert.True(liveness.IsLiveAfter((2 * depth) - 2, Register.R1));
        Assert.False(liveness.IsLiveAfter(0, Register.R1));
        Assert.False(liveness.IsLiveAfter(depth - 1, Register.R3));
    }

    [Fact]
    public void IsLiveAfter_AnyProgram_IsWhatFollowingAllPathsFinds()
    {
        Gen<Instruction> instruction = Gen.Select(Gen.Int[0, 7], Gen.Int[0, 10], Gen.Int[0, 10], Gen.Int[-6, 6], Make);
        instruction.List[1, 24].Sample(instructions =>
        {
            InstructionList program = [.. instructions];
            RegisterLiveness liveness = RegisterLiveness.Of(program);
            for (int i = 0; i < program.Count; i++)
            {
                for (Register register = Register.R0; register <= Register.R10; register++)
                    Assert.Equal(IsReadBehind(program, i, register), liveness.IsLiveAfter(i, register));
            }
        });

        static Instruction Make(int kind, int destination, int source, int offset) => kind switch
        {
            0 => Instruction.Mov((Register)destination, (Register)source),
            1 => Instruction.Mov32((Register)destination, offset),
            2 => Instruction.Add((Register)destination, (Register)source),
            3 => Instruction.Jump((short)offset),
            4 => Instruction.JumpIf(JumpCondition.Equal, (Register)destination, (Register)source, (short)offset),
            5 => Instruction.Atomic(AtomicOperation.FetchAdd, AccessSize.Word, (Register)destination, 0, (Register)source),
            6 => Instruction.Call((Helper)1),
            _ => Exit,
        };
    }

    private static Instruction If(string label) => Instruction.JumpIf(JumpCondition.Equal, Register.R2, 1, label);

    /// <summary>Follows all paths with one register, in programs without wide loads and labels.</summary>
    private static bool IsReadBehind(InstructionList program, int index, Register register)
    {
        HashSet<int> seen = [];
        Stack<int> open = new();
        Follow(index);
        while (open.TryPop(out int next))
        {
            if (!seen.Add(next)) continue;
            if (next < 0 || next >= program.Count) return true;
            RegisterUse use = RegisterUse.Of(in program[next]);
            if ((use.Reads & RegisterUse.Bit(register)) != 0) return true;
            if ((use.Writes & RegisterUse.Bit(register)) == 0) Follow(next);
        }

        return false;

        void Follow(int from)
        {
            ref Instruction instruction = ref program[from];
            if (instruction.IsJump) open.Push(from + 1 + instruction.Offset);
            if (!instruction.IsExit && instruction.OpCode != OpCode.Goto) open.Push(from + 1);
        }
    }
}
