namespace Ebpf;

/// <summary>The verifier's own explanation, which kernels write into the log since Linux 7.3.</summary>
/// <param name="Category">The kind of rule that is broken: <c>Memory Safety</c>.</param>
/// <param name="Problem">What is wrong: <c>Access outside bounds</c>; empty if it does not say.</param>
/// <param name="Reason">Why; empty if it does not say.</param>
/// <param name="Suggestion">What to do; empty if it does not say.</param>
public sealed record VerifierReport(string Category, string Problem, string Reason, string Suggestion);
