namespace Ebpf;

/// <summary>How to write an element.</summary>
[Flags]
public enum MapUpdateFlags : ulong
{
    /// <summary>Whether or not there is an element under the key (<c>BPF_ANY</c>).</summary>
    Any = 0,

    /// <summary>Only if there is none (<c>BPF_NOEXIST</c>).</summary>
    NoExist = 1,

    /// <summary>Only if there is one (<c>BPF_EXIST</c>).</summary>
    Exist = 2,

    /// <summary>
    /// Under the <c>bpf_spin_lock</c> in the value, which must have one (<c>BPF_F_LOCK</c>, since Linux 5.1).
    /// </summary>
    Lock = 4,
}
