using Ebpf.Links.Uprobes;

namespace Ebpf;

/// <content>Attaching to functions and instructions of programs and libraries.</content>
public sealed partial class BpfProgram
{
    /// <summary>Attaches a uprobe program to the entry of a function of a program or library, or to an instruction in it.</summary>
    /// <param name="path">
    /// The path of the program or library, as the processes of <see cref="UprobeOptions.Scope"/> see it; or a name without a slash: of a library
    /// (<c>libc.so.6</c>), which is looked for among those that the process has loaded, and else where the dynamic linker looks; or of a
    /// program, which is looked for in the directories of <c>PATH</c>. A library that is stored in an archive follows the path of that:
    /// <c>base.apk!/lib/arm64-v8a/libx.so</c>.
    /// </param>
    /// <param name="location">The function or instruction: <c>malloc</c>, <c>malloc+0x10</c>, <c>memcpy@GLIBC_2.14</c>, an address.</param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <remarks>
    /// <para>
    /// The probe is in the file, not at the path, and in all processes that run this file: one that is replaced, as by an update, is another
    /// file (see <see cref="UprobeOptions.IncludeReplacedFiles"/>).
    /// </para>
    /// <para>
    /// Functions are found by the symbol tables of the file (<c>.dynsym</c>, <c>.symtab</c>), those that it carries compressed
    /// (<c>.gnu_debugdata</c>), its debug file below /usr/lib/debug, and the table of functions of Go programs. Of functions with several versions the
    /// name alone means the default one.
    /// </para>
    /// <para>
    /// A program for one place is attached by a perf event (Linux 4.17), or by a definition in tracefs; one that was loaded for many places
    /// (<c>SEC("uprobe.multi")</c>) by a link of its own (Linux 6.6). The file is given to the kernel by descriptor, so what a link of a perf event
    /// tells of its path is a name below /proc/thread-self/fd.
    /// </para>
    /// </remarks>
    /// <exception cref="ArgumentException">The path or the function is empty, or has a zero in it.</exception>
    /// <exception cref="InvalidOperationException">It is no uprobe program.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is too old for cookies or sessions.</exception>
    /// <exception cref="BpfException">
    /// There is no such process, file or function; the function is a resolver (IFUNC), or there are several of its name; the place can kill the
    /// process, or never fires (<see cref="UprobeOptions.AcceptedRisks"/>); the process lacks capabilities, or the kernel refused otherwise. The
    /// message says which.
    /// </exception>
    public BpfLink AttachUprobe(string path, CodeLocation location, UprobeOptions? options = null) =>
        UprobeAttach.Attach(this, path, location, atReturn: false, options ?? new());

    /// <summary>Attaches a uprobe program to the return of a function of a program or library.</summary>
    /// <inheritdoc cref="AttachUprobe(string, CodeLocation, UprobeOptions?)"/>
    /// <param name="path">The path or name of the program or library, as for <see cref="AttachUprobe(string, CodeLocation, UprobeOptions?)"/>.</param>
    /// <param name="function">The function.</param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    public BpfLink AttachUretprobe(string path, CodeLocation function, UprobeOptions? options = null) =>
        UprobeAttach.Attach(this, path, function, atReturn: true, options ?? new());

    /// <summary>Attaches a uprobe program to the entries of all functions of a program or library whose names match a pattern.</summary>
    /// <param name="path">The path or name of the program or library, as for <see cref="AttachUprobe(string, CodeLocation, UprobeOptions?)"/>.</param>
    /// <param name="pattern">The pattern, in which <c>*</c> stands for any characters and <c>?</c> for one; or one function.</param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <returns>The link; disposing it detaches the program from all.</returns>
    /// <remarks>
    /// One link of the kernel's if the program was loaded for many places (<c>SEC("uprobe.multi")</c>, Linux 6.6); otherwise, and on older
    /// kernels, a perf event for each function. A session program (<c>SEC("uprobe.session")</c>, Linux 6.13) runs at entry and return.
    /// Functions that the kernel cannot probe are left out, and told to <see cref="UprobeMultiOptions.Skipped"/>.
    /// </remarks>
    /// <exception cref="ArgumentException">The path or the pattern is empty, or has a zero in it.</exception>
    /// <exception cref="InvalidOperationException">It is no uprobe program.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is too old for cookies or sessions.</exception>
    /// <exception cref="BpfException">
    /// There is no such process or file; no function matches, or more than <see cref="UprobeMultiOptions.MaxFunctions"/>; the process lacks
    /// capabilities, or the kernel refused otherwise. Nothing is left attached.
    /// </exception>
    public BpfLink AttachUprobeMulti(string path, string pattern, UprobeMultiOptions? options = null) =>
        UprobeAttach.AttachPattern(this, path, pattern, atReturn: false, options ?? new());

    /// <summary>Attaches a uprobe program to many places of a program or library.</summary>
    /// <inheritdoc cref="AttachUprobeMulti(string, string, UprobeMultiOptions?)"/>
    /// <param name="path">The path or name of the program or library, as for <see cref="AttachUprobe(string, CodeLocation, UprobeOptions?)"/>.</param>
    /// <param name="locations">The functions and instructions.</param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    /// <remarks>If the kernel refuses one of the places, the error names it.</remarks>
    public BpfLink AttachUprobeMulti(string path, IReadOnlyList<CodeLocation> locations, UprobeMultiOptions? options = null) =>
        UprobeAttach.AttachAll(this, path, locations, atReturn: false, options ?? new());

    /// <summary>Attaches a uprobe program to the returns of all functions of a program or library whose names match a pattern.</summary>
    /// <inheritdoc cref="AttachUprobeMulti(string, string, UprobeMultiOptions?)"/>
    public BpfLink AttachUretprobeMulti(string path, string pattern, UprobeMultiOptions? options = null) =>
        UprobeAttach.AttachPattern(this, path, pattern, atReturn: true, options ?? new());

    /// <summary>Attaches a uprobe program to the returns of many functions of a program or library.</summary>
    /// <inheritdoc cref="AttachUprobeMulti(string, IReadOnlyList{CodeLocation}, UprobeMultiOptions?)"/>
    /// <param name="path">The path or name of the program or library, as for <see cref="AttachUprobe(string, CodeLocation, UprobeOptions?)"/>.</param>
    /// <param name="functions">The functions.</param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    public BpfLink AttachUretprobeMulti(string path, IReadOnlyList<CodeLocation> functions, UprobeMultiOptions? options = null) =>
        UprobeAttach.AttachAll(this, path, functions, atReturn: true, options ?? new());
}
