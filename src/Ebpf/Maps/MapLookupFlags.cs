namespace Ebpf;

/// <summary>Specifies options of a lookup.</summary>
[Flags]
public enum MapLookupFlags : ulong
{
    /// <summary>No options.</summary>
    None = 0,

    /// <summary>
    /// Reads while holding the <c>bpf_spin_lock</c> in the value, which must have one; the lock itself reads as zero
    /// (<c>BPF_F_LOCK</c>, since Linux 5.1).
    /// </summary>
    Lock = 4,
}
