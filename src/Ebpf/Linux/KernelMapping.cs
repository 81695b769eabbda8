using System.Buffers;

namespace Ebpf.Linux;

/// <summary>Memory of the kernel that this process can read, for as long as it runs.</summary>
/// <remarks>
/// It is never unmapped, so that nobody who still has a span of it can meet a hole. What is mapped is the kernel's own
/// memory: all that it costs is addresses, and page tables of 1/500 of its size.
/// </remarks>
internal sealed unsafe class KernelMapping : MemoryManager<byte>
{
    private readonly byte* _first;
    private readonly int _length;

    private KernelMapping(nint first, int length)
    {
        _first = (byte*)first;
        _length = length;
    }

    /// <summary>Maps a file of sysfs; not for files on disk, which can be cut short while they are mapped.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="path">The file.</param>
    /// <param name="length">Its size, in bytes.</param>
    /// <param name="error">Why it was not mapped: ENODEV from kernels that cannot.</param>
    /// <returns>The memory; <c>null</c> after an error.</returns>
    public static KernelMapping? TryMap(LinuxKernel kernel, string path, int length, out Errno error)
    {
        CallResult file = kernel.Open(path, OpenMode.ReadOnly);
        error = file.Error;
        if (file.Failed) return null;

        // Private, since the kernel refuses shared ones, which could be made writable (commit a539e2a6d51d).
        CallResult address = kernel.Mmap(0, (nuint)length, MemoryProtection.Read, MemoryMapping.Private, file.Value, 0);
        kernel.Close(file.Value);
        error = address.Error;
        return address.Failed ? null : new KernelMapping(address.Address, length);
    }

    public override Span<byte> GetSpan() => new(_first, _length);

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)_length);
        return new MemoryHandle(_first + elementIndex);
    }

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }
}
