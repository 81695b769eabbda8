using static Ebpf.VerifierMistake;

namespace Ebpf.Verifier;

/// <content>Helpers, kfuncs, functions, maps, and what they give and take.</content>
internal static partial class MistakeRules
{
    private static MistakeRule[] Calls =>
    [
        new("unknown func ", HelperNotAllowed), // 5.10, 6.1; also for what needs a capability
        new("program of this type cannot use helper", HelperNotAllowed), // from 6.12
        new("supported only for fentry/", HelperNotAllowed),
        new("not supported for program type", HelperNotAllowed),
        new("helper call is not allowed in probe", HelperNotAllowed),
        new("invalid func info", MissingFunctionTypes),
        new("invalid func ", UnknownHelper),
        new("GPL", GplOnly), // "cannot call GPL-restricted function from non-GPL …", "must have a GPL compatible license"
        new("might sleep in a non-sleepable prog", SleepsWhereForbidden), // 6.1 to 6.18
        new("sleepable helper * in ", SleepsWhereForbidden),
        new("is sleepable within ", SleepsWhereForbidden),
        new("is sleepable but the program is not", SleepsWhereForbidden), // 6.1
        new("program must be sleepable to call", SleepsWhereForbidden),
        new("sleepable global function", SleepsWhereForbidden),
        new("calling kernel function * is not allowed", KfuncNotAllowed),
        new("CONFIG_DEBUG_INFO_BTF", MissingKernelTypes),
        new("in-kernel BTF is malformed", MissingKernelTypes),
        new("JIT", JitNeeded), // "JIT is required for …", "not allowed in non-JITed programs", "JIT doesn't support …"
        new("kernel function btf_id", UnknownKfunc), // "invalid …", "… does not have a valid func_proto"
        new("kernel btf_id * is not a function", UnknownKfunc),
        new("failed to find BTF for kernel function", UnknownKfunc),
        new("cannot find address for kernel function", UnknownKfunc),
        new("kfunc offset > 0 without fd_array", UnknownKfunc),
        new("module BTF", UnknownKfunc), // "invalid module BTF fd specified", "BTF fd for kfunc is not a module BTF"
        new("negative offset disallowed for kernel module function", UnknownKfunc),
        new("invalid kernel function call", UnknownKfunc),
        new("ldimm64 failed to find the address", UnresolvedReference),
        new("ldimm64 specifies invalid btf_id", UnresolvedReference),
        new("ldimm64 insn specifies invalid btf_id", UnresolvedReference),
        new("ldimm64 unable to resolve", UnresolvedReference),
        new("in ldimm64 isn't KIND_", UnresolvedReference),

        new("subprogs without BTF", MissingFunctionTypes), // LD_ABS, tail_call
        new("missing btf func_info", MissingFunctionTypes),
        new("func_info", MissingFunctionTypes),
        new("func info", MissingFunctionTypes),
        new("line_info", MissingFunctionTypes),
        new("functions that return 'int'", MissingFunctionTypes),
        new("Global functions need valid BTF", MissingFunctionTypes),
        new("reference type('", FunctionArgument),
        new("Arg#* is not supported yet", FunctionArgument),
        new("arg#* tag", FunctionArgument), // "has unsupported set of tags", "type tag is not supported in static functions"
        new("arg#* should be ", FunctionArgument),
        new("Global function ", FunctionArgument),
        new("kernel supports at most", FunctionArgument),
        new("callee expects", FunctionArgument),
        new("callback function ", FunctionArgument), // "not static", "cannot be the main program"
        new("Function * has * args", FunctionArgument),

        new("progs cannot use", MapMisuse), // "tracing progs cannot use bpf_timer yet"
        new("has to have BTF in order to use", MapMisuse),
        new("expected prog array map", MapMisuse), // from 6.18
        new("rcu_read", RcuMisuse), // "bpf_rcu_read_unlock is missing", "inside bpf_rcu_read_lock-ed region", "nested …"
        new("rcu read ", RcuMisuse),
        new("must be a rcu pointer", RcuMisuse),
        new("expected an RCU CS", RcuMisuse),
        new("RCU critical section", RcuMisuse),
        new("preempt", CriticalSectionMisuse), // "inside bpf_preempt_disable-ed region", "bpf_preempt_enable is missing"
        new("irq", CriticalSectionMisuse), // "irq flag", "inside bpf_local_irq_save-ed region"
        new("spin_lock is missing", LockMisuse),
        new("spin_unlock", LockMisuse), // "is missing" up to 6.12, "without taking a lock", "of different lock"
        new("spin_lock", LockMisuse), // "Locking two …", "inside bpf_spin_lock-ed region", "must be held for"
        new("spin_{lock,unlock}", LockMisuse),
        new("while holding a lock", LockMisuse),
        new("deadlock detected", LockMisuse),
        new("_lock that is at", LockMisuse),
        new("unlock", LockMisuse), // also bpf_res_spin_unlock
        new("held lock and object", LockMisuse),
        new("dynptr", DynptrMisuse),
        new("iter_", IteratorMisuse), // "expected an initialized iter_num as arg #1"
        new("iterator on stack", IteratorMisuse),
        new("iter pointer", IteratorMisuse),

        new("Unreleased reference", UnreleasedReference),
        new("reference leak", UnreleasedReference),
        new("Leaking reference", UnreleasedReference),
        new("reference has not been acquired before", ReleaseMismatch), // 5.10; up to 6.12 of kfuncs
        new("must be referenced when passed to release", ReleaseMismatch), // 6.1 to 6.18
        new("expects referenced PTR_TO_BTF_ID", ReleaseMismatch), // 7.2
        new("expects refcounted PTR_TO_BTF_ID", ReleaseMismatch),
        new("is an unacquired reference", ReleaseMismatch),
        new("type=* expected=ringbuf_mem", ReleaseMismatch), // from 6.12: submit or discard for the second time
        new("type=* expected=alloc_mem", ReleaseMismatch), // 6.1
        new("type=inv expected=mem", ReleaseMismatch), // 5.10

        new("tail_call", TailCallMisuse),
        new("tail call", TailCallMisuse),
        new("cannot pass map_type", MapMisuse),
        new("Sleepable programs can only use", MapMisuse),
        new("can only use preallocated hash map", MapMisuse),
        new("run-time alloc", MapMisuse),
        new("offload device mismatch", MapMisuse),
        new("bpf_struct_ops map cannot be used", MapMisuse),
        new("only one cgroup storage", MapMisuse),
        new("cannot update sockmap in this context", MapMisuse),
        new("no direct value access support", MapMisuse),
        new("is not pointing to valid bpf_map", MapMisuse),
        new("map '", MapMisuse), // "map 'x' has no valid bpf_timer", "doesn't have 'struct bpf_spin_lock'"
        new("doesn't match map pointer", MapMisuse),
        new("map_ptr access not supported", MapMisuse),

        new("kptr", ObjectMisuse),
        new("owning", ObjectMisuse), // "is neither owning or non-owning ref"
        new("rbtree", ObjectMisuse),
        new("bpf_rb_", ObjectMisuse),
        new("bpf_list_", ObjectMisuse),
        new("bpf_obj_", ObjectMisuse),
        new("bpf_percpu_obj_", ObjectMisuse),
        new("allocated object", ObjectMisuse),
        new("bpf_refcount", ObjectMisuse),
        new("type=* expected=", ArgumentType),
        new("is of type * but * is expected", ArgumentType),
        new("expected pointer to", ArgumentType),
        new("expects pointer to", ArgumentType),
        new("reg type unsupported for arg", ArgumentType), // 6.1
        new("must be referenced or trusted", ArgumentType),
        new("must be a known constant", ArgumentType),
        new("is not a known constant", ArgumentType),
        new("is not a constant address", ArgumentType),
        new("is not a const", ArgumentType),
        new("doesn't point to ", ArgumentType),
        new("does not point to a readonly map", ArgumentType),
        new("isn't map pointer", ArgumentType),
        new("is not a scalar", ArgumentType),
        new("helper access to the packet is not allowed", ArgumentType),
        new("Helper has invalid btf", ArgumentType),
        new("Invalid format string", ArgumentType),
        new("string is not zero-terminated", ArgumentType),
        new("pointer type * must point to", ArgumentType),
        new("pointer type * is not supported", ArgumentType),
        new("Unrecognized arg", ArgumentType),
    ];
}
