using Ebpf.Links.Tracing;

namespace Ebpf;

/// <content>Attaching to what was chosen when the program was loaded.</content>
public sealed partial class BpfProgram
{
    /// <summary>
    /// Attaches a tracing program (<c>fentry</c>, <c>fexit</c>, <c>fmod_ret</c>, <c>fsession</c>, <c>tp_btf</c>) to the function or tracepoint
    /// that was chosen when it was loaded: of the kernel or a module (<see cref="ProgramSpec.AttachTo"/>), or of another BPF program
    /// (<see cref="CollectionOptions.TargetPrograms"/>). Since Linux 5.5; <c>fmod_ret</c> since 5.7, <c>fsession</c> since 7.0.
    /// </summary>
    /// <remarks>
    /// A kernel that runs on arm64 before Linux 6.4 loads such programs, and refuses to attach those of functions (ENOTSUPP).
    /// </remarks>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="InvalidOperationException">It is no tracing program, or an iterator, or one for many functions.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is too old for cookies.</exception>
    /// <exception cref="BpfException">
    /// The program is attached there already, or another one has replaced the function (EBUSY; the message says which), or the kernel refused
    /// otherwise.
    /// </exception>
    public BpfLink AttachTracing(TracingOptions? options = null) => TracingHook.Attach(this, target: null, options ?? new());

    /// <summary>
    /// Attaches an LSM program to the hook that was chosen when it was loaded (<see cref="ProgramSpec.AttachTo"/>). Since Linux 5.7. One for
    /// the processes of a cgroup (<c>lsm_cgroup</c>) is attached by <see cref="AttachCgroup(string, CgroupOptions?)"/>.
    /// </summary>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="InvalidOperationException">It is no LSM program, or one for cgroups.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is too old for cookies.</exception>
    /// <exception cref="BpfException">
    /// <c>bpf</c> is not among the security modules of the kernel, which would attach the program and never run it (EOPNOTSUPP); or the kernel
    /// refused otherwise.
    /// </exception>
    public BpfLink AttachLsm(TracingOptions? options = null) => TracingHook.AttachLsm(this, hook: null, options ?? new());
}
