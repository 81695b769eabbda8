namespace Ebpf;

/// <summary>What the kernel tells about a BTF that it holds.</summary>
/// <param name="Id">The number by which the kernel knows it.</param>
/// <param name="Name"><c>vmlinux</c>, or the name of the module; empty for what a program loaded.</param>
/// <param name="Size">How many bytes it has; of split BTF, without the base.</param>
/// <param name="Origin">Whose types it describes. Linux 5.11 and later tell; before, it is always what a program loaded.</param>
public sealed record BpfBtfInfo(uint Id, string Name, uint Size, BtfOrigin Origin);
