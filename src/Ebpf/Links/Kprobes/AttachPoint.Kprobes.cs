using Ebpf.Links.Kprobes;

namespace Ebpf;

/// <content>Functions of the kernel.</content>
public sealed partial class AttachPoint
{
    /// <summary>
    /// Creates the target for kprobe programs: the entry of a function of the kernel, or its return if the program's section says so
    /// (<c>kretprobe</c>, <c>kretprobe.multi</c>).
    /// </summary>
    /// <param name="function">The name of the function, perhaps behind <c>module:</c>.</param>
    public static AttachPoint KernelFunction(string function)
    {
        KprobePlace.CheckName(function, nameof(function));
        string target = $"kernel function {function}";
        return new AttachPoint(target, program => program switch
        {
            { Type: not ProgramType.Kprobe } => throw Mismatch(program, target, KprobeHook.Sections),
            { AttachType: AttachType.TraceKprobeMulti or AttachType.TraceKprobeSession } => ToMany(program, function),
            { IsAtReturn: true } => program.AttachKretprobe(function),
            _ => program.AttachKprobe(function),
        });
    }

    /// <summary>Creates the target for programs of many kernel functions: the entries, or the returns if the program's section says so.</summary>
    /// <param name="pattern">
    /// The pattern of the functions: <c>*</c> stands for any number of characters, <c>?</c> for one; perhaps behind <c>module:</c>.
    /// </param>
    /// <param name="options">Options; <c>null</c> for the defaults.</param>
    public static AttachPoint KernelFunctions(string pattern, KprobeMultiOptions? options = null)
    {
        FunctionPattern.Parse(pattern, nameof(pattern));
        string target = $"kernel functions {pattern}";
        return new AttachPoint(target, program => program.Type == ProgramType.Kprobe
            ? ToMany(program, pattern, options)
            : throw Mismatch(program, target, "SEC(\"kprobe.multi\") and SEC(\"kprobe.session\")"));
    }

    /// <summary>Creates the target for kprobe programs of a system call: its beginning, or its end if the program's section says so.</summary>
    /// <param name="name">The name of the system call: <c>openat</c>.</param>
    public static AttachPoint SystemCall(string name)
    {
        KprobePlace.CheckName(name, nameof(name));
        string target = $"system call {name}";
        return new AttachPoint(target, program => program switch
        {
            { Type: not ProgramType.Kprobe } => throw Mismatch(program, target, "SEC(\"ksyscall\") and SEC(\"kretsyscall\")"),
            { IsAtReturn: true } => program.AttachKretsyscall(name),
            _ => program.AttachKsyscall(name),
        });
    }

    private static BpfLink ToMany(BpfProgram program, string pattern, KprobeMultiOptions? options = null) =>
        program.IsAtReturn ? program.AttachKretprobeMulti(pattern, options) : program.AttachKprobeMulti(pattern, options);
}
