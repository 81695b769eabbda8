namespace Ebpf.Asm;

/// <summary>Specifies what an instruction of the classes for jumps does: the highest four bits of its opcode.</summary>
public enum JumpOperation : byte
{
    /// <summary><c>BPF_JA</c>: jumps always.</summary>
    Always = 0x00,

    /// <summary><c>BPF_JEQ</c>: jumps if <c>dst == src</c>.</summary>
    Equal = 0x10,

    /// <summary><c>BPF_JGT</c>: jumps if <c>dst &gt; src</c>, unsigned.</summary>
    GreaterThan = 0x20,

    /// <summary><c>BPF_JGE</c>: jumps if <c>dst &gt;= src</c>, unsigned.</summary>
    GreaterOrEqual = 0x30,

    /// <summary><c>BPF_JSET</c>: jumps if <c>dst &amp; src</c> is not 0.</summary>
    AnySet = 0x40,

    /// <summary><c>BPF_JNE</c>: jumps if <c>dst != src</c>.</summary>
    NotEqual = 0x50,

    /// <summary><c>BPF_JSGT</c>: jumps if <c>dst &gt; src</c>, signed.</summary>
    SignedGreaterThan = 0x60,

    /// <summary><c>BPF_JSGE</c>: jumps if <c>dst &gt;= src</c>, signed.</summary>
    SignedGreaterOrEqual = 0x70,

    /// <summary><c>BPF_CALL</c>: calls a helper, a function or a kfunc; see <see cref="CallKind"/>.</summary>
    Call = 0x80,

    /// <summary><c>BPF_EXIT</c>: returns.</summary>
    Exit = 0x90,

    /// <summary><c>BPF_JLT</c>: jumps if <c>dst &lt; src</c>, unsigned (Linux 4.14).</summary>
    LessThan = 0xa0,

    /// <summary><c>BPF_JLE</c>: jumps if <c>dst &lt;= src</c>, unsigned (Linux 4.14).</summary>
    LessOrEqual = 0xb0,

    /// <summary><c>BPF_JSLT</c>: jumps if <c>dst &lt; src</c>, signed (Linux 4.14).</summary>
    SignedLessThan = 0xc0,

    /// <summary><c>BPF_JSLE</c>: jumps if <c>dst &lt;= src</c>, signed (Linux 4.14).</summary>
    SignedLessOrEqual = 0xd0,

    /// <summary>
    /// <c>BPF_JCOND</c>: a pseudo jump that the source register selects; 0 is <c>may_goto</c> (Linux 6.9).
    /// </summary>
    Conditional = 0xe0,
}
