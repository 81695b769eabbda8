namespace Ebpf.Executables;

/// <summary>The checksums of debug files and of xz.</summary>
internal static class Checksums
{
    // Reflected polynomials: CRC-32 of IEEE 802.3, CRC-64 of ECMA-182. Slices: eight tables, so that eight bytes take one step.
    private static readonly uint[] Table32 = MakeTable32(0xedb88320);
    private static readonly ulong[] Table64 = MakeTable64(0xc96c5795d7870f42);

    /// <summary>The CRC-32 of bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="before">That of the bytes before them; 0 for none.</param>
    public static uint Crc32(ReadOnlySpan<byte> bytes, uint before = 0)
    {
        uint value = ~before;
        uint[] table = Table32;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            value ^= (uint)(bytes[0] | (bytes[1] << 8) | (bytes[2] << 16) | (bytes[3] << 24));
            value = table[0x700 + (byte)value] ^ table[0x600 + (byte)(value >> 8)] ^ table[0x500 + (byte)(value >> 16)] ^ table[0x400 + (value >> 24)]
                ^ table[0x300 + bytes[4]] ^ table[0x200 + bytes[5]] ^ table[0x100 + bytes[6]] ^ table[bytes[7]];
        }

        foreach (byte b in bytes) value = table[(byte)value ^ b] ^ (value >> 8);
        return ~value;
    }

    /// <summary>The CRC-64 of bytes.</summary>
    public static ulong Crc64(ReadOnlySpan<byte> bytes)
    {
        ulong value = ulong.MaxValue;
        foreach (byte b in bytes) value = Table64[(byte)value ^ b] ^ (value >> 8);
        return ~value;
    }

    private static uint[] MakeTable32(uint polynomial)
    {
        uint[] table = new uint[8 * 256];
        for (uint i = 0; i < 256; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++) value = (value >> 1) ^ ((value & 1) * polynomial);
            table[i] = value;
        }

        for (int i = 256; i < table.Length; i++) table[i] = (table[i - 256] >> 8) ^ table[(byte)table[i - 256]];
        return table;
    }

    private static ulong[] MakeTable64(ulong polynomial)
    {
        ulong[] table = new ulong[256];
        for (uint i = 0; i < 256; i++)
        {
            ulong value = i;
            for (int bit = 0; bit < 8; bit++) value = (value >> 1) ^ ((value & 1) * polynomial);
            table[i] = value;
        }

        return table;
    }
}
