using static Ebpf.VerifierMistake;

namespace Ebpf.Verifier;

/// <summary>What is behind each mistake, and what to do about it.</summary>
internal static class MistakeTexts
{
    private static readonly Dictionary<VerifierMistake, (string Explanation, string Remedy)> Texts = new()
    {
        [UncheckedMapValue] = (
            "A map lookup gives null when there is no such element, and nothing on this path rules that out.",
            "Test the pointer right after the lookup, and use it only where it is not null: if (!value) return 0;"),
        [UncheckedPointer] = (
            "This pointer may be null, and nothing on this path rules that out.",
            "Test it before its first use, and use it only where it is not null: if (!pointer) return 0;"),
        [InvalidPointer] = (
            "To the verifier the register holds no pointer to memory that the program may access: a plain number (also what is "
            + "left of a pointer after its release or after arithmetic), or a pointer that is only compared or passed on.",
            "Read the kernel's memory with bpf_probe_read_kernel or BPF_CORE_READ, a process's with bpf_probe_read_user; keep "
            + "pointers in variables of their own, and do not use them after they were released or the packet was changed."),
        [UnboundedAccess] = (
            "The verifier knows no limits for the index or offset that was added to the pointer; a negative one counts too.",
            "Compare an unsigned index with the size just before its use (if (i >= SIZE) return 0;), or mask it (i &= SIZE - 1). "
            + "If the compiler tests one copy and uses another, keep it from that: barrier_var(i)."),
        [UnboundedSize] = (
            "The verifier knows no limits for the size, or cannot rule out that it is 0 or negative.",
            "Make it unsigned and compare it just before the call: if (size == 0 || size > sizeof(buffer)) return 0;"),
        [OutOfBounds] = (
            "The access reaches beyond the memory that the pointer points to.",
            "Compare the offset plus the size of the access with the size of the memory, and check the sizes of the types that are cast."),
        [PacketBounds] = (
            "No comparison with data_end on this path shows that the packet is long enough for this access.",
            "Before the access: if (data + offset + size > data_end) return …; with the same pointer that is then used. Compare "
            + "anew after helpers that change the packet; bound variable offsets first."),
        [UninitializedRegister] = (
            "Nothing has set this register on this path. Calls leave R1 to R5 without a value; R0 at the end is the return value.",
            "Initialize the variable on every path and return a value from every path; what C leaves undefined, compilers leave out."),
        [UninitializedStack] = (
            "The program reads bytes of its stack that it has not written on this path.",
            "Initialize the variable, all of it: struct s x = {}; for the padding too, __builtin_memset(&x, 0, sizeof(x))."),
        [StackOutOfBounds] = (
            "The access is outside of the function's stack, which is the 512 bytes below R10 (fp-512 to fp-1).",
            "Check the index and the sizes of the variable and of what is read or written; move what is large into a per-CPU array map of one element."),
        [VariableStackOffset] = (
            "The access is to a place on the stack that is known only when the program runs.",
            "Bound the index (i &= SIZE - 1), copy through a map's value, or use constant indexes (#pragma unroll)."),
        [StackTooLarge] = (
            "The functions of a chain of calls share 512 bytes of stack, each counted in steps of 32.",
            "Move large variables into a per-CPU array map of one element, inline functions, or shorten the chain of calls."),
        [CallsTooDeep] = (
            "At most eight functions can be in each other, the program itself among them; sixteen in Linux 7.2.",
            "Inline some of them (__always_inline), or go on in another program with a tail call."),
        [ProgramTooComplex] = (
            "The verifier gives up after a million instructions, each counted on every path on which it is looked at (before Linux "
            + "5.2, and without CAP_BPF, after far fewer).",
            "Shorten loops or give them to bpf_loop or bpf_for, where the body is looked at only once or so; put parts into global "
            + "functions, which are verified on their own; or split the program with tail calls."),
        [TooManyBranches] = (
            "More than 8192 branches wait to be followed.",
            "Use fewer conditions on the way: bpf_loop in the place of unrolled loops, global functions for parts, a table for long switches."),
        [EndlessLoop] = (
            "The verifier sees nothing change from one turn of the loop to the next, or a function calls itself; or loops are not "
            + "allowed at all (before Linux 5.3, and without CAP_BPF).",
            "Count with a variable that the condition compares with a constant, or use bpf_loop, bpf_for or may_goto; unroll for old kernels."),
        [UnreachableCode] = (
            "No path leads to this instruction.",
            "Take the code out. Compilers leave none in C: look at inline assembly, and at code behind functions that do not return."),
        [JumpOutOfRange] = (
            "The jump or call goes to where its function has no instruction.",
            "Look at instructions that were inserted or removed by hand, and use labels; functions must not jump into each other."),
        [MissingExit] = (
            "The last instruction of a function must be a return or a jump.",
            "Return from every path. Compilers leave the end out where C says that it is not reached or undefined."),
        [UnsupportedInstruction] = (
            "The kernel does not know the instruction in this form, or it always does wrong: dividing by 0, shifting by 64.",
            "If the kernel is older than the compiler's default, compile for an older machine (clang -mcpu=v2 or v3); otherwise look "
            + "at inline assembly and atomics."),
        [UnresolvedReference] = (
            "The program reaches code that uses something that this kernel does not have.",
            "Ask first (bpf_core_field_exists, bpf_core_type_exists, bpf_ksym_exists), so that the code is not reached, or load the "
            + "program only where the kernel has it."),
        [HelperNotAllowed] = (
            "Programs of this type cannot call this helper, or only with another attach type, a capability, or a newer kernel.",
            "Check the section's name (it sets the type), and which types the helper is for; look for a kfunc or helper that does the same."),
        [UnknownHelper] = (
            "This kernel is too old for this helper, or was built without it.",
            "Ask first (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_…)), or load another program on such kernels."),
        [GplOnly] = (
            "What is called is only for programs under a licence that is compatible with the GPL.",
            "State one: char LICENSE[] SEC(\"license\") = \"GPL\"; also \"Dual MIT/GPL\" and \"Dual BSD/GPL\" will do."),
        [KfuncNotAllowed] = (
            "Programs of this type cannot call this kfunc.",
            "Check the section's name (it sets the type), and for which types this kernel registers the kfunc."),
        [UnknownKfunc] = (
            "This kernel has no such kfunc, or cannot call it.",
            "Declare it __weak and ask with bpf_ksym_exists first; check that the module that has it is loaded."),
        [SleepsWhereForbidden] = (
            "What is called may sleep, and the program must not sleep here: it is no sleepable program, or is within a section "
            + "(RCU, lock, preemption or interrupts disabled).",
            "Make the program sleepable where its type allows (SEC(\"fentry.s/…\"), \"lsm.s/…\", \"uprobe.s/…\"), leave the section "
            + "first, or use what does not sleep (bpf_probe_read_user for bpf_copy_from_user)."),
        [MissingFunctionTypes] = (
            "The kernel has no types of the program's functions, or they do not agree with its code; callbacks, global functions, "
            + "and tail calls from functions need them.",
            "Compile with -g, do not strip .BTF and .BTF.ext, and keep the types with the program when instructions are changed."),
        [MissingKernelTypes] = (
            "The kernel has no BTF of its own, and what the program uses needs it.",
            "Use a kernel with CONFIG_DEBUG_INFO_BTF, or program types and helpers that do without."),
        [JitNeeded] = (
            "The JIT compiler is off, or cannot do this on this architecture.",
            "Switch it on: sysctl net.core.bpf_jit_enable=1; or use a newer kernel."),
        [UnreleasedReference] = (
            "What was acquired (a reservation, a socket, an object) is not given back on this path.",
            "Release it on every path, also those of errors: bpf_ringbuf_submit or _discard, bpf_sk_release, bpf_obj_drop, …"),
        [ReleaseMismatch] = (
            "What is released was not acquired by this program, or was released before.",
            "Release only what an acquiring call gave (and tested for null), once on each path, and do not keep it after."),
        [LockMisuse] = (
            "A spin lock protects a few instructions: one at a time, with no calls but its unlock, and unlocked on every path.",
            "Call helpers and functions before or after; unlock before every return; do not take a second lock."),
        [RcuMisuse] = (
            "The pointer is valid only within an RCU section, or a section is not entered and left in pairs on every path.",
            "Put the use between bpf_rcu_read_lock and bpf_rcu_read_unlock, unlock before every return, and acquire what must last longer."),
        [CriticalSectionMisuse] = (
            "A section with preemption or interrupts disabled is not entered and left in pairs on this path.",
            "Leave every section before returning, in the reverse order, with the flags that entering gave."),
        [PointerLeak] = (
            "An address of the kernel would get to where user space could read it, or a part of a pointer would be used as a number.",
            "Do not return or store pointers where numbers belong, and access them whole, with eight bytes."),
        [PointerArithmetic] = (
            "The verifier does not allow this operation on this pointer: only adding and subtracting bounded numbers, on pointers to "
            + "memory that are not null.",
            "Calculate with numbers, and add the result to the pointer; compare and subtract pointers into the same memory only."),
        [MixedPointers] = (
            "Paths meet at this instruction with pointers of different kinds, and the kernel can make it work for one only.",
            "Access memory before the paths meet; if the compiler merged them, put a barrier() into one."),
        [ArgumentType] = (
            "The helper or kfunc takes another kind of argument in this place.",
            "Compare the call with its prototype: pointers to memory must point to stack, map values or the packet, and be tested "
            + "for null; contexts, maps and constants must be passed as they are."),
        [FunctionArgument] = (
            "Global functions are verified on their own, for any arguments that their prototype allows, and calls must keep to it.",
            "Test pointer parameters for null, give them types of known size (or __arg_ctx, __arg_nonnull, __arg_trusted), pass what "
            + "fits, or make the function static. Callbacks must be static."),
        [ContextAccess] = (
            "The context of this type of program has no such field, or not in this size, or not for this access or attach type.",
            "Use the struct that belongs to the section, and its fields whole; check in which kernel the field came. In tracing "
            + "programs, there are as many arguments as the traced function has."),
        [ModifiedPointer] = (
            "The context, and pointers to the kernel's objects, must be used as they were given, with constant offsets.",
            "Access the fields directly, not through a pointer that was moved; if the compiler did it, read them into variables "
            + "first, or use __builtin_preserve_access_index or barrier_var."),
        [KernelObjectAccess] = (
            "The struct of the kernel has nothing at this offset that can be accessed with this size.",
            "Use vmlinux.h with CO-RE, so that offsets are those of the running kernel; cast with bpf_core_cast or bpf_rdonly_cast, or "
            + "read with bpf_probe_read_kernel."),
        [ReturnValue] = (
            "Programs of this type may return only certain values; callbacks and functions too, and the verifier must see which.",
            "Return one of the constants that the type defines on every path, and bound what comes from elsewhere."),
        [ForbiddenAccess] = (
            "This memory is read only here (.rodata, a packet, an object of the kernel), or only for helpers (locks, timers, kptrs).",
            "Write to a copy, use the helper that is made for it, or make the variable or map writable for programs."),
        [Misaligned] = (
            "The address is not a multiple of the access's size, which the stack always needs, and some machines everywhere.",
            "Align the variable, or copy bytes with __builtin_memcpy; look at casts and packed structs."),
        [MapMisuse] = (
            "A map of this kind, or with this definition, cannot be used here.",
            "Check the map's type, its key and value types (locks and timers need BTF: __type(value, struct …)), and which programs "
            + "and helpers it is for."),
        [TailCallMisuse] = (
            "There can be no tail call here: too much stack is in use, a reference or lock is held, or it is in a callback.",
            "Make tail calls from the program itself, with little on the stack (256 bytes with functions), and nothing held."),
        [DynptrMisuse] = (
            "A dynptr must be on the stack, initialized before its use, not overwritten, and released if it came from a reservation.",
            "Use it only through the functions for dynptrs, on every path in the order: initialize, use, submit or discard."),
        [IteratorMisuse] = (
            "An iterator must be on the stack, and be used on every path in the order: new, next, destroy.",
            "Use bpf_for, bpf_for_each or bpf_repeat, which do all of it; do not touch or copy the iterator."),
        [ObjectMisuse] = (
            "Objects that a program allocates, kptrs, lists and trees have owners, and the verifier follows each on every path.",
            "Move kptrs with bpf_kptr_xchg only, test for null, hold the lock of the list or tree, drop what is still owned."),
        [ArenaMisuse] = (
            "Pointers into an arena have an address space of their own, and a program can use one arena.",
            "Mark them __arena (clang 19 or newer), name the map in the program, and convert with cast_kern and cast_user for older compilers."),
        [ExceptionMisuse] = (
            "An exception ends the program: nothing may be held, and its callback takes and returns a number.",
            "Release everything before bpf_throw, and make the callback a global function: int cb(u64 cookie)."),
        [MissingPrivilege] = (
            "The verifier allows this only to processes with certain capabilities.",
            "Run with CAP_BPF, and CAP_PERFMON for what could show the kernel's memory (both are CAP_SYS_ADMIN before Linux 5.8)."),
        [AttachMismatch] = (
            "What the program is to be attached to is not there, is not of the right kind, or has another signature.",
            "Check the name and kind of the target on this kernel, and the types of the program's parameters."),
        [LimitReached] = (
            "A program can use only so many functions, kfuncs, maps or modules.",
            "Split the program, or use fewer."),
        [VerifierMistake.VerifierBug] = (
            "The verifier found an error of its own; the program may be right.",
            "Update the kernel, and change the code near this line; dmesg may tell more. The kernel's developers want to know."),
    };

    /// <summary>The texts for a mistake; <c>null</c> for <see cref="Unknown"/>.</summary>
    public static (string Explanation, string Remedy)? Of(VerifierMistake mistake) =>
        Texts.TryGetValue(mistake, out (string, string) texts) ? texts : null;
}
