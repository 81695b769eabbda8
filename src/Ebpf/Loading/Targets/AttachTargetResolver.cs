using System.Text;
using Ebpf.Btf;
using Ebpf.BtfObjects;
using Ebpf.Common;
using Ebpf.Errors;
using Ebpf.Features;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Loading.Plan;
using Ebpf.Programs;
using Ebpf.Sections;

namespace Ebpf.Loading.Targets;

/// <summary>
/// Finds what programs are bound to that say so when they are loaded: functions, tracepoints, hooks, iterators and members of structs of
/// the kernel and its modules, functions of other programs.
/// </summary>
/// <remarks>
/// What the kernel has itself comes before what a module has; of several modules the first by name counts, unless the program names
/// one: <c>fentry/module:function</c>.
/// </remarks>
internal sealed class AttachTargetResolver(LoadPlan plan, ModuleHandles modules)
{
    private readonly KernelTypes _types = KernelTypes.Of(plan.Kernel);

    /// <summary>Finds what a program is bound to.</summary>
    /// <param name="planned">The program.</param>
    /// <returns>
    /// What it is bound to; its owner is the caller's of the loading if it is a program, and else as long open as the modules.
    /// </returns>
    /// <exception cref="ObjectFormatException">What the program says of its target is malformed.</exception>
    /// <exception cref="BpfException">There is no such target, it is ambiguous, or the program does not say which one.</exception>
    public ProgramTarget Resolve(PlannedProgram planned)
    {
        (string name, ProgramSpec program) = planned;
        if (planned.Member is { } member)
        {
            BpfHandle? owner = member.Module is { } structModule ? Open(program, structModule) : null;
            return new ProgramTarget(member.TypeId, (AttachType)member.Index, owner);
        }

        if (plan.Options.TargetPrograms.TryGetValue(name, out BpfProgram? target)) return InProgram(program, target);
        if (program.Type == ProgramType.Ext)
        {
            throw Failed(program, $"it replaces a function of another program, and it is not said of which: "
                + $"{nameof(CollectionOptions)}.{nameof(CollectionOptions.TargetPrograms)}[\"{name}\"]");
        }

        if (Form(program) is { } form) return InKernel(program, form);
        return IsOfManyFunctions(program) && NamesOf(program).Module is { } module and not KernelTypes.KernelName
            ? new ProgramTarget(0, program.AttachType ?? default, Open(program, KernelNameOf(module)))
            : new ProgramTarget(0, KnownAttachType(program));
    }

    /// <summary>
    /// A program for many kernel functions is loaded as one for a kprobe on kernels that have no link to many: that is how it can be
    /// attached there, to each function by itself. One for USDT probes is loaded for a link to many places on kernels that have those.
    /// </summary>
    private AttachType KnownAttachType(ProgramSpec program)
    {
        ProbedFacts facts = ProbedFacts.Of(plan.Kernel);
        return (program.AttachType ?? default) switch
        {
            AttachType.TraceKprobeMulti when program.Type == ProgramType.Kprobe && !facts.HasKprobeMulti => default,
            default(AttachType) when program.Rule?.Flags.HasFlag(SectionFlags.Usdt) == true && facts.HasUprobeMulti => AttachType.TraceUprobeMulti,
            var type => type,
        };
    }

    /// <summary>How the kernel calls what a program is bound to; <c>null</c> for kinds that are bound to nothing.</summary>
    private static TargetForm? Form(ProgramSpec program) => (program.Type, program.AttachType ?? default) switch
    {
        (ProgramType.Tracing, AttachType.TraceRawTp) => new("btf_trace_", "tracepoint", "tp_btf/sched_switch"),
        (ProgramType.Tracing, AttachType.TraceIter) => new("bpf_iter_", "iterator", "iter/task"),
        (ProgramType.Tracing, AttachType.TraceFentry) => new("", "function", "fentry/do_unlinkat"),
        (ProgramType.Tracing, AttachType.TraceFexit) => new("", "function", "fexit/do_unlinkat"),
        (ProgramType.Tracing, AttachType.ModifyReturn) => new("", "function", "fmod_ret/bpf_modify_return_test"),
        (ProgramType.Tracing, AttachType.TraceFsession) => new("", "function", "fsession/do_unlinkat"),
        (ProgramType.Lsm, AttachType.LsmMac) => new("bpf_lsm_", "LSM hook", "lsm/file_open"),
        (ProgramType.Lsm, AttachType.LsmCgroup) => new("bpf_lsm_", "LSM hook", "lsm_cgroup/socket_bind"),
        _ => null,
    };

    /// <summary>Those are bound to no function before they are attached, but to the module that has their functions (Linux 7.2).</summary>
    private static bool IsOfManyFunctions(ProgramSpec program) =>
        program.Type == ProgramType.Tracing
        && program.AttachType is AttachType.TraceFentryMulti or AttachType.TraceFexitMulti or AttachType.TraceFsessionMulti;

    private static (string? Module, string? Name) NamesOf(ProgramSpec program)
    {
        switch (program.AttachTarget)
        {
            case TracingTarget target:
                return (target.Module, target.Name);
            case FunctionPatternTarget target:
                return (target.Module, target.Pattern);
            case LsmTarget target:
                return (null, target.Hook);
            case IteratorTarget target:
                return (null, target.Kind);
            default:
                // A program that comes from no section, or from one for another kind.
                string? text = program.AttachTo;
                int colon = text?.IndexOf(':') ?? -1;
                return colon < 0 ? (null, text) : (text![..colon], text[(colon + 1)..]);
        }
    }

    private ProgramTarget InKernel(ProgramSpec program, TargetForm form)
    {
        (string? module, string? name) = NamesOf(program);
        if (string.IsNullOrEmpty(name)) throw WithoutTarget(program, form.What, form.Example);
        BtfSpec kernel = _types.Read() ?? throw new FeatureNotSupportedException(
            $"Load program \"{program.Name}\"", "BTF of its own (CONFIG_DEBUG_INFO_BTF)", new Version(5, 4));
        if (module is not (null or KernelTypes.KernelName)) return InModule(program, form, KernelNameOf(module), name);
        string symbol = form.Prefix + name;
        if (Find(program, form, kernel, symbol) is { } own) return new ProgramTarget(own.Id.Value, program.AttachType ?? default);
        if (module is null)
        {
            foreach ((string candidate, BtfSpec types) in _types.ReadModules(plan.Options.Logger))
            {
                if (Find(program, form, types, symbol) is { } found)
                    return new ProgramTarget(found.Id.Value, program.AttachType ?? default, Open(program, candidate));
            }
        }

        if (form.Prefix == "bpf_lsm_" && kernel.NextNamed("bpf_lsm_file_open"u8, 0) == 0)
        {
            throw new FeatureNotSupportedException(
                $"Load program \"{program.Name}\"", "BPF programs as security modules (CONFIG_BPF_LSM)", new Version(5, 7));
        }

        throw Failed(program, $"this kernel has no {form.What} \"{name}\"{Similar(form, name, kernel)}");
    }

    private ProgramTarget InModule(ProgramSpec program, TargetForm form, string module, string name)
    {
        BtfSpec types = _types.ReadModule(module) ?? throw Failed(
            program, $"no module \"{module}\" is loaded, or it has no BTF (CONFIG_DEBUG_INFO_BTF_MODULES, Linux 5.11)");
        return Find(program, form, types, form.Prefix + name) is { } found
            ? new ProgramTarget(found.Id.Value, program.AttachType ?? default, Open(program, module))
            : throw Failed(program, $"module \"{module}\" has no {form.What} \"{name}\"{Similar(form, name, types)}");
    }

    /// <summary>Looks among the types that are not the base's.</summary>
    private static BtfType? Find(ProgramSpec program, TargetForm form, BtfSpec types, string symbol)
    {
        BtfType? found = null;
        byte[] name = Encoding.UTF8.GetBytes(symbol);
        for (uint id = types.NextOwnNamed(name, 0); id != 0; id = types.NextOwnNamed(name, id))
        {
            BtfType type = types[id];
            if (type.Kind != form.Kind) continue;
            if (found is null) found = type;
            else if (form.IsFunction && found.ToString() != type.ToString())
            {
                // The kernel finds the address by the name alone: the program could get the arguments of the other one.
                throw Failed(
                    program,
                    $"this kernel has several functions \"{symbol}\", of which nobody can choose one: \"{found}\" and \"{type}\"");
            }
        }

        return found;
    }

    private ProgramTarget InProgram(ProgramSpec program, BpfProgram target)
    {
        (_, string? name) = NamesOf(program);
        string operation = $"Load program \"{program.Name}\" into {target}";
        KernelProgramInfo info = default;
        Errno error = plan.Kernel.GetInfo(target.Handle, ref info);
        if (error != Errno.None) throw Refusal.Explain(plan.Kernel, operation, error);
        if (info.BtfId == 0)
            throw new BpfException($"{operation}: the target has no BTF: compile it with clang -g, and load it with its BTF");
        if (string.IsNullOrEmpty(name))
        {
            // The first function is the program itself.
            RawProgramInfo raw = RawProgramInfo.Read(target.Handle, operation, ProgramParts.Functions);
            return raw.Functions is [{ TypeId: not 0 } main, ..]
                ? new ProgramTarget(main.TypeId, program.AttachType ?? default, target.Handle)
                : throw WithoutTarget(program, $"function of {target}", "freplace/function");
        }

        using BpfBtf btf = BpfBtf.Open(info.BtfId, plan.Kernel);
        BtfSpec types = btf.ReadTypes();
        return types.TryGetFirst(name, out FunctionType? function)
            ? new ProgramTarget(function.Id.Value, program.AttachType ?? default, target.Handle)
            : throw new BpfException(
                $"{operation}: the target has no function \"{name}\"{NearNames.Suggest(name, types.NamesOf(BtfKind.Function))}");
    }

    private BpfHandle Open(ProgramSpec program, string module) => modules.Open(module, $"program \"{program.Name}\"");

    /// <summary>The kernel writes the names of modules with _ only.</summary>
    private static string KernelNameOf(string module) => module.Replace('-', '_');

    private static string Similar(TargetForm form, string name, BtfSpec types)
    {
        IEnumerable<string> names = types.NamesOf(form.Kind);
        return NearNames.Suggest(name, form.Prefix.Length == 0
            ? names
            : names.Where(other => other.StartsWith(form.Prefix, StringComparison.Ordinal)).Select(other => other[form.Prefix.Length..]));
    }

    private static BpfException WithoutTarget(ProgramSpec program, string what, string example) => Failed(
        program,
        $"it does not say for which {what}: name the section like SEC(\"{example}\"), "
        + $"or set {nameof(ProgramSpec)}.{nameof(ProgramSpec.AttachTo)}");

    private static BpfException Failed(ProgramSpec program, string problem) => new($"Load program \"{program.Name}\": {problem}");

    /// <summary>How the kernel calls targets of a kind.</summary>
    /// <param name="Prefix">What stands before their names in BTF.</param>
    /// <param name="What">What they are, for messages.</param>
    /// <param name="Example">The section of a program for one.</param>
    private readonly record struct TargetForm(string Prefix, string What, string Example)
    {
        /// <summary>Whether it is a function of any name.</summary>
        public bool IsFunction => Prefix.Length == 0;

        /// <summary>The kind of BTF type.</summary>
        public BtfKind Kind => Prefix == "btf_trace_" ? BtfKind.Typedef : BtfKind.Function;
    }
}

/// <summary>What a program is bound to when it is loaded, for kinds that say so then.</summary>
/// <param name="TypeId">
/// The BTF id of the function, the tracepoint's typedef or the struct of functions; 0 for programs that are bound to nothing.
/// </param>
/// <param name="AttachType">How; for struct_ops the number of the member.</param>
/// <param name="Owner">
/// The BTF of the module, or the program, to which <paramref name="TypeId"/> belongs; <c>null</c> for the kernel's own. It must live
/// until the program is loaded.
/// </param>
internal readonly record struct ProgramTarget(uint TypeId, AttachType AttachType, BpfHandle? Owner = null);
