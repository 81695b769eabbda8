using Ebpf.Asm;
using Ebpf.CoRe;
using Ebpf.TestData;

namespace Ebpf.Spec.Tests.CoRe;

/// <summary>What relocations ask of values of enumerations.</summary>
public sealed class CoReEnumTests
{
    [Theory]
    [InlineData("plain_one", 11)]
    [InlineData("plain_flavoured", 13)]
    [InlineData("negative", -5)]
    [InlineData("positive", int.MaxValue)]
    [InlineData("large", 0xfffffffe)]
    [InlineData("wide", 0x123456789abd)]
    [InlineData("wide_becomes_narrow", 3)]
    [InlineData("wide_negative", -0x123456789abd)]
    [InlineData("narrow_becomes_wide", long.MinValue)]
    [InlineData("alias", 4)]
    public void Values_AreThoseOfTheKernel(string program, long expected)
    {
        foreach (ByteOrder order in Enum.GetValues<ByteOrder>())
        {
            Relocated relocated = Relocated.Program("enums", program, order);
            CoReOutcome value = relocated.Result.Outcomes[1];

            Assert.Equal(1, relocated[CoReRelocationKind.EnumValueExists]);
            Assert.Equal(expected, relocated[CoReRelocationKind.EnumValue]);
            Assert.Equal(expected, relocated.InstructionOf(value).Immediate);
        }
    }

    [Theory]
    [InlineData("plain_gone", "enum plain: no value PLAIN_GONE on this kernel")]
    [InlineData("missing", "enum missing: no such type on this kernel")]
    public void Values_ThatTheKernelLacks_DoNotExistAndPoison(string program, string reason)
    {
        Relocated relocated = Relocated.Program("enums", program);

        Assert.All(relocated.Result.Outcomes, outcome => Assert.Equal(reason, outcome.Reason));
        Assert.Equal([false, true], relocated.Result.Outcomes.Select(outcome => outcome.IsPoisoned));
        Assert.Equal(0, relocated.InstructionOf(relocated.Result.Outcomes[0]).Immediate);
    }

    [Fact]
    public void WideLoads_WithoutAValue_BecomeTwoCallsOfNoHelper()
    {
        InstructionList before = CollectionSpec.Load(TestData.TestObject.Path("core_enums")).Programs["plain_gone"].Instructions;
        Relocated relocated = Relocated.Program("enums", "plain_gone");

        Assert.Equal(before.SlotCount, relocated.Code.SlotCount);
        Assert.Equal(before.Count + 1, relocated.Code.Count);
        Assert.Equal([195896080, 195896080], relocated.Code.AsSpan()[1..3].ToArray().Select(call => call.Immediate));
        Assert.All(relocated.Code.AsSpan()[1..3].ToArray(), call => Assert.True(call.IsHelperCall));
        Assert.Equal(before[^1].OpCode, relocated.Code[^1].OpCode);
        Assert.Equal("PLAIN_GONE of enum plain", relocated.Result.At(2)!.Subject);
        Assert.Null(relocated.Result.At(3));
    }
}
