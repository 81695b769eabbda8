using System.Buffers.Binary;

namespace Ebpf.Executables;

/// <summary>What is decoded, which is its own dictionary.</summary>
/// <param name="limit">How many bytes it may have.</param>
internal sealed class LzmaOutput(int limit)
{
    private byte[] _bytes = new byte[Math.Min(limit, 64 * 1024)];

    public int Length { get; set; }

    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, Length);

    /// <summary>Where the dictionary begins: what lies before cannot be repeated.</summary>
    public int DictionaryStart { get; set; }

    /// <summary>Makes room for bytes that come next.</summary>
    /// <exception cref="ObjectFormatException">There would be too many.</exception>
    public Span<byte> Room(int count)
    {
        if (count > limit - Length) throw new ObjectFormatException($"the .xz file becomes more than {limit} bytes");
        if (count > _bytes.Length - Length) Array.Resize(ref _bytes, (int)Math.Min(Math.Max(2L * _bytes.Length, Length + count), limit));
        return _bytes.AsSpan(0, Length + count);
    }
}

/// <summary>Reads LZMA2: chunks that are stored, or packed by <see cref="LzmaDecoder"/> with what is known from before, or anew.</summary>
internal static class Lzma2Decoder
{
    /// <summary>Decodes chunks to their end.</summary>
    /// <param name="packed">The chunks; more bytes may follow.</param>
    /// <param name="output">Gets what is decoded.</param>
    /// <returns>How many bytes the chunks have.</returns>
    /// <exception cref="ObjectFormatException">They are malformed, or there is too much.</exception>
    public static int Decode(ReadOnlySpan<byte> packed, LzmaOutput output)
    {
        LzmaDecoder? decoder = null;
        bool hasDictionary = false, hasState = false;
        for (int at = 0; at < packed.Length;)
        {
            byte control = packed[at++];
            if (control == 0) return at;
            int size = control < 0x80 ? 2 : 4;
            if (at + size > packed.Length) break;
            int length = BinaryPrimitives.ReadUInt16BigEndian(packed[at..]) + 1;
            if (control < 0x80)
            {
                // Stored: 1 begins a new dictionary, 2 does not.
                if (control > 2 || (control == 2 && !hasDictionary)) throw Damaged();
                if (control == 1) (output.DictionaryStart, hasDictionary) = (output.Length, true);
                at += size;
                if (length > packed.Length - at) break;
                packed.Slice(at, length).CopyTo(output.Room(length)[output.Length..]);
                output.Length += length;
                at += length;
                continue;
            }

            length += (control & 0x1f) << 16;
            int packedLength = BinaryPrimitives.ReadUInt16BigEndian(packed[(at + 2)..]) + 1;
            at += size;

            // 3 new dictionary, 2 and above new properties, 1 and above new state.
            int reset = (control >> 5) & 3;
            if (reset == 3) (output.DictionaryStart, hasDictionary) = (output.Length, true);
            if (reset >= 2)
            {
                if (at >= packed.Length) break;
                (decoder ??= new LzmaDecoder()).SetProperties(packed[at++]);
                hasState = true;
            }

            if (!hasDictionary || !hasState || decoder is null) throw Damaged();
            if (reset >= 1) decoder.Reset();
            if (packedLength > packed.Length - at) break;
            decoder.Decode(packed.Slice(at, packedLength), output, length);
            at += packedLength;
        }

        throw Damaged();
    }

    internal static ObjectFormatException Damaged() => new("the contents of the .xz file are damaged");
}
