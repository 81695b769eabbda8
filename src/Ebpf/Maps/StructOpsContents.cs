using System.Runtime.InteropServices;
using Ebpf.Linux;

namespace Ebpf.Maps;

/// <summary>What a struct_ops map will hold when it is attached.</summary>
/// <param name="value">The value, without the functions.</param>
/// <param name="functions">Where the descriptors of the programs stand. They must be open when it is written.</param>
internal sealed unsafe class StructOpsContents(byte[] value, (int Offset, BpfHandle Program)[] functions)
{
    /// <summary>Writes the value. Into a map without a link, this registers it.</summary>
    /// <exception cref="ObjectDisposedException">A program was closed.</exception>
    public Errno Write(BpfMap map)
    {
        byte[] filled = [.. value];
        using BorrowedDescriptors borrowed = new([.. functions.Select(function => function.Program)]);
        for (int i = 0; i < functions.Length; i++)
        {
            long descriptor = borrowed[i];
            MemoryMarshal.Write(filled.AsSpan(functions[i].Offset), in descriptor);
        }

        uint key = 0;
        fixed (byte* pointer = filled) return map.Kernel.UpdateElement(map.Handle, &key, pointer, 0);
    }
}
