using System.Buffers.Binary;
using Ebpf.Common;

namespace Ebpf.Btf.Reading;

/// <summary>
/// Hashes what stands in a name before its first flavour: names that differ only in flavours have the same hash.
/// </summary>
/// <remarks>
/// Eight bytes at a time, since this is what indexing the 100,000 names of a kernel costs. Only the beginning of a long
/// name counts, so that hostile names, which can share their ends, cost no more than they are.
/// </remarks>
internal static class NameHash
{
    private const int WordSize = sizeof(ulong);

    private const ulong Ones = 0x0101_0101_0101_0101, HighBits = 0x8080_8080_8080_8080, Underscores = 0x5f5f_5f5f_5f5f_5f5f;

    /// <summary>Hashes the name that begins here and ends with a zero or the span.</summary>
    public static uint Of(ReadOnlySpan<byte> name)
    {
        ulong hash = 0, underscoresBefore = 0;

        // The word behind those that are hashed can hold the rest of a flavour that begins before it.
        for (int at = 0; at <= Limits.MaxNameHashed; at += WordSize)
        {
            ulong word = WordAt(name, at, out bool isLast);
            ulong underscores = FirstZero(word ^ Underscores);
            ulong second = (underscores << 8) | (underscoresBefore >> 56), third = (underscores << 16) | (underscoresBefore >> 48);
            if ((underscores & second & third) != 0) return OfPlain(BeforeFlavour(name));
            if (at < Limits.MaxNameHashed) hash = Mix(hash, word);
            if (isLast) break;
            underscoresBefore = underscores;
        }

        return Fold(hash);
    }

    /// <summary>Whether a flavour begins at a place in a name: <c>___</c> between other characters.</summary>
    public static bool IsFlavour(ReadOnlySpan<byte> name, int i) =>
        name.Length - i >= 4
        && name[i] == '_' && name[i + 1] == '_' && name[i + 2] == '_'
        && name[i - 1] != '_' && name[i + 3] is not ((byte)'_' or 0);

    private static ReadOnlySpan<byte> BeforeFlavour(ReadOnlySpan<byte> name)
    {
        int length = Math.Min(name.Length, Limits.MaxNameHashed);
        for (int i = 0; i < length; i++)
        {
            if (name[i] == 0 || (i > 0 && IsFlavour(name, i))) return name[..i];
        }

        return name[..length];
    }

    /// <summary>The hash of a name in which nothing is to be left out.</summary>
    private static uint OfPlain(ReadOnlySpan<byte> name)
    {
        ulong hash = 0;
        for (int at = 0; at < name.Length; at += WordSize) hash = Mix(hash, WordAt(name, at, out _));
        return Fold(hash);
    }

    /// <summary>Eight bytes of a name, with zeros behind its end.</summary>
    private static ulong WordAt(ReadOnlySpan<byte> name, int at, out bool isLast)
    {
        ulong word = 0;
        if (name.Length - at >= WordSize)
        {
            word = BinaryPrimitives.ReadUInt64LittleEndian(name[at..]);
        }
        else
        {
            for (int i = at; i < name.Length; i++) word |= (ulong)name[i] << ((i - at) * 8);
        }

        ulong zero = FirstZero(word);
        isLast = zero != 0;

        // All bits below those of the first byte that is zero.
        return isLast ? word & (((zero & (0 - zero)) >> 7) - 1) : word;
    }

    /// <summary>The highest bit of the first byte that is zero, and of others behind it.</summary>
    private static ulong FirstZero(ulong word) => (word - Ones) & ~word & HighBits;

    // A word of zeros is the end of a name whose length is a multiple of eight.
    private static ulong Mix(ulong hash, ulong word)
    {
        if (word == 0) return hash;
        hash = (hash ^ word) * 0x9fb2_1c65_1e98_df25;
        return hash ^ (hash >> 32);
    }

    private static uint Fold(ulong hash) => (uint)(hash ^ (hash >> 17));
}
