namespace Ebpf.Asm;

/// <summary>Specifies when a conditional jump is taken. The values are those of <see cref="JumpOperation"/>.</summary>
public enum JumpCondition : byte
{
    /// <summary><c>dst == src</c>.</summary>
    Equal = JumpOperation.Equal,

    /// <summary><c>dst &gt; src</c>, unsigned.</summary>
    GreaterThan = JumpOperation.GreaterThan,

    /// <summary><c>dst &gt;= src</c>, unsigned.</summary>
    GreaterOrEqual = JumpOperation.GreaterOrEqual,

    /// <summary><c>dst &amp; src</c> is not 0.</summary>
    AnySet = JumpOperation.AnySet,

    /// <summary><c>dst != src</c>.</summary>
    NotEqual = JumpOperation.NotEqual,

    /// <summary><c>dst &gt; src</c>, signed.</summary>
    SignedGreaterThan = JumpOperation.SignedGreaterThan,

    /// <summary><c>dst &gt;= src</c>, signed.</summary>
    SignedGreaterOrEqual = JumpOperation.SignedGreaterOrEqual,

    /// <summary><c>dst &lt; src</c>, unsigned (Linux 4.14).</summary>
    LessThan = JumpOperation.LessThan,

    /// <summary><c>dst &lt;= src</c>, unsigned (Linux 4.14).</summary>
    LessOrEqual = JumpOperation.LessOrEqual,

    /// <summary><c>dst &lt; src</c>, signed (Linux 4.14).</summary>
    SignedLessThan = JumpOperation.SignedLessThan,

    /// <summary><c>dst &lt;= src</c>, signed (Linux 4.14).</summary>
    SignedLessOrEqual = JumpOperation.SignedLessOrEqual,
}
