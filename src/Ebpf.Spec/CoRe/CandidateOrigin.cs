namespace Ebpf.CoRe;

/// <summary>Which of the <see cref="CoReTargets"/> a type belongs to.</summary>
internal enum CandidateOrigin
{
    Kernel,
    Extra,
    Module,
}
