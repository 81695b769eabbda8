using Ebpf.Links.Usdt;

namespace Ebpf;

/// <content>Attaching to USDT probes.</content>
public sealed partial class BpfProgram
{
    /// <summary>
    /// Attaches a program that uses libbpf's <c>usdt.bpf.h</c> to a probe that a program or library declares itself (USDT), at all of its
    /// locations.
    /// </summary>
    /// <remarks>
    /// <para>
    /// From Linux 6.6 on, programs of <c>SEC("usdt")</c> are attached by one link for all locations. If the probe has a semaphore, the
    /// kernel increments it while the program is attached.
    /// </para>
    /// <para>
    /// An argument that programs cannot read, such as one in a vector register, is no error: <c>bpf_usdt_arg()</c> returns <c>-EINVAL</c> for
    /// it, and reads the others. <see cref="UsdtProbeList"/> and <see cref="UsdtOptions.Logger"/> tell which ones, and why.
    /// </para>
    /// </remarks>
    /// <param name="file">
    /// The path of a program or shared library; or a name without a slash, which is looked for as the dynamic linker and the shell do.
    /// </param>
    /// <param name="provider">The provider: <c>libc</c>.</param>
    /// <param name="name">The name of the probe: <c>setjmp</c>.</param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="ArgumentException">A name is empty, or has a zero in it.</exception>
    /// <exception cref="InvalidOperationException">
    /// It is no program of <c>SEC("usdt")</c> or <c>SEC("uprobe")</c>, its object does not use <c>usdt.bpf.h</c>, or it was opened.
    /// </exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is too old for what was asked.</exception>
    /// <exception cref="ObjectFormatException">The file is damaged, or no ELF file.</exception>
    /// <exception cref="BpfException">
    /// There is no such file, process or probe; the file is for another machine; the maps of <c>usdt.bpf.h</c> have no room; or the kernel
    /// refused.
    /// </exception>
    public BpfLink AttachUsdt(string file, string provider, string name, UsdtOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        ArgumentException.ThrowIfNullOrEmpty(provider);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return UsdtHook.Attach(this, file, provider, name, options ?? new());
    }
}
