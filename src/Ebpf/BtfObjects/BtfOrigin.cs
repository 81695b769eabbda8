namespace Ebpf;

/// <summary>Whose types a BTF in the kernel describes.</summary>
public enum BtfOrigin
{
    /// <summary>A program's and its maps': it was loaded with bpf(2).</summary>
    Program,

    /// <summary>The kernel's own.</summary>
    Kernel,

    /// <summary>Those of a module, on the base of the kernel's.</summary>
    Module,
}
