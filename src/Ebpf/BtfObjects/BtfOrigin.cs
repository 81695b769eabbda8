namespace Ebpf;

/// <summary>Specifies where BTF in the kernel comes from.</summary>
public enum BtfOrigin
{
    /// <summary>The BTF was loaded with bpf(2), for programs and maps.</summary>
    Program,

    /// <summary>The BTF is that of the kernel itself.</summary>
    Kernel,

    /// <summary>The BTF is that of a kernel module; it is split BTF on the base of the kernel's.</summary>
    Module,
}
