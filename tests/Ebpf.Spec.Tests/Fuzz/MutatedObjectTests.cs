using Ebpf.Fuzz;
using Ebpf.TestData;

namespace Ebpf.Spec.Tests.Fuzz;

/// <summary>
/// Test objects with something wrong in them, the same in every run: a short form of what <c>./build.sh fuzz</c> does with
/// coverage for guidance.
/// </summary>
public sealed class MutatedObjectTests
{
    private static readonly FuzzTarget Object = FuzzTarget.All["object"];

    [Fact]
    public void Seeds_All_KeepTheContract()
    {
        foreach (FuzzTarget target in FuzzTarget.All.Values)
        {
            foreach ((_, byte[] input) in target.Seeds()) target.Exercise(input);
        }
    }

    [Theory]
    [InlineData("object", 1000)]
    [InlineData("btf", 100)]
    [InlineData("btfext", 300)]
    [InlineData("instructions", 100)]
    [InlineData("core", 200)]
    [InlineData("value", 10)]
    [InlineData("minbtf", 10)]
    [InlineData("rewrite", 8)]
    [InlineData("print", 8)]
    [InlineData("usdt", 3000)]
    public void Mutated_Input_KeepsTheContract(string targetName, int mutations)
    {
        FuzzTarget target = FuzzTarget.All[targetName];
        foreach ((string name, byte[] original) in target.Seeds())
        {
            byte[] input = new byte[original.Length];
            for (int number = 0; number < mutations; number++)
            {
                Random random = new(number);
                original.CopyTo(input.AsSpan());
                for (int edits = random.Next(1, 4); edits > 0; edits--) target.Mutate(input, random);
                Exercise(target, input, () => $"{name}, mutation {number}");
            }
        }
    }

    [Theory]
    [InlineData("minimal", ByteOrder.LittleEndian)]
    [InlineData("counter.nobtf", ByteOrder.BigEndian)]
    public void Truncated_Object_KeepsTheContractAtEveryLength(string name, ByteOrder order)
    {
        byte[] image = TestObject.Read(name, order);
        for (int length = 0; length < image.Length; length++)
            Exercise(Object, image.AsMemory(0, length), () => $"{name} of {length} bytes");
    }

    [Theory]
    [InlineData(ByteOrder.LittleEndian)]
    [InlineData(ByteOrder.BigEndian)]
    public void Flipped_EveryByteOfAnObject_KeepsTheContract(ByteOrder order)
    {
        byte[] image = TestObject.Read("bad_unknown_member", order);
        for (int i = 0; i < image.Length; i++)
        {
            image[i] ^= 0xff;
            Exercise(Object, image, () => $"byte {i}");
            image[i] ^= 0xff;
        }
    }

    private static void Exercise(FuzzTarget target, ReadOnlyMemory<byte> input, Func<string> what)
    {
        try
        {
            target.Exercise(input);
        }
        catch (ContractException error)
        {
            throw new ContractException($"{what()}: {error.Message}", error);
        }
    }
}
