using CsCheck;
using Ebpf.Asm;

namespace Ebpf.Spec.Tests.Asm;

public sealed class InstructionDecoderTests
{
    /// <summary>The list itself, and what the runtime hands out to a thread at once (8 KiB).</summary>
    private const int Constant = 16 * 1024;

    private static readonly Gen<ByteOrder> Order =
        Gen.Bool.Select(big => big ? ByteOrder.BigEndian : ByteOrder.LittleEndian);

    [Fact]
    public void Decode_WideLoad_IsOneInstructionOfTwoSlots()
    {
        InstructionList list = InstructionDecoder.Decode(
            Convert.FromHexString("18230000 05000000 00000000 10000000 9500000000000000".Replace(" ", "")),
            ByteOrder.LittleEndian);

        Assert.Equal(2, list.Count);
        Assert.Equal(3, list.SlotCount);
        Assert.Equal((Register.R3, WideLoadKind.MapValue), (list[0].Destination, list[0].WideLoadKind));
        Assert.Equal((5, 16), (list[0].ImmediateLow, list[0].ImmediateHigh));
        Assert.True(list[1].IsExit);
    }

    [Theory]
    [InlineData(ByteOrder.LittleEndian, "1f53fcfffeffffff")]
    [InlineData(ByteOrder.BigEndian, "1f35fffcfffffffe")]
    public void Decode_RegistersAndNumbers_FollowTheByteOrder(ByteOrder order, string code)
    {
        Instruction instruction = Assert.Single(InstructionDecoder.Decode(Convert.FromHexString(code), order));

        Assert.Equal(
            new Instruction(new OpCode(0x1f), Register.R3, Register.R5, offset: -4, immediate: -2), instruction);
    }

    [Fact]
    public void Decode_TruncatedWideLoad_NamesItsOffset()
    {
        byte[] code = Convert.FromHexString("b7000000000000001801000000000000");

        ObjectFormatException error = Assert.Throws<ObjectFormatException>(
            () => InstructionDecoder.Decode(code, ByteOrder.LittleEndian));

        Assert.Equal(8, error.Offset);
        Assert.Equal("offset 0x8: the second half of a 64-bit load is missing", error.Message);
    }

    [Fact]
    public void Decode_OddSize_NamesWhereTheRestBegins()
    {
        ObjectFormatException error = Assert.Throws<ObjectFormatException>(
            () => InstructionDecoder.Decode(new byte[19], ByteOrder.LittleEndian));

        Assert.Equal(16, error.Offset);
    }

    [Fact]
    public void Append_PartOfASection_NamesSectionAndOffsetInIt()
    {
        InstructionList list = [Instruction.Exit()];

        ObjectFormatException error = Assert.Throws<ObjectFormatException>(
            () => InstructionDecoder.Append(list, new byte[12], ByteOrder.BigEndian, "xdp", 0x100));

        Assert.Equal(("xdp", 0x108L), (error.Section, error.Offset!.Value));
        Assert.Equal([Instruction.Exit()], list);
    }

    [Fact]
    public void Decode_Nothing_IsAnEmptyList() => Assert.Empty(InstructionDecoder.Decode([], ByteOrder.LittleEndian));

    [Fact]
    public void DecodeEncode_AnyBytes_GivesTheSameBytes()
    {
        // Wide loads are made frequent; random bytes have one in 256.
        Gen<byte[]> slot = Gen.Select(
            Gen.Frequency((1, Gen.Const((byte)0x18)), (3, Gen.Byte)),
            Gen.Byte.Array[7],
            (op, rest) => (byte[])[op, .. rest]);
        Gen.Select(slot.Array[0, 40], Order).Sample((slots, order) =>
        {
            byte[] code = [.. slots.SelectMany(bytes => bytes)];
            InstructionList list;
            try
            {
                list = InstructionDecoder.Decode(code, order);
            }
            catch (ObjectFormatException error)
            {
                Assert.Equal(code.Length - 8, error.Offset);
                Assert.Equal(0x18, code[^8]);
                return;
            }

            Assert.Equal(code.Length / 8, list.SlotCount);
            Assert.Equal(code, list.Encode(order));
        });
    }

    [Fact]
    public void Decode_AnySize_ThrowsOnlyTheDocumentedError()
    {
        Gen.Select(Gen.Byte.Array[0, 64], Order).Sample((code, order) =>
        {
            try
            {
                Assert.Equal(code.Length, InstructionDecoder.Decode(code, order).SlotCount * 8);
            }
            catch (ObjectFormatException error)
            {
                Assert.InRange(error.Offset!.Value, 0, code.Length);
            }
        });
    }

    [Fact]
    public void Decode_100000Instructions_AllocatesTheListAndNothingElse()
    {
        const int count = 100_000;
        byte[] code = new byte[count * 8];
        for (int i = 0; i < count; i++) code[i * 8] = (byte)(i % 4 == 0 ? 0xb7 : 0x95);
        InstructionDecoder.Decode(code, ByteOrder.LittleEndian);

        long before = GC.GetAllocatedBytesForCurrentThread();
        InstructionList list = InstructionDecoder.Decode(code, ByteOrder.LittleEndian);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(count, list.Count);
        Assert.InRange(allocated, 1, (32 * count) + Constant);
    }

    [Fact]
    public void Decode_WideLoads_AreGivenNoRoomForTheirSecondSlots()
    {
        const int count = 10_000;
        byte[] code = new byte[count * 16];
        for (int i = 0; i < count; i++) code[i * 16] = 0x18;
        InstructionDecoder.Decode(code, ByteOrder.LittleEndian);

        long before = GC.GetAllocatedBytesForCurrentThread();
        InstructionDecoder.Decode(code, ByteOrder.LittleEndian);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(allocated, 1, (32 * count) + Constant);
    }
}
