using Ebpf.Common;

namespace Ebpf.Btf.Values;

/// <summary>Numbers of any number of bits up to 128, at any bit, in either byte order.</summary>
internal static class ScalarBits
{
    /// <summary>Reads a number.</summary>
    /// <param name="bytes">Has all of its bits.</param>
    /// <param name="first">
    /// Its first bit. Compilers count from the least significant bit of a little-endian machine, from the most significant
    /// one of a big-endian machine; so a number lies in consecutive bits on both.
    /// </param>
    /// <param name="width">How many bits it has, 128 at the most.</param>
    /// <param name="order">The byte order.</param>
    public static UInt128 Read(ReadOnlySpan<byte> bytes, uint first, uint width, ByteOrder order)
    {
        uint end = first + width;
        bytes = bytes[(int)(first / 8)..(int)((end + 7) / 8)];
        int skipped = (int)(first % 8);
        return order == ByteOrder.LittleEndian
            ? ReadLittleEndian(bytes, skipped) & Mask(width)
            : ReadBigEndian(bytes, skipped, (int)(((end - 1) % 8) + 1));
    }

    /// <summary>The ones below a bit.</summary>
    public static UInt128 Mask(uint width) => width == 0 ? 0 : UInt128.MaxValue >> (int)(Limits.MaxNumberBits - width);

    /// <summary>A number of so many bits with its sign.</summary>
    public static Int128 SignExtend(UInt128 value, uint width)
    {
        int unused = (int)(Limits.MaxNumberBits - width);
        return (Int128)(value << unused) >> unused;
    }

    private static UInt128 ReadLittleEndian(ReadOnlySpan<byte> bytes, int skipped)
    {
        UInt128 value = (UInt128)bytes[0] >> skipped;
        for (int i = 1; i < bytes.Length; i++) value |= (UInt128)bytes[i] << ((i * 8) - skipped);
        return value;
    }

    private static UInt128 ReadBigEndian(ReadOnlySpan<byte> bytes, int skipped, int usedOfLast)
    {
        UInt128 value = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            byte part = i == 0 ? (byte)(bytes[0] & (0xff >> skipped)) : bytes[i];
            value = i == bytes.Length - 1
                ? (value << usedOfLast) | (UInt128)(part >> (8 - usedOfLast))
                : (value << 8) | part;
        }

        return value;
    }
}
