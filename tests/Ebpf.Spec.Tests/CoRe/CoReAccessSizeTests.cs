using System.Text.RegularExpressions;
using Ebpf.Asm;
using Ebpf.CoRe;
using Ebpf.Spec.Tests.Btf;

namespace Ebpf.Spec.Tests.CoRe;

/// <summary>Loads and stores of fields that have another size on the kernel.</summary>
public sealed class CoReAccessSizeTests
{
    [Theory]
    [InlineData("load_grows", "r0 = *(u64 *)(r1 + 16)")]
    [InlineData("load_shrinks", "r0 = *(u32 *)(r1 + 24)")]
    [InlineData("load_to_byte", "r0 = *(u8 *)(r1 + 28)")]
    [InlineData("load_flag", "r0 = *(u16 *)(r1 + 30)")]
    [InlineData("load_pointer", "r0 = *(u64 *)(r1 + 88)")]
    [InlineData("load_element", "r0 = *(u16 *)(r1 + 82)")]
    [InlineData("store_register", "*(u64 *)(r1 + 16) = r1")]
    [InlineData("store_immediate", "*(u32 *)(r1 + 24) = r2")]
    public void UnsignedNumbersAndPointers_AreMovedAtTheSizeOfTheKernel(string program, string expected)
    {
        Relocated relocated = Relocated.Program("sizes", program);
        Instruction access = relocated.InstructionOf(Assert.Single(relocated.Result.Outcomes));

        // Which registers it takes is the compiler's business.
        Assert.Equal(AnyRegister(expected), AnyRegister(access.ToString()));
    }

    private static string AnyRegister(string text) => Regex.Replace(text, @"\br\d+", "r");

    [Theory]
    [InlineData("load_negative_grows", "negative_grows: has 8 bytes on this kernel, 4 in the program")]
    [InlineData("load_negative_shrinks", "negative_shrinks: has 2 bytes on this kernel, 8 in the program")]
    [InlineData("load_becomes_signed", "becomes_signed: has 8 bytes on this kernel, 4 in the program")]
    [InlineData("load_huge", "huge: has 16 bytes on this kernel, 4 in the program")]
    [InlineData("load_becomes_bits", "becomes_bits: is a bit field on this kernel")]
    [InlineData("load_a_part", "narrow: has 8 bytes on this kernel, 4 in the program")]
    public void AnythingElse_Poisons(string program, string reason)
    {
        CoReOutcome outcome = Assert.Single(Relocated.Program("sizes", program).Result.Outcomes);

        Assert.True(outcome.IsPoisoned);
        Assert.StartsWith($"struct sizes.{reason}", outcome.Reason);
    }

    // 1 signed.
    [Theory]
    [InlineData(1, 4, 8, "r0 = *(u64 *)(r1 + 0)")]
    [InlineData(1, 4, 2, "r0 = *(s16 *)(r1 + 0)")]
    [InlineData(1, 1, 4, "r0 = *(s32 *)(r1 + 0)")]
    [InlineData(0, 4, 8, null)]
    public void SignExtendingLoads_AreAdjustedForSignedNumbers(uint encoding, uint local, uint target, string? expected)
    {
        Instruction load = new(OpCode.OfAccess(InstructionClass.LoadRegister, AccessMode.MemorySignExtended, Size(local)), Register.R0, Register.R1);

        Assert.Equal(expected, Relocate(load, encoding, local, target));
    }

    [Theory]
    [InlineData(4, 8, "lock *(u64 *)(r1 + 0) += r2")]
    [InlineData(8, 4, "lock *(u32 *)(r1 + 0) += w2")]
    [InlineData(4, 2, null)]
    public void AtomicOperations_AreAdjustedToTheSizesThatTheyHave(uint local, uint target, string? expected)
    {
        Instruction add = new(OpCode.OfAccess(InstructionClass.StoreRegister, AccessMode.Atomic, Size(local)), Register.R1, Register.R2);

        Assert.Equal(expected, Relocate(add, 0, local, target));
    }

    [Theory]
    [InlineData(AtomicOperation.LoadAcquire, 1, 8)]
    [InlineData(AtomicOperation.LoadAcquire, 4, 2)]
    [InlineData(AtomicOperation.StoreRelease, 8, 1)]
    public void OrderedLoadsAndStores_AreAdjustedToEverySize(AtomicOperation operation, uint local, uint target)
    {
        Instruction access = new(
            OpCode.OfAccess(InstructionClass.StoreRegister, AccessMode.Atomic, Size(local)), Register.R1, Register.R2, immediate: (long)operation);

        Assert.Contains($"u{target * 8} *)", Relocate(access, 0, local, target));
    }

    // The sign of an immediate is extended to 8 bytes; what the field gets above the program's bytes must be zeros.
    [Theory]
    [InlineData(4, 8, 7, "*(u64 *)(r1 + 0) = 7")]
    [InlineData(8, 4, -1, "*(u32 *)(r1 + 0) = -1")]
    [InlineData(1, 4, -1, "*(u32 *)(r1 + 0) = 255")]
    [InlineData(2, 8, -2, "*(u64 *)(r1 + 0) = 65534")]
    [InlineData(4, 2, -1, "*(u16 *)(r1 + 0) = -1")]
    [InlineData(4, 8, -1, null)]
    public void StoredImmediates_KeepTheirValueInAWiderField(uint local, uint target, int immediate, string? expected) =>
        Assert.Equal(expected, Relocate(Instruction.Store(Size(local), Register.R1, 0, immediate), 0, local, target));

    [Fact]
    public void StoredImmediates_ThatNoWiderStoreHas_AreNamed()
    {
        Instruction store = Instruction.Store(AccessSize.Word, Register.R1, 0, -1).Relocated(CoReRelocationKind.FieldByteOffset, Holder(0, 4)[2], "0:0");

        CoReOutcome outcome = Assert.Single(Code.Apply(new CoReTargets(Holder(0, 8)), store).Outcomes);

        Assert.Equal(
            "struct holder.field: has 8 bytes on this kernel, and no store of as many has the immediate 4294967295", outcome.Reason);
    }

    private static AccessSize Size(uint bytes) => bytes switch
    {
        1 => AccessSize.Byte,
        2 => AccessSize.HalfWord,
        4 => AccessSize.Word,
        _ => AccessSize.DoubleWord,
    };

    /// <summary>The text of the instruction after the relocation; <c>null</c> if it is poisoned.</summary>
    private static string? Relocate(Instruction access, uint encoding, uint local, uint target)
    {
        access.Relocation = new CoReRelocation { Kind = CoReRelocationKind.FieldByteOffset, Type = Holder(encoding, local)[2], Accessor = "0:0" };
        InstructionList code = [];
        code.Add(access);
        CoReResult result = new CoReRelocator(new CoReTargets(Holder(encoding, target))).Apply(code, "p");
        return result.Outcomes[0].IsPoisoned ? null : code[0].ToString();
    }

    private static BtfSpec Holder(uint encoding, uint size)
    {
        BtfBlob blob = new();
        uint number = blob.Int($"number{size}", size, encoding);
        blob.Struct("holder", size, ("field", number, 0));
        return blob.Parse();
    }
}
