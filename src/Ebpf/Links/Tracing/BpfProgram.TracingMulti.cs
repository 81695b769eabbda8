using Ebpf.Links.Tracing;

namespace Ebpf;

/// <content>Attaching tracing programs to many functions at once.</content>
public sealed partial class BpfProgram
{
    /// <summary>
    /// Attaches a tracing program for many functions (<c>fentry.multi</c>, <c>fexit.multi</c>, <c>fsession.multi</c>) to all functions of the
    /// kernel, or of the module for which it was loaded, that match a pattern. Since Linux 7.2.
    /// </summary>
    /// <remarks>
    /// Functions that cannot be traced are not meant by a pattern; those that the kernel refuses are left out, and told to
    /// <see cref="KprobeMultiOptions.Skipped"/>.
    /// </remarks>
    /// <param name="pattern">The names: <c>*</c> stands for any number of characters, <c>?</c> for one.</param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="InvalidOperationException">It is no tracing program for many functions.</exception>
    /// <exception cref="ArgumentException">The pattern has characters that cannot stand in a name.</exception>
    /// <exception cref="BpfException">No function matches, too many do, or the kernel refused.</exception>
    public BpfLink AttachTracingMulti(string pattern, KprobeMultiOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        return TracingMultiHook.Attach(this, pattern, options ?? new());
    }

    /// <summary>
    /// Attaches a tracing program for many functions (<c>fentry.multi</c>, <c>fexit.multi</c>, <c>fsession.multi</c>) to functions of the
    /// kernel, or of the module for which it was loaded. Since Linux 7.2.
    /// </summary>
    /// <param name="functions">The functions, by their names.</param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="InvalidOperationException">It is no tracing program for many functions.</exception>
    /// <exception cref="ArgumentException">There is no function, or one by its address.</exception>
    /// <exception cref="BpfException">There is no such function, or the kernel refuses one (the message says which), or refused otherwise.</exception>
    public BpfLink AttachTracingMulti(IEnumerable<KprobeFunction> functions, KprobeMultiOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(functions);
        return TracingMultiHook.Attach(this, functions, options ?? new());
    }
}
