namespace Ebpf;

/// <summary>
/// Specifies the kind of mistake for which the verifier refuses a program, whatever the kernel's words for it are.
/// </summary>
public enum VerifierMistake
{
    /// <summary>None of the others: see <see cref="VerifierException.Reason"/>.</summary>
    Unknown,

    /// <summary>The result of a map lookup is used without a test for null.</summary>
    UncheckedMapValue,

    /// <summary>Another pointer that may be null is used without a test: a reservation, a socket, an argument.</summary>
    UncheckedPointer,

    /// <summary>A number is used as a pointer.</summary>
    InvalidPointer,

    /// <summary>An index or offset has no proven bound.</summary>
    UnboundedAccess,

    /// <summary>A size that a helper or kfunc is given has no proven bound, or may be 0.</summary>
    UnboundedSize,

    /// <summary>An access ends behind the value or the memory that the pointer points to, or begins before it.</summary>
    OutOfBounds,

    /// <summary>An access to the packet that no comparison with its end allows.</summary>
    PacketBounds,

    /// <summary>A register is read that nothing has set on this path.</summary>
    UninitializedRegister,

    /// <summary>Stack is read that nothing has written on this path.</summary>
    UninitializedStack,

    /// <summary>An access outside of the function's stack.</summary>
    StackOutOfBounds,

    /// <summary>An access to the stack at an offset that is only known when the program runs.</summary>
    VariableStackOffset,

    /// <summary>A function, or a chain of calls, uses more stack than there is.</summary>
    StackTooLarge,

    /// <summary>Functions call each other too deep: more than eight of them, or sixteen in Linux 7.2.</summary>
    CallsTooDeep,

    /// <summary>The verifier processed a million instructions and was not done.</summary>
    ProgramTooComplex,

    /// <summary>More branches wait to be followed than the verifier can remember.</summary>
    TooManyBranches,

    /// <summary>A loop whose end the verifier cannot prove, or a function that calls itself.</summary>
    EndlessLoop,

    /// <summary>Instructions that can never run.</summary>
    UnreachableCode,

    /// <summary>A jump to outside of its function, or into an instruction.</summary>
    JumpOutOfRange,

    /// <summary>A function that does not end with a return or a jump.</summary>
    MissingExit,

    /// <summary>An instruction that the kernel does not know, or one that divides by 0 or shifts too far.</summary>
    UnsupportedInstruction,

    /// <summary>The program refers to something that this kernel does not have: a type, map or function.</summary>
    UnresolvedReference,

    /// <summary>A helper that programs of this type cannot call.</summary>
    HelperNotAllowed,

    /// <summary>A helper that this kernel does not have.</summary>
    UnknownHelper,

    /// <summary>Something is only for programs under a licence compatible with the GPL.</summary>
    GplOnly,

    /// <summary>A kfunc that programs of this type cannot call.</summary>
    KfuncNotAllowed,

    /// <summary>A kfunc that this kernel does not have, or cannot call.</summary>
    UnknownKfunc,

    /// <summary>Something that may sleep is called where the program must not sleep.</summary>
    SleepsWhereForbidden,

    /// <summary>The types of the program's functions are missing, or do not agree with its code.</summary>
    MissingFunctionTypes,

    /// <summary>The kernel was built without BTF, or does not show it.</summary>
    MissingKernelTypes,

    /// <summary>Something needs the JIT compiler, which is off or cannot do it.</summary>
    JitNeeded,

    /// <summary>A reference that was acquired is not released on this path.</summary>
    UnreleasedReference,

    /// <summary>A reference is released that was not acquired, or has been released already.</summary>
    ReleaseMismatch,

    /// <summary>Misuse of spin locks: not unlocked, nested, calls while holding one.</summary>
    LockMisuse,

    /// <summary>Misuse of RCU: a section that is not left, or a pointer that is used outside of one.</summary>
    RcuMisuse,

    /// <summary>Misuse of sections with preemption or interrupts disabled: not left, or left twice.</summary>
    CriticalSectionMisuse,

    /// <summary>A pointer would get to where user space could read it.</summary>
    PointerLeak,

    /// <summary>An operation that cannot be done with this pointer.</summary>
    PointerArithmetic,

    /// <summary>One instruction works on pointers of different kinds, depending on the path.</summary>
    MixedPointers,

    /// <summary>An argument of a helper or kfunc is of the wrong kind.</summary>
    ArgumentType,

    /// <summary>The parameters of a global function or a callback, or the arguments with which it is called.</summary>
    FunctionArgument,

    /// <summary>A field of the context that does not exist, or not for this type of program, or not with this size.</summary>
    ContextAccess,

    /// <summary>A pointer was changed that must be used as it is, such as the context.</summary>
    ModifiedPointer,

    /// <summary>A structure of the kernel has no field at this offset that can be accessed in this way.</summary>
    KernelObjectAccess,

    /// <summary>A program or function returns a value that it must not.</summary>
    ReturnValue,

    /// <summary>
    /// Read-only memory is written, write-only memory is read, or memory is accessed that only helpers may access.
    /// </summary>
    ForbiddenAccess,

    /// <summary>An access at an address that is not a multiple of its size.</summary>
    Misaligned,

    /// <summary>A map of a kind, or with a definition, that this program or helper cannot use.</summary>
    MapMisuse,

    /// <summary>A tail call where it is not allowed.</summary>
    TailCallMisuse,

    /// <summary>A dynptr that is not initialized, not released, or overwritten.</summary>
    DynptrMisuse,

    /// <summary>An iterator that is not initialized, not destroyed, or not on the stack.</summary>
    IteratorMisuse,

    /// <summary>Misuse of objects that the program allocates, or of kptrs, lists and trees of them.</summary>
    ObjectMisuse,

    /// <summary>Misuse of an arena, or of pointers into it.</summary>
    ArenaMisuse,

    /// <summary>Misuse of exceptions (<c>bpf_throw</c>) or their callbacks.</summary>
    ExceptionMisuse,

    /// <summary>A capability is missing, without which the verifier allows less.</summary>
    MissingPrivilege,

    /// <summary>The target of the program does not fit it.</summary>
    AttachMismatch,

    /// <summary>The program uses more of something than is allowed: maps, functions, kfuncs.</summary>
    LimitReached,

    /// <summary>An error in the verifier itself.</summary>
    VerifierBug,
}
