using Ebpf.Btf;
using Ebpf.CoRe;

namespace Ebpf.Asm;

/// <summary>
/// What is known about an instruction beyond its code. Immutable, so that copies of an instruction can share it.
/// </summary>
internal sealed record Annotation(
    string? Symbol, LineInfo? Line, FunctionType? Function, CoReRelocation? Relocation, Metadata? Metadata)
{
    /// <summary>Makes an annotation; <c>null</c> if nothing is known.</summary>
    public static Annotation? Create(
        string? symbol, LineInfo? line, FunctionType? function, CoReRelocation? relocation, Metadata? metadata) =>
        symbol is null && line is null && function is null && relocation is null && metadata is null
            ? null
            : new Annotation(symbol, line, function, relocation, metadata);
}
