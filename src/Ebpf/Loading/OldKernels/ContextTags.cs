using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.BtfObjects;

namespace Ebpf.Loading.OldKernels;

/// <summary>
/// Parameters of global functions that are marked as the context of the program (<c>__arg_ctx</c>). Linux 6.8 sees the mark;
/// before, the verifier takes for the context only a pointer to a structure that is called as the context of the kind of program.
/// </summary>
internal static class ContextTags
{
    private const string Tag = "arg:ctx";

    /// <summary>Whether any function of a program has such a parameter.</summary>
    public static bool AreIn(InstructionList code)
    {
        foreach (ref readonly Instruction instruction in code.AsSpan())
        {
            if (instruction.Function is not { Linkage: FunctionLinkage.Global } function) continue;
            for (int i = 0; i < function.Prototype.Parameters.Length; i++)
            {
                if (IsMarked(function, i)) return true;
            }
        }

        return false;
    }

    /// <summary>Adds to the types of an object such functions as an older kernel understands.</summary>
    /// <param name="types">The types, as they were loaded.</param>
    /// <param name="code">The program.</param>
    /// <param name="type">What it is.</param>
    /// <returns>
    /// The types, and which function stands for which; <c>null</c> if there is nothing to change, or programs of this kind have
    /// no context with a name.
    /// </returns>
    public static (BtfSpec Types, Dictionary<uint, uint> Functions)? Rewrite(LoadedTypes types, InstructionList code, ProgramType type)
    {
        if (ContextName(type) is not { } context || types.Spec is not { } loaded) return null;
        BtfBuilder builder = BtfBuilder.From(loaded);
        Dictionary<uint, uint> functions = [];
        BtfTypeId pointer = BtfTypeId.Void;
        foreach (ref readonly Instruction instruction in code.AsSpan())
        {
            if (instruction.Function is not { Linkage: FunctionLinkage.Global } marked) continue;
            uint id = types.IdOf(marked);
            if (functions.ContainsKey(id) || loaded.Find(id) is not FunctionType function) continue;
            FunctionPrototypeType prototype = function.Prototype;
            bool[] changed = [.. prototype.Parameters.Select((parameter, i) => IsMarked(marked, i) && Needs(parameter.Type, type, context))];
            if (!changed.Contains(true)) continue;
            if (pointer.IsVoid) pointer = builder.AddPointer(builder.AddStruct(context).Id);
            FunctionPrototypeBuilder copy = builder.AddFunctionPrototype(prototype.Return.Id);
            for (int i = 0; i < changed.Length; i++)
                copy.Add(prototype.Parameters[i].Name, changed[i] ? pointer : prototype.Parameters[i].Type.Id);
            functions.Add(id, builder.AddFunction(function.Name, copy.Id, FunctionLinkage.Global).Value);
        }

        return functions.Count == 0 ? null : (builder.Build(), functions);
    }

    private static bool IsMarked(FunctionType function, int parameter) => function.GetParameterTags(parameter).Contains(Tag);

    /// <summary>Whether a parameter is what may be taken for the context, and is not called so.</summary>
    private static bool Needs(BtfType parameter, ProgramType type, string context)
    {
        if (parameter.Resolve() is not PointerType pointer) return false;

        // The kernel compares the name of the typedef here: the structure behind it differs from machine to machine.
        bool hasRegisters = type is ProgramType.Kprobe or ProgramType.PerfEvent;
        if (hasRegisters && pointer.Target.SkipQualifiers() is TypedefType { Name: "bpf_user_pt_regs_t" }) return false;
        return pointer.Target.Resolve() switch
        {
            VoidType => true,
            StructType structure when structure.Name == context => false,
            StructType { Name: "pt_regs" or "user_pt_regs" or "user_regs_struct" } => hasRegisters,
            IntType { Size: 8 } => type is ProgramType.RawTracepoint or ProgramType.RawTracepointWritable,
            _ => false,
        };
    }

    /// <summary>What the kernel calls the context of a kind of program (<c>bpf_ctx_convert</c>).</summary>
    private static string? ContextName(ProgramType type) => type switch
    {
        ProgramType.CgroupDevice => "bpf_cgroup_dev_ctx",
        ProgramType.CgroupSock => "bpf_sock",
        ProgramType.CgroupSockAddr => "bpf_sock_addr",
        ProgramType.CgroupSockopt => "bpf_sockopt",
        ProgramType.CgroupSysctl => "bpf_sysctl",
        ProgramType.CgroupSkb or ProgramType.FlowDissector or ProgramType.LwtIn or ProgramType.LwtOut or ProgramType.LwtSeg6Local
            or ProgramType.LwtXmit or ProgramType.SchedAct or ProgramType.SchedCls or ProgramType.SkSkb
            or ProgramType.SocketFilter => "__sk_buff",
        ProgramType.Kprobe => "bpf_user_pt_regs_t",
        ProgramType.Netfilter => "bpf_nf_ctx",
        ProgramType.PerfEvent => "bpf_perf_event_data",
        ProgramType.RawTracepoint or ProgramType.RawTracepointWritable => "bpf_raw_tracepoint_args",
        ProgramType.SkLookup => "bpf_sk_lookup",
        ProgramType.SkMsg => "sk_msg_md",
        ProgramType.SkReuseport => "sk_reuseport_md",
        ProgramType.SockOps => "bpf_sock_ops",
        ProgramType.Xdp => "xdp_md",
        _ => null,
    };
}
