using System.Buffers.Binary;

namespace Ebpf.Fuzz.Mutation;

/// <summary>Writes numbers of the kind that break readers.</summary>
internal static class Values
{
    /// <summary>Puts another number in the place of one.</summary>
    /// <param name="input">The whole input, of whose numbers one may be copied.</param>
    /// <param name="offset">Where the number stands; it must lie inside.</param>
    /// <param name="size">1, 2, 4 or 8 bytes.</param>
    /// <param name="big">Whether it is big-endian.</param>
    /// <param name="random">Decides.</param>
    public static void Change(Span<byte> input, int offset, int size, bool big, Random random)
    {
        Span<byte> field = input.Slice(offset, size);
        ulong value = Read(field, big);
        value = random.Next(10) switch
        {
            0 => 0,
            1 => ulong.MaxValue,
            2 => 1ul << random.Next(size * 8),
            3 => (1ul << random.Next(size * 8)) - 1,
            4 => value + 1,
            5 => value - 1,
            6 => value ^ (1ul << random.Next(size * 8)),
            7 => (ulong)random.Next(256),
            8 => (ulong)(input.Length + random.Next(-16, 17)),
            _ => Read(input.Slice(random.Next(input.Length - size + 1), size), big),
        };
        Write(field, value, big);
    }

    public static ulong Read(ReadOnlySpan<byte> field, bool big)
    {
        ulong value = 0;
        for (int i = 0; i < field.Length; i++) value = (value << 8) | field[big ? i : field.Length - 1 - i];
        return value;
    }

    public static void Write(Span<byte> field, ulong value, bool big)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        if (big) BinaryPrimitives.WriteUInt64BigEndian(bytes, value << (64 - (field.Length * 8)));
        else BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        bytes[..field.Length].CopyTo(field);
    }
}
