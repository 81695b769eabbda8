using Ebpf.Executables;
using Ebpf.Linux;

namespace Ebpf.Links.Uprobes;

/// <summary>The bytes of an open file.</summary>
/// <param name="handle">The descriptor, which somebody else closes.</param>
/// <param name="length">How many bytes there are.</param>
/// <param name="name">What the file is called in messages.</param>
internal sealed class FileSource(BpfHandle handle, ulong length, string name) : ByteSource
{
    public override ulong Length => length;

    public override int ReadAt(ulong offset, Span<byte> buffer)
    {
        if (offset >= length) return 0;
        using BorrowedDescriptor file = handle.Borrow();
        CallResult read = handle.Kernel.ReadAt(file.Descriptor, buffer[..(int)Math.Min((ulong)buffer.Length, length - offset)], (long)offset);
        return read.Failed ? throw new BpfException($"Read {name}", read.Error) : read.Value;
    }
}
