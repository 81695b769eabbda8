using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ebpf.Common;

/// <summary>Numbers in the byte order of a file. Every read is bounds-checked by the slice it makes.</summary>
internal static class EndianReader
{
    /// <summary>The byte order of this machine.</summary>
    public static ByteOrder Host => BitConverter.IsLittleEndian ? ByteOrder.LittleEndian : ByteOrder.BigEndian;

    /// <summary>Whether numbers of this order must be turned round on this machine.</summary>
    public static bool NeedsSwap(this ByteOrder order) => order != Host;

    /// <summary>Checks an argument.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the two orders.</exception>
    public static void Check(this ByteOrder order, string parameter)
    {
        if (order is not (ByteOrder.LittleEndian or ByteOrder.BigEndian))
            throw new ArgumentOutOfRangeException(parameter, order, "There is no such byte order.");
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort U16(this ReadOnlySpan<byte> data, int offset, bool swap)
    {
        ushort value = MemoryMarshal.Read<ushort>(data.Slice(offset, sizeof(ushort)));
        return swap ? BinaryPrimitives.ReverseEndianness(value) : value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint U32(this ReadOnlySpan<byte> data, int offset, bool swap)
    {
        uint value = MemoryMarshal.Read<uint>(data.Slice(offset, sizeof(uint)));
        return swap ? BinaryPrimitives.ReverseEndianness(value) : value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong U64(this ReadOnlySpan<byte> data, int offset, bool swap)
    {
        ulong value = MemoryMarshal.Read<ulong>(data.Slice(offset, sizeof(ulong)));
        return swap ? BinaryPrimitives.ReverseEndianness(value) : value;
    }
}
