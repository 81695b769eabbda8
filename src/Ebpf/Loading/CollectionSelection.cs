namespace Ebpf.Loading;

/// <summary>A part of a collection: what is wanted, and what that needs.</summary>
/// <param name="Maps">The names of the maps.</param>
/// <param name="Programs">The names of the programs.</param>
internal sealed record CollectionSelection(IReadOnlySet<string> Maps, IReadOnlySet<string> Programs);
