using Ebpf.Asm;

namespace Ebpf.Spec.Tests.Asm;

public sealed class KnownEncodingTests
{
    [Fact]
    public void Encode_EveryForm_GivesTheKnownBytes()
    {
        foreach (KnownEncoding known in KnownEncoding.All)
        {
            InstructionList list = [known.Instruction];

            Assert.Equal($"{known}: {known.Little}", $"{known}: {Hex(list.Encode(ByteOrder.LittleEndian))}");
            Assert.Equal($"{known}: {known.Big}", $"{known}: {Hex(list.Encode(ByteOrder.BigEndian))}");
        }
    }

    [Fact]
    public void Decode_KnownBytes_GivesEveryForm()
    {
        foreach (KnownEncoding known in KnownEncoding.All)
        {
            byte[] little = Convert.FromHexString(known.Little);
            byte[] big = Convert.FromHexString(known.Big);

            Assert.Equal(known.Instruction, Assert.Single(InstructionDecoder.Decode(little, ByteOrder.LittleEndian)));
            Assert.Equal(known.Instruction, Assert.Single(InstructionDecoder.Decode(big, ByteOrder.BigEndian)));
        }
    }

    [Fact]
    public void Format_EveryForm_GivesTheKnownText()
    {
        foreach (KnownEncoding known in KnownEncoding.All) Assert.Equal(known.Text, known.Instruction.ToString());
    }

    [Fact]
    public void All_CoversEveryOpcodeOfTheInstructionSet()
    {
        HashSet<byte> covered = [.. KnownEncoding.All.Select(known => known.Instruction.OpCode.Value)];
        IEnumerable<byte> known = Enumerable.Range(0, 256)
            .Select(value => (byte)value)
            .Where(value => !InstructionFormatter.Format(Plausible(value)).StartsWith('('));

        Assert.Empty(known.Except(covered));
    }

    /// <summary>An instruction of this opcode that is right if any is.</summary>
    private static Instruction Plausible(byte value)
    {
        OpCode opCode = new(value);
        bool end = opCode.IsAlu && opCode.AluOperation == AluOperation.End;
        bool narrowAtomic = opCode.Class == InstructionClass.StoreRegister && opCode.Mode == AccessMode.Atomic
            && opCode.Size is AccessSize.Byte or AccessSize.HalfWord;
        return new Instruction(opCode, immediate: end ? 16 : narrowAtomic ? (int)AtomicOperation.LoadAcquire : 0);
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
