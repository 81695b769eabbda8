using Ebpf.Btf;
using Ebpf.Kernel;

namespace Ebpf;

/// <summary>Finds what programs are attached to that say so when they are loaded: functions and tracepoints, by BTF id.</summary>
internal sealed class AttachTargetResolver(KernelTypes types)
{
    /// <summary>Finds what a program is bound to.</summary>
    /// <exception cref="BpfException">There is no such target.</exception>
    public ProgramTarget Resolve(ProgramSpec program)
    {
        (string prefix, string? name, string? module, string what) = program.AttachTarget switch
        {
            TracingTarget target when program.AttachType == AttachType.TraceRawTp =>
                ("btf_trace_", target.Name, target.Module, "tracepoint"),
            TracingTarget target when program.Type == ProgramType.Tracing => ("", target.Name, target.Module, "function"),
            LsmTarget target => ("bpf_lsm_", target.Hook, null, "hook"),
            IteratorTarget target => ("bpf_iter_", target.Kind, null, "iterator"),
            _ => ("", null, null, ""),
        };
        if (name is null) return new ProgramTarget(0, program.AttachType);
        if (module is not (null or "vmlinux"))
            throw Failed(program, $"it is to be attached to a function of module {module}, which this library cannot yet look into");
        BtfSpec kernel = types.Read() ?? throw new FeatureNotSupportedException(
            $"Load program \"{program.Name}\"", "BTF of its own (CONFIG_DEBUG_INFO_BTF)", new Version(5, 4));
        BtfType? found = program.AttachType == AttachType.TraceRawTp ? Find<TypedefType>(kernel, prefix + name) : Find<FunctionType>(kernel, prefix + name);
        return found is null
            ? throw Failed(program, $"this kernel has no {what} \"{name}\"")
            : new ProgramTarget(found.Id, program.AttachType);
    }

    private static T? Find<T>(BtfSpec kernel, string name)
        where T : BtfType =>
        kernel.TryGet(name, out T? type) ? type : null;

    private static BpfException Failed(ProgramSpec program, string problem) => new($"Load program \"{program.Name}\": {problem}");
}
