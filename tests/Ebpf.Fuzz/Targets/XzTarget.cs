using Ebpf.Executables;
using Ebpf.Fuzz.Mutation;

namespace Ebpf.Fuzz.Targets;

/// <summary>Compressed symbols: whole .xz files, and their contents (LZMA2) without the checksums that stop most changes.</summary>
internal sealed class XzTarget : FuzzTarget
{
    private const int Limit = 128 * 1024;

    public override string Name => "xz";

    public override IEnumerable<(string Name, byte[] Input)> Seeds()
    {
        foreach ((string check, string file) in XzFiles.All)
        {
            byte[] packed = Convert.FromBase64String(file);
            yield return (check, packed);

            // Behind the headers of the file and of the block.
            const int header = 12;
            yield return ($"{check}.lzma2", packed[(header + ((packed[header] + 1) * 4))..]);
        }
    }

    public override void Exercise(ReadOnlyMemory<byte> input, Budget budget)
    {
        budget.Run("Decode", () => XzDecoder.Decode(input.Span, Limit).Length);
        budget.Run("Decode contents", () => Lzma2Decoder.Decode(input.Span, new LzmaOutput(Limit)));
    }

    public override void Mutate(Span<byte> input, Random random) => WordMutator.Mutate(input, random);
}
