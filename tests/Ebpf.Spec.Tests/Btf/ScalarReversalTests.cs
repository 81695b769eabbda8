using Ebpf.Btf;
using Ebpf.Btf.Values;
using Ebpf.Common;

namespace Ebpf.Spec.Tests.Btf;

public sealed class ScalarReversalTests
{
    private readonly BtfBlob _blob = new();

    [Fact]
    public void TryReverse_MembersInAnotherOrderThanTheirOffsets_ReversesEach()
    {
        uint number = _blob.Int("u16", 2);
        uint id = _blob.Struct("s", 4, ("b", number, 16), ("a", number, 0));
        byte[] value = [1, 2, 3, 4];

        Assert.True(ScalarReversal.TryReverse(_blob.Parse()[id], value));
        Assert.Equal([2, 1, 4, 3], value);
    }

    [Fact]
    public void TryReverse_MembersThatOverlap_CannotBeDone()
    {
        uint number = _blob.Int("u32", 4);
        uint id = _blob.Struct("s", 4, ("a", number, 0), ("b", number, 0));

        Assert.False(ScalarReversal.TryReverse(_blob.Parse()[id], new byte[4]));
    }

    /// <summary>30 structures, each with the one before twice: 2 to the power of 30 of them.</summary>
    [Fact]
    public void TryReverse_EmptyStructsInOneAnother_TakesAsManyStepsAsThereAreMembers()
    {
        uint number = _blob.Int("u32", 4);
        uint inner = _blob.Struct("empty", 0);
        for (int i = 0; i < 30; i++) inner = _blob.Struct("s" + i, 0, ("a", inner, 0), ("b", inner, 0));
        uint id = _blob.Struct("s", 4, ("a", inner, 0), ("x", number, 0), ("b", inner, 32));
        byte[] value = [1, 2, 3, 4];
        ScalarReversal reversal = new(value.Length);
        long before = reversal.StepsLeft;

        Assert.True(reversal.TryReverse(_blob.Parse()[id], value, 0));
        Assert.Equal([4, 3, 2, 1], value);
        Assert.Equal(5, before - reversal.StepsLeft);
    }

    [Fact]
    public void TryReverse_OneByteInManyStructs_EndsWithTheSteps()
    {
        uint inner = _blob.Int("u8", 1);
        for (int i = 0; i < 30; i++)
        {
            uint empty = _blob.Struct("e" + i, 0);
            inner = _blob.Struct("s" + i, 1, [("a", inner, 0), .. Enumerable.Range(0, 1000).Select(n => ("e" + n, empty, 8u))]);
        }

        ScalarReversal reversal = new(1);

        Assert.False(reversal.TryReverse(_blob.Parse()[inner], new byte[1], 0));
        Assert.InRange(reversal.StepsLeft, -1, 0);
    }

    [Fact]
    public void TryReverse_ArrayOfStructs_IsWithinTheSteps()
    {
        uint number = _blob.Int("u8", 1);
        uint wrapped = _blob.Struct("w", 1, ("a", number, 0));
        uint twice = _blob.Struct("t", 1, ("a", wrapped, 0));
        uint array = _blob.Array(twice, number, 10_000);

        Assert.True(ScalarReversal.TryReverse(_blob.Parse()[array], new byte[10_000]));
        Assert.True(Limits.MaxReversalStepsPerByte > 6);
    }
}
