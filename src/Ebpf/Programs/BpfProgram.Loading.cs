using Ebpf.Loading;

namespace Ebpf;

/// <content>Loading one program by itself.</content>
public sealed partial class BpfProgram
{
    /// <summary>Loads a single program, without a collection.</summary>
    /// <param name="spec">The program. It is not changed, and can be loaded again.</param>
    /// <param name="options">
    /// How to load it; <see cref="CollectionOptions.Maps"/> has the maps that its code names, all of them, and
    /// <see cref="CollectionOptions.TargetPrograms"/> is looked up by <see cref="ProgramSpec.Name"/>.
    /// </param>
    /// <param name="cancellation">Ends it between two attempts.</param>
    /// <returns>The program, which is the caller's to dispose.</returns>
    /// <exception cref="ArgumentException">The options name what does not exist, or do not fit to the program.</exception>
    /// <exception cref="ObjectDisposedException">A map, program or token in the options is disposed.</exception>
    /// <exception cref="VerifierException">The verifier refused the program.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel lacks something that the program needs.</exception>
    /// <exception cref="ObjectFormatException">The code is malformed.</exception>
    /// <exception cref="BpfException">
    /// The code names a map that is not in the options, or a kernel setting (<c>__kconfig</c>), which only a collection has; or the
    /// kernel refused otherwise.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static BpfProgram Load(ProgramSpec spec, CollectionOptions? options = null, CancellationToken cancellation = default) =>
        SingleProgram.Load(spec, options, cancellation);
}
