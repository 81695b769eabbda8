namespace Ebpf.Fuzz.Mutation;

/// <summary>Changes numbers wherever they may be: most stand at multiples of four.</summary>
internal static class WordMutator
{
    public static void Mutate(Span<byte> input, Random random)
    {
        int size = random.Next(8) switch { 0 => 1, 1 => 2, 2 => 8, _ => 4 };
        if (input.Length < size) return;
        int offset = random.Next(input.Length - size + 1);
        if (size >= sizeof(uint)) offset &= ~3;
        Values.Change(input, offset, size, big: random.Next(2) == 0, random);
    }
}
