namespace Ebpf;

/// <summary>What the kernel tells about a BTF that it holds.</summary>
public sealed record BtfInfo
{
    /// <summary>Gets the number by which the kernel knows it.</summary>
    public uint Id { get; init; }

    /// <summary>Gets <c>vmlinux</c>, or the name of the module; empty for what a program loaded.</summary>
    public string Name { get; init; } = "";

    /// <summary>Gets the size in bytes; of split BTF, without the base.</summary>
    public uint Size { get; init; }

    /// <summary>
    /// Gets whose types it describes. Linux 5.11 and later tell; before, it is always <see cref="BtfOrigin.Program"/>.
    /// </summary>
    public BtfOrigin Origin { get; init; }
}
