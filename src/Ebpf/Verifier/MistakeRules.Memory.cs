using System.Globalization;
using static Ebpf.VerifierMistake;

namespace Ebpf.Verifier;

/// <content>Registers, pointers, memory.</content>
internal static partial class MistakeRules
{
    private static MistakeRule[] Memory =>
    [
        // Registers are called R1; in 7.2 also "*(R11-8)", for arguments on the stack.
        new("invalid mem access 'map_value_or_null'", UncheckedMapValue),
        new("on map_value_or_null prohibited", UncheckedMapValue),
        new("type=map_value_or_null expected", UncheckedMapValue),
        new("prohibited, null-check it first", UncheckedPointer),
        new("invalid mem access '*_or_null", UncheckedPointer), // mem_ (5.10), alloc_mem_ (6.1), ringbuf_mem_, sock_, ptr_
        new("type=*_or_null expected", UncheckedPointer),
        new("Possibly NULL pointer passed", UncheckedPointer),
        new("expected to be non-NULL", UncheckedPointer),
        new("!read_ok", UninitializedRegister),
        new("should have been in", ReturnValue), // 5.10: "has value (0x5; 0x0) should …"; 6.18: "has smin=5 smax=5 should …"
        new("At program exit the register", ReturnValue),
        new("exit the register R", ReturnValue),
        new("At callback return", ReturnValue),
        new("At async callback return", ReturnValue),
        new("In async callback the register", ReturnValue), // 6.1
        new("is not a known value (", ReturnValue),
        new("R0 not a scalar value", ReturnValue),

        new("unbounded memory access, use", UnboundedSize),
        new("min value is negative, either use unsigned or", UnboundedSize),
        new("invalid zero-sized read", UnboundedSize), // 5.10, 6.1: without the register
        new("unbounded size, use", UnboundedSize), // 5.10
        new("memory size * is too large", UnboundedSize),
        new("memory, len pair leads to invalid memory access", UnboundedSize),

        new("invalid access to packet", PacketBounds),
        new("offset is outside of the packet", PacketBounds),
        new("makes pkt pointer be out of bounds", PacketBounds),
        new("unbounded memory access", UnboundedAccess),
        new("min value is negative, either use unsigned index", UnboundedAccess),
        new("makes * pointer be out of bounds", UnboundedAccess),
        new("register with unbounded min value", UnboundedAccess),
        new("mixed signed bounds", UnboundedAccess, MistakeNeeds.PerfMon),
        new("invalid variable buffer offset", UnboundedAccess),
        new("variable offset to flow keys", UnboundedAccess),

        new("unbounded variable-offset*stack", VariableStackOffset),
        new("invalid variable-offset*stack", VariableStackOffset), // bounded, but not within the stack

        // 5.10: "invalid read from stack R10 off=-8 size=8", also for what is outside; later "… from stack off -8+0 size 8".
        new("read from stack off ", UninitializedStack, MistakeNeeds.PerfMon),
        new("read from stack R*off=-", UninitializedStack, MistakeNeeds.PerfMon, Condition: IsWithinStack),
        new("read from stack * off ", UninitializedStack, MistakeNeeds.PerfMon), // "invalid indirect read from stack R2 off -8+0 size 4"
        new("read from stack * var_off ", UninitializedStack, MistakeNeeds.PerfMon),
        new("slot poisoned by dead code elimination", UninitializedStack), // 7.2
        new("uninit stack in range of var-offset write", UninitializedStack, MistakeNeeds.PerfMon),
        new("variable offset stack access prohibited", VariableStackOffset, MistakeNeeds.PerfMon),
        new("variable stack access prohibited", VariableStackOffset, MistakeNeeds.PerfMon),
        new("stack pointer arithmetic goes out of range", VariableStackOffset, MistakeNeeds.PerfMon),
        new("variable offset stack pointer cannot be passed", VariableStackOffset),
        new("spilled ptr in range of var-offset stack write", VariableStackOffset),
        new("stack R*off=", StackOutOfBounds), // "invalid write to stack R10 off=-520 size=8"
        new("invalid stack off=", StackOutOfBounds), // before 5.10
        new("invalid stack type R", StackOutOfBounds), // before 5.10

        new("misaligned ", Misaligned),
        new("access misaligned expected", Misaligned),
        new("invalid bpf_context access", ContextAccess),
        new("invalid access to context, ctx_size", ContextAccess),
        new("dereference of modified ", ModifiedPointer), // 5.10: "modified ctx ptr"
        new("variable * access var_off=* disallowed", ModifiedPointer),
        new("negative offset * ptr", ModifiedPointer),
        new("must have zero offset when passed", ModifiedPointer),
        new("pointer to in-kernel struct with non-zero offset", ModifiedPointer), // 5.10

        new("cannot write into ", ForbiddenAccess), // packet, rdonly_mem, …
        new("the prog does not allow writes to packet data", ForbiddenAccess),
        new("write into map forbidden", ForbiddenAccess),
        new("read from map forbidden", ForbiddenAccess),
        new("Writes through BTF pointers", ForbiddenAccess),
        new("only read is supported", ForbiddenAccess),
        new("only read from * is supported", ForbiddenAccess),
        new("frame pointer is read only", ForbiddenAccess),
        new("write to change key", ForbiddenAccess),
        new("cannot be accessed directly by load/store", ForbiddenAccess),
        new("cannot be accessed indirectly by helper", ForbiddenAccess),
        new("stores into R* is not allowed", ForbiddenAccess), // BPF_XADD, BPF_ATOMIC, BPF_ST
        new("BPF_ATOMIC loads from", ForbiddenAccess),

        new("access beyond struct", KernelObjectAccess),
        new("access beyond the end of member", KernelObjectAccess),
        new("cannot access ptr member", KernelObjectAccess),
        new("doesn't have field at offset", KernelObjectAccess),
        new("is ptr_* invalid negative access", KernelObjectAccess),
        new("is ptr_* invalid variable offset", KernelObjectAccess),
        new("is ptr_* access ", KernelObjectAccess), // user memory, percpu memory
        new("direct access to * is disallowed", KernelObjectAccess),
        new("Cannot access kernel 'struct", GplOnly),

        new("invalid access to ", OutOfBounds), // map value, map key, memory, flow keys
        new("outside of the allowed memory range", OutOfBounds),
        new("buffer access: off=", OutOfBounds),
        new("negative * buffer offset", OutOfBounds),
        new("pointer offset * is not allowed", OutOfBounds),
        new("math between * pointer and * is not allowed", OutOfBounds),
        new("direct value offset of", OutOfBounds),

        new("leaks addr", PointerLeak, MistakeNeeds.PerfMon),
        new("leaking pointer from stack", PointerLeak, MistakeNeeds.PerfMon),
        new("partial copy of pointer", PointerLeak, MistakeNeeds.PerfMon),
        new("attempt to corrupt spilled pointer", PointerLeak, MistakeNeeds.PerfMon),
        new("invalid size of register ", PointerLeak, MistakeNeeds.PerfMon), // fill, spill
        new("cannot return stack pointer to the caller", PointerLeak),
        new("cannot spill pointers to stack into stack frame of the caller", PointerLeak),
        new("pointer comparison prohibited", PointerArithmetic, MistakeNeeds.PerfMon),
        new("pointer arithmetic with it prohibited for !root", PointerArithmetic, MistakeNeeds.PerfMon),
        new("from different maps, paths or scalars", PointerArithmetic, MistakeNeeds.PerfMon),
        new("unsupported alu operation", PointerArithmetic, MistakeNeeds.PerfMon),
        new("pointer arithmetic of map value goes out of range", PointerArithmetic, MistakeNeeds.PerfMon),
        new("for speculative verification", PointerArithmetic, MistakeNeeds.PerfMon),
        new("pointer arithmetic prohibited", PointerArithmetic, MistakeNeeds.PerfMon),
        new("pointer arithmetic * prohibited", PointerArithmetic), // "on pkt_end prohibited", "with *= operator prohibited"
        new(" pointer * pointer prohibited", PointerArithmetic, MistakeNeeds.PerfMon),
        new("on pointer prohibited", PointerArithmetic),
        new("subtract pointer from scalar", PointerArithmetic),
        new("subtraction from stack pointer prohibited", PointerArithmetic),
        new("sign-extension part of pointer", PointerArithmetic),
        new("same insn cannot be used with different pointers", MixedPointers),
        new("invalid mem access '", InvalidPointer), // 5.10: inv; from 6.1: scalar; pkt_end, map_ptr, fp …
    ];

    /// <summary>Whether all of the access is to the 512 bytes of the stack: then what is wrong is that nothing is there yet.</summary>
    private static bool IsWithinStack(string line) =>
        NumberAfter(line, "off=-") is > 0 and <= 512 and int below && (NumberAfter(line, "size=") ?? 0) <= below;

    private static int? NumberAfter(string line, string word)
    {
        int at = line.IndexOf(word, StringComparison.Ordinal);
        if (at < 0) return null;
        ReadOnlySpan<char> digits = line.AsSpan(at + word.Length);
        int end = digits.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(end < 0 ? digits : digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
    }
}
