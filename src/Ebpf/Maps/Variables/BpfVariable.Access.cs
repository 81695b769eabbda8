using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ebpf;

/// <content>Reading and writing, in place or by copies of the section.</content>
public sealed unsafe partial class BpfVariable
{
    /// <summary>Up to this size a copy of a section lies on the stack.</summary>
    private const int StackSize = 512;

    private static ReadOnlySpan<byte> FirstKey => [0, 0, 0, 0];

    /// <summary>Reads in one piece what can be, so that a loop that waits for a change sees it.</summary>
    private static T Load<T>(byte* place)
        where T : unmanaged
    {
        if (sizeof(T) == sizeof(byte)) return Unsafe.BitCast<byte, T>(Volatile.Read(ref *place));
        if (((nuint)place & (nuint)(sizeof(T) - 1)) == 0)
        {
            if (sizeof(T) == sizeof(ushort)) return Unsafe.BitCast<ushort, T>(Volatile.Read(ref *(ushort*)place));
            if (sizeof(T) == sizeof(uint)) return Unsafe.BitCast<uint, T>(Volatile.Read(ref *(uint*)place));
            if (sizeof(T) == sizeof(ulong)) return Unsafe.BitCast<ulong, T>(Volatile.Read(ref *(ulong*)place));
        }

        T value = Unsafe.ReadUnaligned<T>(place);
        Volatile.ReadBarrier();
        return value;
    }

    /// <summary>Writes in one piece what can be.</summary>
    private static void Store<T>(byte* place, T value)
        where T : unmanaged
    {
        if (sizeof(T) == sizeof(byte))
        {
            Volatile.Write(ref *place, Unsafe.BitCast<T, byte>(value));
            return;
        }

        if (((nuint)place & (nuint)(sizeof(T) - 1)) == 0)
        {
            switch (sizeof(T))
            {
                case sizeof(ushort):
                    Volatile.Write(ref *(ushort*)place, Unsafe.BitCast<T, ushort>(value));
                    return;
                case sizeof(uint):
                    Volatile.Write(ref *(uint*)place, Unsafe.BitCast<T, uint>(value));
                    return;
                case sizeof(ulong):
                    Volatile.Write(ref *(ulong*)place, Unsafe.BitCast<T, ulong>(value));
                    return;
            }
        }

        Volatile.WriteBarrier();
        Unsafe.WriteUnaligned(place, value);
    }

    private T GetCopy<T>()
        where T : unmanaged
    {
        T value = default;
        ReadCopy(MemoryMarshal.AsBytes(new Span<T>(ref value)));
        return value;
    }

    private void ReadCopy(Span<byte> value)
    {
        CheckHasCopies();
        int size = Map.ValueSize;
        byte[]? rented = size > StackSize ? ArrayPool<byte>.Shared.Rent(size) : null;
        Span<byte> section = rented is null ? stackalloc byte[StackSize] : rented;
        try
        {
            Map.TryGetValue(FirstKey, section[..size]);
            section.Slice((int)_place, value.Length).CopyTo(value);
        }
        finally
        {
            if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private void WriteCopy(ReadOnlySpan<byte> value)
    {
        CheckHasCopies();
        int size = Map.ValueSize;
        byte[]? rented = size > StackSize ? ArrayPool<byte>.Shared.Rent(size) : null;
        Span<byte> section = rented is null ? stackalloc byte[StackSize] : rented;
        try
        {
            // At least what this process writes is not lost.
            lock (Map.CopyLock)
            {
                Map.TryGetValue(FirstKey, section[..size]);
                value.CopyTo(section[(int)_place..]);
                Map.Update(FirstKey, section[..size]);
            }
        }
        finally
        {
            if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>An array has one value, which is the section; what else the user made of the map has not.</summary>
    private void CheckHasCopies()
    {
        if (Map.Type != MapType.Array)
            throw new NotSupportedException($"{this}: the section is in a map of type {Map.Type}, which has no one place for it.");
    }
}
