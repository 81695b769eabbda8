using CsCheck;
using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Btf.Building;
using Ebpf.Common;
using Ebpf.CoRe;
using Ebpf.Spec.Tests.Btf;
using Ebpf.TestData;

namespace Ebpf.Spec.Tests.CoRe;

/// <summary>Whatever relocations ask, of whatever types: one family of exceptions, no hang, no deep recursion.</summary>
public sealed class CoReHostileTests
{
    private static readonly string[] Names = ["fields", "bitfields", "types", "enums", "sizes"];

    private static readonly string[] Odd = ["", ":", "0:", "-1", "2147483647", "0:2147483647:1", "4294967296", "0:0x1"];

    private static readonly Gen<string> Accessor = Gen.OneOf(
        Gen.Const("0"),
        Gen.Int[0, 16].Array[1, 5].Select(indices => string.Join(':', indices)),
        Gen.Int[0, 3].Array[60, 70].Select(indices => string.Join(':', indices)),
        Gen.Int[0, Odd.Length - 1].Select(i => Odd[i]),
        Gen.Char["0123456789:"].Array[0, 20].Select(text => new string(text)));

    private static readonly Gen<Instruction> Any = Gen.Select(Gen.Byte, Gen.Byte, Gen.Short, Gen.Long).Select(
        (code, registers, offset, immediate) =>
        {
            Instruction instruction = new(
                new OpCode(code),
                (Register)(registers & 0xf),
                (Register)(registers >> 4),
                offset,
                code == OpCode.WideLoad.Value ? immediate : (int)immediate);
            return instruction;
        });

    /// <summary>Instructions that can be relocated, most with a value that fields really have.</summary>
    private static readonly Gen<Instruction> Instructions = Gen.OneOf(
        Any,
        Gen.Int[-1, 40].Select(value => Instruction.Mov(Register.R1, value)),
        Gen.Int[-1, 40].Select(value => Instruction.LoadImmediate64(Register.R1, value)),
        Gen.Select(Gen.Enum<AccessSize>(), Gen.Short[0, 40]).Select((size, offset) => Instruction.Load(size, Register.R1, Register.R2, offset)));

    private static readonly Gen<(Instruction Instruction, CoReRelocationKind Kind, uint Type, string Accessor)[]> Program =
        Gen.Select(Instructions, Gen.Int[-1, 13].Select(kind => (CoReRelocationKind)kind), Gen.UInt[0, 80], Accessor).Array[1, 12];

    private static void Relocate(
        (Instruction Instruction, CoReRelocationKind Kind, uint Type, string Accessor)[] program, BtfSpec local, CoReTargets targets)
    {
        InstructionList code = [];
        foreach ((Instruction instruction, CoReRelocationKind kind, uint type, string accessor) in program)
        {
            try
            {
                BtfType root = local[type % (uint)local.Count];
                code.Add(instruction.Relocated(kind, root, accessor));
            }
            catch (ObjectFormatException)
            {
                code.Add(instruction);
            }
        }

        RelocateAll(code, targets);
    }

    private static void RelocateAll(InstructionList code, CoReTargets targets)
    {
        InstructionList before = code.Clone();
        int slots = code.SlotCount;
        try
        {
            CoReResult result = new CoReRelocator(targets).Apply(code, "prog");
            Assert.Equal(slots, code.SlotCount);
            Assert.False(CoReRelocator.NeedsTargets(code));
            foreach (CoReOutcome outcome in result.Outcomes)
            {
                Assert.Same(outcome, result.At(outcome.Slot));
                Assert.NotEmpty(outcome.ToString());
                Assert.Equal(outcome.IsFound, outcome.Reason is null);
                bool isPoison = code[code.IndexAtSlot(outcome.Slot)] is { IsHelperCall: true, Immediate: 0xbad2310 };
                Assert.Equal(outcome.IsPoisoned, isPoison);
            }
        }
        catch (BpfException)
        {
            Assert.Equal(before, code);
        }
    }

    private static BtfSpec? Mutate(byte[] raw, (int At, byte Value)[] changes)
    {
        byte[] copy = [.. raw];
        foreach ((int at, byte value) in changes) copy[24 + (at % (copy.Length - 24))] = value;
        try
        {
            return BtfSpec.Parse(copy);
        }
        catch (ObjectFormatException)
        {
            return null;
        }
    }

    private static byte[] RawTypes(string name) =>
        CollectionSpec.Load(TestObject.Path(name)).Types!.EncodeForKernel(BtfKernelSupport.All);

    [Fact]
    public void AnyRelocationOfAnyInstruction_ThrowsOnlyBpfException()
    {
        (BtfSpec Local, BtfSpec Target)[] pairs =
            [.. Names.Select(name => (CollectionSpec.Load(TestObject.Path($"core_{name}")).Types!, Relocated.TargetTypes(name)))];
        Gen.Select(Gen.Int[0, pairs.Length - 1], Program).Sample(
            (pair, program) => Relocate(program, pairs[pair].Local, new CoReTargets(pairs[pair].Target)), iter: 20_000);
    }

    [Fact]
    public void AnyBytesOfBothTypesChanged_ThrowOnlyBpfException()
    {
        if (EndianReader.Host != ByteOrder.LittleEndian) return;
        (byte[] Local, byte[] Target)[] pairs = [.. Names.Select(name => (RawTypes($"core_{name}"), RawTypes($"core_target_{name}")))];
        Gen<(int, byte)[]> changes = Gen.Select(Gen.Int[0, 1_000_000], Gen.Byte).Array[0, 8];
        Gen.Select(Gen.Int[0, pairs.Length - 1], changes, changes, Program).Sample(
            (pair, ofLocal, ofTarget, program) =>
            {
                if (Mutate(pairs[pair].Local, ofLocal) is not { } local) return;
                if (Mutate(pairs[pair].Target, ofTarget) is not { } target) return;
                Relocate(program, local, new CoReTargets(target));
            },
            iter: 20_000);
    }

    [Fact]
    public void RealProgramsAgainstChangedTypes_ThrowOnlyBpfException()
    {
        if (EndianReader.Host != ByteOrder.LittleEndian) return;
        (CollectionSpec Spec, byte[] Target)[] pairs =
            [.. Names.Select(name => (CollectionSpec.Load(TestObject.Path($"core_{name}")), RawTypes($"core_target_{name}")))];
        InstructionList[][] programs =
            [.. pairs.Select(pair => pair.Spec.Programs.Select(program => program.Value.Instructions).ToArray())];
        Gen.Select(Gen.Int[0, pairs.Length - 1], Gen.Int[0, 100], Gen.Select(Gen.Int[0, 1_000_000], Gen.Byte).Array[0, 8]).Sample(
            (pair, program, changes) =>
            {
                if (Mutate(pairs[pair].Target, changes) is not { } target) return;
                RelocateAll(programs[pair][program % programs[pair].Length].Clone(), new CoReTargets(target));
            },
            iter: 20_000);
    }

    [Fact]
    public void FunctionsThatTakeThemselvesManyTimes_DoNotHang()
    {
        BtfBlob blob = new();
        uint alias = blob.NextId;
        blob.Typedef("f", alias + 1);
        blob.Pointer(alias + 2);
        blob.Prototype(alias, ("", alias + 1), ("", alias + 1), ("", alias + 1));
        Expect<ObjectFormatException>(blob.Parse(), CoReRelocationKind.TypeExists, alias);
        Expect<ObjectFormatException>(blob.Parse(), CoReRelocationKind.TypeMatches, alias);
    }

    [Fact]
    public void PointersAndArraysInCircles_DoNotHang()
    {
        BtfBlob blob = new();
        uint pointer = blob.Typedef("p", 2);
        blob.Pointer(2);
        uint array = blob.Typedef("a", 4);
        blob.Array(4, 1, 1);
        BtfSpec types = blob.Parse();
        foreach (uint type in new[] { pointer, array })
        {
            Expect<ObjectFormatException>(types, CoReRelocationKind.TypeExists, type);
            Expect<ObjectFormatException>(types, CoReRelocationKind.TypeMatches, type);
        }
    }

    [Fact]
    public void ArraysInCirclesAsMembers_DoNotHang()
    {
        BtfBlob blob = new();
        blob.Struct("s", 4, ("m", 2, 0));
        blob.Array(2, 2, 1);
        BtfSpec types = blob.Parse();

        Expect<ObjectFormatException>(types, CoReRelocationKind.FieldExists, 1, "0:0");
    }

    [Fact]
    public void StructuresInThemselvesByValue_DoNotHang()
    {
        BtfBlob blob = new();
        blob.Struct("s", 4, [.. Enumerable.Repeat(("", 1u, 0u), 10)]);
        blob.Struct("t", 4, ("a", 2, 0), ("b", 2, 0));
        BtfSpec types = blob.Parse();

        Expect<ObjectFormatException>(types, CoReRelocationKind.TypeMatches, 1);
        Expect<ObjectFormatException>(types, CoReRelocationKind.TypeMatches, 2);
    }

    [Fact]
    public void AnonymousStructuresInManyLayers_AreSearchedInLinearTime()
    {
        const int layers = 20_000;
        BtfBlob blob = new();
        uint number = blob.Int("int", 4, 1);
        uint inner = blob.Struct("", 4, ("x", number, 0));
        for (int i = 0; i < layers; i++) inner = blob.Struct("", 4, ("", inner, 0), ("", inner, 0));
        uint outer = blob.Struct("s", 4, ("", inner, 0), ("", inner, 0));
        BtfSpec types = blob.Parse();
        BtfBlob program = new();
        uint local = program.Struct("s", 8, ("x", program.Int("int", 4, 1), 0), ("y", 1, 32));
        BtfSpec localTypes = program.Parse();
        long before = GC.GetAllocatedBytesForCurrentThread();

        CoReResult result = Code.Apply(
            new CoReTargets(types),
            Code.Ask(CoReRelocationKind.FieldExists, localTypes[local], "0:0", 1),
            Code.Ask(CoReRelocationKind.FieldExists, localTypes[local], "0:1", 1));

        Assert.Equal([true, false], result.Outcomes.Select(outcome => outcome.IsFound));
        Assert.Equal(outer, types.Get<StructType>("s").Id.Value);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000L * layers);
    }

    [Fact]
    public void ManyPoisonedWideLoads_TakeLinearTime()
    {
        BtfBlob blob = new();
        BtfType type = blob.Parse()[0];
        uint number = blob.Enum("e", false, ("V", 1));
        type = blob.Parse()[number];
        InstructionList code = [];
        Instruction load = Instruction.LoadImmediate64(Register.R1, 1).Relocated(CoReRelocationKind.EnumValue, type, "0");
        for (int i = 0; i < 200_000; i++) code.Add(load);
        long before = GC.GetAllocatedBytesForCurrentThread();

        CoReResult result = new CoReRelocator(new CoReTargets(new BtfBlob().Parse())).Apply(code, "prog");

        Assert.Equal(400_000, code.Count);
        Assert.Equal(399_998, result.Outcomes[^1].Slot);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000L * 200_000);
    }

    /// <summary>Asks of a type, whose own types are the kernel's too.</summary>
    private static void Expect<T>(BtfSpec types, CoReRelocationKind kind, uint type, string accessor = "0")
        where T : BpfException
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<T>(() => Code.Apply(new CoReTargets(types), Code.Ask(kind, types[type], accessor, 1)));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (1 << 20) + (256L * types.Size));
    }
}
