using Ebpf.Loading;

namespace Ebpf;

/// <content>Loading one program by itself.</content>
public sealed partial class BpfProgram
{
    /// <summary>Loads a single program, without a collection.</summary>
    /// <param name="spec">The program. It is not changed, and can be loaded again.</param>
    /// <param name="options">
    /// Options for loading. <see cref="CollectionOptions.Maps"/> has all the maps that the code names, and
    /// <see cref="CollectionOptions.TargetPrograms"/> is looked up by <see cref="ProgramSpec.Name"/>.
    /// </param>
    /// <param name="cancellation">Cancels the loading between two attempts.</param>
    /// <returns>The program, which is the caller's to dispose.</returns>
    /// <exception cref="ArgumentException">The options name something that does not exist, or do not fit the program.</exception>
    /// <exception cref="ObjectDisposedException">A map, program or token in the options is disposed.</exception>
    /// <exception cref="VerifierException">The verifier refused the program.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel lacks something that the program needs.</exception>
    /// <exception cref="ObjectFormatException">The code is malformed.</exception>
    /// <exception cref="BpfException">
    /// The code names a map that is not in the options, or a kernel setting (<c>__kconfig</c>), which only a collection has; or the
    /// kernel refused otherwise.
    /// </exception>
    /// <exception cref="OperationCanceledException">The loading was canceled.</exception>
    public static BpfProgram Load(ProgramSpec spec, CollectionOptions? options = null, CancellationToken cancellation = default) =>
        SingleProgram.Load(spec, options, cancellation);
}
