using System.Runtime.InteropServices;
using Ebpf.Linux;

namespace Ebpf.Maps;

/// <summary>What a table of functions will hold when it is attached.</summary>
/// <param name="value">The value, without the functions.</param>
/// <param name="functions">Where the descriptors of the programs stand. They must be open when it is written.</param>
internal sealed unsafe class StructOpsContents(byte[] value, (int Offset, BpfHandle Program)[] functions)
{
    /// <summary>Writes the value. Into a map without a link, this registers it.</summary>
    /// <exception cref="ObjectDisposedException">A program was closed.</exception>
    public Errno Write(BpfMap map)
    {
        byte[] filled = [.. value];
        int held = 0;
        try
        {
            foreach ((int offset, BpfHandle program) in functions)
            {
                long descriptor = program.BeginUse();
                held++;
                MemoryMarshal.Write(filled.AsSpan(offset), in descriptor);
            }

            uint key = 0;
            fixed (byte* pointer = filled) return map.Kernel.UpdateElement(map.Handle, &key, pointer, 0);
        }
        finally
        {
            foreach ((_, BpfHandle program) in functions.AsSpan(0, held)) program.EndUse();
        }
    }
}
