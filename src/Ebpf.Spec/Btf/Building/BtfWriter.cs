using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Ebpf.Btf.Reading;
using Ebpf.Common;

namespace Ebpf.Btf.Building;

/// <summary>Writes the bytes of a BTF: header, types, perhaps the table of the sizes of kinds, strings.</summary>
internal static class BtfWriter
{
    /// <summary>Puts the parts together; they follow each other without a gap, as the kernel wants them.</summary>
    /// <param name="order">The byte order to write.</param>
    /// <param name="types">The records, in this machine's order.</param>
    /// <param name="strings">The section of strings.</param>
    /// <param name="withLayout">Whether the sizes of kinds are written; kernels before Linux 7.1 refuse them.</param>
    /// <exception cref="InvalidOperationException">All together has 2 GiB or more.</exception>
    public static byte[] Write(ByteOrder order, ReadOnlySpan<uint> types, ReadOnlySpan<byte> strings, bool withLayout)
    {
        int header = withLayout ? BtfHeader.LongLength : BtfHeader.ShortLength;
        int layout = withLayout ? BtfRecord.KnownKinds * BtfHeader.LayoutEntrySize : 0;
        long total = header + ((long)types.Length * sizeof(uint)) + layout + strings.Length;
        if (total > Array.MaxLength) throw new InvalidOperationException("The BTF has 2 GiB or more.");

        uint typesLength = (uint)types.Length * sizeof(uint);
        byte[] blob = new byte[total];
        Span<uint> head = stackalloc uint[header / sizeof(uint)];
        head[1] = (uint)header;
        head[3] = typesLength;
        head[4] = typesLength + (uint)layout;
        head[5] = (uint)strings.Length;
        if (withLayout)
        {
            head[6] = typesLength;
            head[7] = (uint)layout;
        }

        WriteWords(blob, head, order);
        WriteStart(blob, order);

        Span<byte> rest = blob.AsSpan(header);
        WriteWords(rest, types, order);
        rest = rest[(int)typesLength..];
        for (int kind = 0; kind < layout / BtfHeader.LayoutEntrySize; kind++)
        {
            rest[0] = BtfRecord.FixedSizes[kind];
            rest[1] = BtfRecord.ElementSizes[kind];
            rest = rest[BtfHeader.LayoutEntrySize..];
        }

        strings.CopyTo(rest);
        return blob;
    }

    /// <summary>Writes what BTF and .BTF.ext begin with: magic, version, flags.</summary>
    public static void WriteStart(Span<byte> destination, ByteOrder order)
    {
        if (order == ByteOrder.LittleEndian) BinaryPrimitives.WriteUInt16LittleEndian(destination, BtfHeader.Magic);
        else BinaryPrimitives.WriteUInt16BigEndian(destination, BtfHeader.Magic);
        destination[2] = 1;
        destination[3] = 0;
    }

    /// <summary>Writes numbers of 32 bits in a byte order.</summary>
    public static void WriteWords(Span<byte> destination, ReadOnlySpan<uint> words, ByteOrder order)
    {
        MemoryMarshal.AsBytes(words).CopyTo(destination);
        if (!order.NeedsSwap()) return;
        Span<uint> written = MemoryMarshal.Cast<byte, uint>(destination)[..words.Length];
        BinaryPrimitives.ReverseEndianness(written, written);
    }
}
