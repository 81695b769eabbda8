namespace Ebpf;

/// <summary>Describes BTF in the kernel.</summary>
public sealed record BtfInfo
{
    /// <summary>Gets the id of the BTF in the kernel.</summary>
    public uint Id { get; init; }

    /// <summary>
    /// Gets the name: <c>vmlinux</c> for the kernel itself, the name of a module, or empty for BTF that was loaded with programs.
    /// </summary>
    public string Name { get; init; } = "";

    /// <summary>Gets the size, in bytes, without the base of split BTF.</summary>
    public uint Size { get; init; }

    /// <summary>
    /// Gets where the BTF comes from. Known since Linux 5.11; before, it is always <see cref="BtfOrigin.Program"/>.
    /// </summary>
    public BtfOrigin Origin { get; init; }
}

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
