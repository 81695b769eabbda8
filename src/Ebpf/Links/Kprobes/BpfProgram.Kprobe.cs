using Ebpf.Links.Kprobes;

namespace Ebpf;

/// <content>Attaching to one function of the kernel.</content>
public sealed partial class BpfProgram
{
    /// <summary>Attaches a kprobe program to the entry of a function of the kernel, or to an instruction in it.</summary>
    /// <param name="function">
    /// The name of the function (<c>do_unlinkat</c>), with that of its module before it if there are several of the name
    /// (<c>nf_conntrack:nf_ct_get</c>).
    /// </param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <remarks>
    /// The probe is a perf event of its own kind; on kernels that lack it (before 4.17), it is defined in tracefs, and removed again when the link
    /// is disposed. A probe in a module that is unloaded never fires again, without any sign.
    /// </remarks>
    /// <exception cref="ArgumentException"><paramref name="function"/> is no name of a function.</exception>
    /// <exception cref="InvalidOperationException">It is no kprobe program, or one for many functions at once.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is too old for cookies.</exception>
    /// <exception cref="BpfException">
    /// There is no such function, or there are several (EADDRNOTAVAIL, since Linux 6.1.60); it must not be probed; the offset is not where an
    /// instruction begins; the process lacks CAP_PERFMON, or the kernel refused otherwise. The message says which, as far as the kernel's
    /// tables tell, and names functions of similar names.
    /// </exception>
    public BpfLink AttachKprobe(string function, KprobeOptions? options = null)
    {
        KprobePlace.CheckName(function, nameof(function));
        return KprobeHook.Attach(this, new KprobePlace(KprobePlace.ForKernel(function), 0, options?.Offset ?? 0, AtReturn: false, MaxActive: 0), options?.Cookie ?? 0);
    }

    /// <summary>Attaches a kprobe program to an instruction of the kernel by its address.</summary>
    /// <param name="address">The address, as /proc/kallsyms shows it; not 0, which is what it shows to those who may not see it.</param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <inheritdoc cref="AttachKprobe(string, KprobeOptions?)" path="/returns|/remarks|/exception[@cref='T:System.InvalidOperationException']"/>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="address"/> is 0.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is too old for cookies.</exception>
    /// <exception cref="BpfException">There is no instruction of the kernel at the address, it must not be probed, or the kernel refused otherwise.</exception>
    public BpfLink AttachKprobe(ulong address, KprobeOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(address);
        return KprobeHook.Attach(this, new KprobePlace(null, address, options?.Offset ?? 0, AtReturn: false, MaxActive: 0), options?.Cookie ?? 0);
    }

    /// <summary>Attaches a kprobe program to the return of a function of the kernel.</summary>
    /// <inheritdoc cref="AttachKprobe(string, KprobeOptions?)"/>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="KretprobeOptions.MaxActive"/> is negative, or more than 4096.</exception>
    public BpfLink AttachKretprobe(string function, KretprobeOptions? options = null)
    {
        KprobePlace.CheckName(function, nameof(function));
        return KprobeHook.Attach(this, new KprobePlace(KprobePlace.ForKernel(function), 0, 0, AtReturn: true, MaxActiveOf(options)), options?.Cookie ?? 0);
    }

    /// <summary>Attaches a kprobe program to the return of a function of the kernel by the address of its entry.</summary>
    /// <inheritdoc cref="AttachKprobe(ulong, KprobeOptions?)"/>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="address"/> is 0, or <see cref="KretprobeOptions.MaxActive"/> is negative, or more than 4096.
    /// </exception>
    public BpfLink AttachKretprobe(ulong address, KretprobeOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(address);
        return KprobeHook.Attach(this, new KprobePlace(null, address, 0, AtReturn: true, MaxActiveOf(options)), options?.Cookie ?? 0);
    }

    /// <summary>Attaches a kprobe program to the entry of the function behind a system call.</summary>
    /// <param name="name">The name of the system call: <c>openat</c>; as the kernel has it, so <c>newfstat</c> for what C calls fstat.</param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <remarks>
    /// The name of the function depends on the architecture (<c>__x64_sys_openat</c>, <c>__arm64_sys_openat</c>), and on kernels before 4.17,
    /// where it is <c>__se_sys_openat</c>, so does where it has its arguments: libbpf's macro <c>BPF_KSYSCALL</c> finds them by
    /// <c>LINUX_HAS_SYSCALL_WRAPPER</c>, which is set when the program is loaded. Calls of 32-bit processes are not seen.
    /// </remarks>
    /// <exception cref="ArgumentException"><paramref name="name"/> is no name of a system call.</exception>
    /// <exception cref="InvalidOperationException">It is no kprobe program, or one for many functions at once.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is too old for cookies.</exception>
    /// <exception cref="BpfException">There is no such system call, the process lacks CAP_PERFMON, or the kernel refused otherwise.</exception>
    public BpfLink AttachKsyscall(string name, KprobeOptions? options = null)
    {
        KprobePlace.CheckName(name, nameof(name));
        if (options is { Offset: not 0 })
            throw new ArgumentException("A system call has no instructions of its own to probe: attach to its function.", nameof(options));
        return KprobeHook.AttachToSystemCall(this, name, atReturn: false, options?.Cookie ?? 0, maxActive: 0);
    }

    /// <summary>Attaches a kprobe program to the return of the function behind a system call.</summary>
    /// <inheritdoc cref="AttachKsyscall(string, KprobeOptions?)"/>
    public BpfLink AttachKretsyscall(string name, KretprobeOptions? options = null)
    {
        KprobePlace.CheckName(name, nameof(name));
        return KprobeHook.AttachToSystemCall(this, name, atReturn: true, options?.Cookie ?? 0, MaxActiveOf(options));
    }

    private static int MaxActiveOf(KretprobeOptions? options)
    {
        const int most = 4096; // KRETPROBE_MAXACTIVE_MAX, kernel/trace/trace_kprobe.c
        int asked = options?.MaxActive ?? 0;
        return asked is >= 0 and <= most
            ? asked
            : throw new ArgumentOutOfRangeException(nameof(options), asked, $"{nameof(KretprobeOptions.MaxActive)} is 0 to {most}.");
    }
}
