using System.Runtime.InteropServices;
using Ebpf.Linux;

namespace Ebpf.Maps.Views;

/// <summary>
/// The elements of a map into which descriptors are written: of programs, maps, cgroups, perf events and sockets.
/// </summary>
internal readonly unsafe struct DescriptorElements<TKey>(BpfMap map)
    where TKey : unmanaged
{
    public BpfMap Map => map;

    /// <summary>Writes an element.</summary>
    /// <param name="key">The key.</param>
    /// <param name="target">The owner of the descriptor, which stays open meanwhile.</param>
    /// <param name="flags">Whether the element may or must exist already.</param>
    public Errno Write(in TKey key, SafeHandle target, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        using BorrowedDescriptor borrowed = target.Borrow();
        return Write(in key, borrowed.Descriptor, flags);
    }

    /// <summary>Writes an element.</summary>
    /// <param name="key">The key.</param>
    /// <param name="descriptor">A descriptor that stays open meanwhile.</param>
    /// <param name="flags">Whether the element may or must exist already.</param>
    public Errno Write(in TKey key, int descriptor, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        // Where sockets are read as cookies, values have 8 bytes, and so have descriptors.
        ulong wide = (ulong)descriptor;
        fixed (TKey* pointer = &key)
        {
            void* value = map.ValueBufferSize == sizeof(ulong) ? &wide : &descriptor;
            return map.Kernel.UpdateElement(map.Handle, pointer, value, (ulong)flags);
        }
    }

    /// <summary>Empties a slot.</summary>
    public Errno Delete(in TKey key)
    {
        fixed (TKey* pointer = &key) return map.Kernel.DeleteElement(map.Handle, pointer);
    }
}
