namespace Ebpf.Linux;

/// <summary>What a system call returned: a value, or a negative error number as the kernel itself returns it.</summary>
internal readonly struct CallResult(nint raw)
{
    /// <summary>The most negative error number; what lies below is a value (an address).</summary>
    private const nint LastError = -4095;

    public static CallResult Success => default;

    /// <summary>Whether the call failed.</summary>
    public bool Failed => raw is < 0 and >= LastError;

    /// <summary>The error; <see cref="Errno.None"/> when the call worked.</summary>
    public Errno Error => Failed ? (Errno)(int)-raw : Errno.None;

    /// <summary>The value returned, when the call did not fail: a descriptor, a count.</summary>
    public int Value => (int)raw;

    /// <summary>The address returned, when the call did not fail.</summary>
    public nint Address => raw;

    public static CallResult Of(Errno error) => new(-(nint)(int)error);
}
