namespace Ebpf.Fuzz;

/// <summary>The library broke its promise about malformed input.</summary>
public sealed class ContractException(string message, Exception? inner = null) : Exception(message, inner);
