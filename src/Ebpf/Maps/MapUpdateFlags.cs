namespace Ebpf;

/// <summary>Specifies options of writing an element.</summary>
[Flags]
public enum MapUpdateFlags : ulong
{
    /// <summary>Writes the element whether or not there is one under the key (<c>BPF_ANY</c>).</summary>
    Any = 0,

    /// <summary>Writes the element only if there is none under the key (<c>BPF_NOEXIST</c>).</summary>
    NoExist = 1,

    /// <summary>Writes the element only if there is one under the key (<c>BPF_EXIST</c>).</summary>
    Exist = 2,

    /// <summary>
    /// Writes while holding the <c>bpf_spin_lock</c> in the value, which must have one (<c>BPF_F_LOCK</c>, since Linux 5.1).
    /// </summary>
    Lock = 4,
}
