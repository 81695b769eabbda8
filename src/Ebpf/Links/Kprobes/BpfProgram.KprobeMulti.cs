using Ebpf.Links.Kprobes;

namespace Ebpf;

/// <content>Attaching to many functions of the kernel.</content>
public sealed partial class BpfProgram
{
    /// <summary>Attaches a program to the entries of all functions of the kernel that match a pattern, and a session to their returns too.</summary>
    /// <param name="pattern">
    /// The pattern: <c>*</c> stands for any number of characters, <c>?</c> for one. With the name of a module before it only its functions are
    /// meant (<c>ext4:ext4_*</c>), with <c>vmlinux:</c> those of the kernel itself.
    /// </param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <returns>The link; disposing it detaches the program from all functions.</returns>
    /// <remarks>
    /// <para>
    /// One link holds all of them, since Linux 5.18 with CONFIG_FPROBE. Whether the kernel has such links was found out when the program was
    /// loaded: where it has none, a program of <c>SEC("kprobe.multi")</c> is loaded as one of <c>SEC("kprobe")</c>, and attached to each function
    /// by a kprobe of its own, several at the same time. That takes longer, and two descriptors for each function; sessions (Linux 6.10)
    /// have no such way.
    /// </para>
    /// <para>
    /// The functions are those that the kernel can trace, as tracefs lists them; without the right to read tracefs, those that the kernel's
    /// types describe. All functions of a name are meant. Functions that the kernel refuses are left out, as are those a program on which
    /// has hung machines: see <see cref="KprobeMultiOptions"/>. To find out which it refuses, the program is attached to parts of them for a
    /// moment.
    /// </para>
    /// </remarks>
    /// <exception cref="ArgumentException"><paramref name="pattern"/> has characters that cannot stand in the name of a function.</exception>
    /// <exception cref="InvalidOperationException">It is no kprobe program.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is too old for cookies or sessions.</exception>
    /// <exception cref="BpfException">
    /// No function matches, or more than <see cref="KprobeMultiOptions.MaxFunctions"/>; the kernel refuses all of them; the process lacks
    /// CAP_PERFMON, or has no descriptors left, or the kernel refused otherwise.
    /// </exception>
    public BpfLink AttachKprobeMulti(string pattern, KprobeMultiOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        return KprobeMultiHook.Attach(this, pattern, atReturn: false, options ?? new());
    }

    /// <summary>Attaches a program to the entries of functions of the kernel, and a session to their returns too.</summary>
    /// <param name="functions">
    /// The functions, by name or address, perhaps with a cookie each: <c>["do_unlinkat", new("vfs_read") { Cookie = 7 }]</c>. One that is there
    /// several times counts once. Of several functions of a name the kernel takes the first that it can trace.
    /// </param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <returns>The link; disposing it detaches the program from all functions.</returns>
    /// <remarks>
    /// See <see cref="AttachKprobeMulti(string, KprobeMultiOptions?)"/> for kernels without links to many functions. Addresses and the names
    /// of modules need the kernel's symbols to be visible (CAP_SYSLOG), if there are names beside them.
    /// </remarks>
    /// <exception cref="ArgumentException">There is no function, or one is there twice with different cookies.</exception>
    /// <exception cref="InvalidOperationException">It is no kprobe program.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is too old for cookies or sessions.</exception>
    /// <exception cref="BpfException">
    /// The kernel refuses some of the functions, which the message names, unless <see cref="KprobeMultiOptions.SkipRefused"/> leaves them out;
    /// the process lacks CAP_PERFMON, or the kernel refused otherwise.
    /// </exception>
    public BpfLink AttachKprobeMulti(IEnumerable<KprobeFunction> functions, KprobeMultiOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(functions);
        return KprobeMultiHook.Attach(this, functions, atReturn: false, options ?? new());
    }

    /// <summary>Attaches a program to the returns of all functions of the kernel that match a pattern.</summary>
    /// <inheritdoc cref="AttachKprobeMulti(string, KprobeMultiOptions?)"/>
    /// <exception cref="InvalidOperationException">It is no kprobe program, or a session.</exception>
    public BpfLink AttachKretprobeMulti(string pattern, KprobeMultiOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        return KprobeMultiHook.Attach(this, pattern, atReturn: true, options ?? new());
    }

    /// <summary>Attaches a program to the returns of functions of the kernel.</summary>
    /// <inheritdoc cref="AttachKprobeMulti(IEnumerable{KprobeFunction}, KprobeMultiOptions?)"/>
    /// <exception cref="InvalidOperationException">It is no kprobe program, or a session.</exception>
    public BpfLink AttachKretprobeMulti(IEnumerable<KprobeFunction> functions, KprobeMultiOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(functions);
        return KprobeMultiHook.Attach(this, functions, atReturn: true, options ?? new());
    }
}
