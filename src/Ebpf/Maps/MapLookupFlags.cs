namespace Ebpf;

/// <summary>Options of a look-up.</summary>
[Flags]
public enum MapLookupFlags : ulong
{
    /// <summary>No options.</summary>
    None = 0,

    /// <summary>
    /// Under the <c>bpf_spin_lock</c> in the value, which must have one; the lock itself reads as zero
    /// (<c>BPF_F_LOCK</c>, since Linux 5.1).
    /// </summary>
    Lock = 4,
}
