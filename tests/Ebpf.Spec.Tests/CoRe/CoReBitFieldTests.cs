namespace Ebpf.Spec.Tests.CoRe;

/// <summary>
/// Bit fields: offset and size of the word to load, shifts, sign, existence. The values are worked out by hand from
/// <c>core_target_bitfields.bpf.c</c>.
/// </summary>
public sealed class CoReBitFieldTests
{
    // Bits counted from the first of the structure: middle 8..14, low 16..18, negative 19..23, between 32..61, wide
    // 64..113, grows 128..144, becomes_plain 160..175 (no bit field), was_plain 176..181. Both orders count alike, but
    // big-endian machines from the most significant bit of each byte.
    [Theory]
    [InlineData(ByteOrder.LittleEndian, "middle", new long[] { 0, 2, 64 - 15, 57, 0, 1 })]
    [InlineData(ByteOrder.LittleEndian, "low", new long[] { 2, 2, 64 - 3, 61, 0, 1 })]
    [InlineData(ByteOrder.LittleEndian, "negative", new long[] { 0, 8, 64 - 24, 59, 1, 1 })]
    [InlineData(ByteOrder.LittleEndian, "wide", new long[] { 8, 8, 64 - 50, 14, 0, 1 })]
    [InlineData(ByteOrder.LittleEndian, "grows", new long[] { 16, 4, 64 - 17, 47, 0, 1 })]
    [InlineData(ByteOrder.LittleEndian, "becomes_plain", new long[] { 20, 2, 48, 48, 0, 1 })]
    [InlineData(ByteOrder.LittleEndian, "was_plain", new long[] { 20, 4, 64 - 22, 58, 0, 1 })]
    [InlineData(ByteOrder.BigEndian, "middle", new long[] { 0, 2, 48 + 8, 57, 0, 1 })]
    [InlineData(ByteOrder.BigEndian, "low", new long[] { 2, 2, 48, 61, 0, 1 })]
    [InlineData(ByteOrder.BigEndian, "negative", new long[] { 0, 8, 19, 59, 1, 1 })]
    [InlineData(ByteOrder.BigEndian, "wide", new long[] { 8, 8, 0, 14, 0, 1 })]
    [InlineData(ByteOrder.BigEndian, "grows", new long[] { 16, 4, 32, 47, 0, 1 })]
    [InlineData(ByteOrder.BigEndian, "becomes_plain", new long[] { 20, 2, 48, 48, 0, 1 })]
    [InlineData(ByteOrder.BigEndian, "was_plain", new long[] { 20, 4, 32 + 16, 58, 0, 1 })]
    public void BitFields_AreLoadedAndShiftedAsTheKernelHasThem(ByteOrder order, string program, long[] expected) =>
        Assert.Equal(expected, Relocated.Program("bitfields", program, order).Values);

    [Fact]
    public void BitFields_ThatTheKernelLacks_PoisonAllButTheCheck() =>
        Assert.Equal(
            [true, true, true, true, true, false],
            Relocated.Program("bitfields", "gone").Result.Outcomes.Select(outcome => outcome.IsPoisoned));
}
