namespace Ebpf;

/// <summary>One slot that a <c>values</c> initialiser fills: a program of a program array, a map of a map of maps.</summary>
/// <param name="Slot">The index in the map.</param>
/// <param name="Target">The name of the program or map.</param>
public readonly record struct MapInitializer(uint Slot, string Target);
