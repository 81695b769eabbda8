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
    /// <param name="withLayout">Whether the sizes of all known kinds are written; kernels before Linux 7.1 refuse them.</param>
    /// <exception cref="InvalidOperationException">All together has 2 GiB or more.</exception>
    public static byte[] Write(ByteOrder order, ReadOnlySpan<uint> types, ReadOnlySpan<byte> strings, bool withLayout) =>
        Write(order, types, strings, withLayout ? KnownSizes() : default);

    /// <inheritdoc cref="Write(ByteOrder, ReadOnlySpan{uint}, ReadOnlySpan{byte}, bool)"/>
    /// <param name="order">The byte order to write.</param>
    /// <param name="types">The records, in this machine's order.</param>
    /// <param name="strings">The section of strings.</param>
    /// <param name="layout">The table of the sizes of kinds; empty for none.</param>
    public static byte[] Write(ByteOrder order, ReadOnlySpan<uint> types, ReadOnlySpan<byte> strings, ReadOnlySpan<byte> layout)
    {
        int header = layout.IsEmpty ? BtfHeader.ShortLength : BtfHeader.LongLength;
        long total = header + ((long)types.Length * sizeof(uint)) + layout.Length + strings.Length;
        if (total > Array.MaxLength) throw new InvalidOperationException("The BTF has 2 GiB or more.");

        uint typesLength = (uint)types.Length * sizeof(uint);
        byte[] blob = new byte[total];
        Span<uint> head = stackalloc uint[header / sizeof(uint)];
        head[1] = (uint)header;
        head[3] = typesLength;
        head[4] = typesLength + (uint)layout.Length;
        head[5] = (uint)strings.Length;
        if (!layout.IsEmpty)
        {
            head[6] = typesLength;
            head[7] = (uint)layout.Length;
        }

        WriteWords(blob, head, order);
        WriteStart(blob, order);

        Span<byte> rest = blob.AsSpan(header);
        WriteWords(rest, types, order);
        rest = rest[(int)typesLength..];
        layout.CopyTo(rest);
        strings.CopyTo(rest[layout.Length..]);
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

    /// <summary>Makes the table of the sizes of the kinds that this library knows (<c>struct btf_layout</c>).</summary>
    private static byte[] KnownSizes()
    {
        byte[] layout = new byte[BtfRecord.KnownKinds * BtfHeader.LayoutEntrySize];
        for (int kind = 0; kind < BtfRecord.KnownKinds; kind++)
        {
            layout[kind * BtfHeader.LayoutEntrySize] = BtfRecord.FixedSizes[kind];
            layout[(kind * BtfHeader.LayoutEntrySize) + 1] = BtfRecord.ElementSizes[kind];
        }

        return layout;
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
