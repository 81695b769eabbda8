using Ebpf.Executables;
using Microsoft.Win32.SafeHandles;

namespace Ebpf.Usdt;

/// <summary>The bytes of a file that is open.</summary>
/// <param name="file">The file, which must stay open.</param>
internal sealed class HandleSource(SafeFileHandle file) : ByteSource
{
    public override ulong Length { get; } = (ulong)RandomAccess.GetLength(file);

    public override int ReadAt(ulong offset, Span<byte> buffer)
    {
        if (offset > long.MaxValue) return 0;
        int length = 0;
        while (length < buffer.Length)
        {
            int read = RandomAccess.Read(file, buffer[length..], (long)offset + length);
            if (read == 0) break;
            length += read;
        }

        return length;
    }
}
