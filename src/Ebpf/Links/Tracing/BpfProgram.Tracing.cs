using Ebpf.Links.Tracing;

namespace Ebpf;

/// <content>Attaching to what was chosen when the program was loaded.</content>
public sealed partial class BpfProgram
{
    /// <summary>
    /// Attaches a tracing program (<c>fentry</c>, <c>fexit</c>, <c>fmod_ret</c>, <c>tp_btf</c>) to the function or tracepoint that was chosen
    /// when it was loaded (<see cref="ProgramSpec.AttachTo"/>). Since Linux 5.5.
    /// </summary>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="InvalidOperationException">
    /// It is no tracing program, or an iterator; or it was opened and gets a cookie: the kernel does not tell its attach type.
    /// </exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is too old for cookies.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public BpfLink AttachTracing(TracingOptions? options = null) => TracingHook.Attach(this, target: null, options ?? new());

    /// <summary>
    /// Attaches an LSM program to the hook that was chosen when it was loaded (<see cref="ProgramSpec.AttachTo"/>). Since Linux 5.7; the
    /// kernel calls it only if <c>bpf</c> is in its list of security modules.
    /// </summary>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="InvalidOperationException">
    /// It is no LSM program, or one for cgroups; or it was opened and gets a cookie: the kernel does not tell its attach type.
    /// </exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is too old for cookies.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public BpfLink AttachLsm(TracingOptions? options = null) => TracingHook.AttachLsm(this, hook: null, options ?? new());
}
