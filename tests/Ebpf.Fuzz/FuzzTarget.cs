using Ebpf.Fuzz.Targets;

namespace Ebpf.Fuzz;

/// <summary>A part of the library that reads bytes from strangers.</summary>
public abstract class FuzzTarget
{
    /// <summary>All of them, by name.</summary>
    public static IReadOnlyDictionary<string, FuzzTarget> All { get; } = new FuzzTarget[]
    {
        new ObjectTarget(), new BtfTarget(), new BtfExtensionsTarget(), new InstructionsTarget(), new CoReTarget(),
        new ValueTarget(), new MinimalBtfTarget(), new BtfRewritingTarget(), new BtfPrintingTarget(), new UsdtNotesTarget(),
        new ExecutableTarget(), new XzTarget(),
    }.ToDictionary(target => target.Name, StringComparer.Ordinal);

    /// <summary>The name by which the command line knows it.</summary>
    public abstract string Name { get; }

    /// <summary>Well-formed inputs, with names.</summary>
    public abstract IEnumerable<(string Name, byte[] Input)> Seeds();

    /// <summary>Does with an input everything that a user could.</summary>
    /// <param name="input">Any bytes.</param>
    /// <param name="budget">Runs the operations.</param>
    /// <exception cref="ContractException">The library did not cope.</exception>
    public abstract void Exercise(ReadOnlyMemory<byte> input, Budget budget);

    /// <summary>Changes something that has a meaning.</summary>
    /// <param name="input">The input, changed in place.</param>
    /// <param name="random">Decides what.</param>
    public abstract void Mutate(Span<byte> input, Random random);

    /// <summary>Does with an input everything that a user could.</summary>
    /// <exception cref="ContractException">The library did not cope.</exception>
    public void Exercise(ReadOnlyMemory<byte> input) => Exercise(input, new Budget(input.Length));
}
