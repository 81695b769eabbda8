using System.Globalization;
using Ebpf.Btf;

namespace Ebpf.CoRe;

/// <summary>A type of the kernel that may be the one that a program means.</summary>
/// <param name="Type">The type: of the same name (but for flavours) and kind.</param>
/// <param name="Origin">Where it was found.</param>
internal readonly record struct Candidate(BtfType Type, CandidateOrigin Origin)
{
    /// <summary>For messages: <c>struct foo (type 12 of the kernel)</c>.</summary>
    public override string ToString()
    {
        string origin = Origin switch
        {
            CandidateOrigin.Kernel => "the kernel",
            CandidateOrigin.Extra => "the extra types",
            _ => "a module",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{Type} (type {Type.Id} of {origin})");
    }
}

/// <summary>Which of the <see cref="CoReTargets"/> a type belongs to.</summary>
internal enum CandidateOrigin
{
    Kernel,
    Extra,
    Module,
}
