namespace Ebpf.Btf.Printing;

/// <summary>A private field that holds bits.</summary>
/// <param name="Offset">Where it begins, in bytes.</param>
/// <param name="Size">Its size: 1, 2, 4 or 8 bytes.</param>
internal readonly record struct BitStorage(uint Offset, uint Size);

/// <summary>Some of the bits of a bit field, all in one private field.</summary>
/// <param name="Storage">The field.</param>
/// <param name="First">The first bit of the field, counted in the order of the layout.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Done">How many bits of the value come before them in the order of the layout.</param>
internal readonly record struct BitPiece(BitStorage Storage, uint First, uint Count, uint Done)
{
    /// <summary>How far they are from the least significant bit of the field, where bytes begin with that.</summary>
    public uint LittleShift => First;

    /// <summary>The same, where they begin with the most significant one.</summary>
    public uint BigShift => (Storage.Size * 8) - First - Count;

    /// <summary>Their place in the value where bytes begin with the least significant bit.</summary>
    public uint LittlePlace => Done;

    /// <summary>The same, where they begin with the most significant one.</summary>
    /// <param name="total">How many bits the whole value has.</param>
    public uint BigPlace(uint total) => total - Done - Count;
}

/// <summary>Finds the fields in which the bits of a bit field are.</summary>
internal static class CSharpBitField
{
    /// <summary>
    /// One field as small as can be and aligned to its size, if there is such; else one that is not aligned; else (of three
    /// bytes at the end of a packed structure, or nine) byte by byte.
    /// </summary>
    /// <param name="bitOffset">Where the bit field begins in the structure.</param>
    /// <param name="bits">How many bits it has: at most 64.</param>
    /// <param name="size">The size of the structure, in bytes.</param>
    public static List<BitPiece> Split(uint bitOffset, uint bits, uint size)
    {
        for (uint width = 1; width <= 8; width *= 2)
        {
            uint start = bitOffset / (width * 8) * width;
            if (bitOffset + bits <= (start + width) * 8 && start + width <= size)
                return [new BitPiece(new BitStorage(start, width), bitOffset - (start * 8), bits, 0)];
        }

        uint first = bitOffset / 8;
        for (uint width = 1; width <= 8; width *= 2)
        {
            if (bitOffset + bits <= (first + width) * 8 && first + width <= size)
                return [new BitPiece(new BitStorage(first, width), bitOffset % 8, bits, 0)];
        }

        List<BitPiece> pieces = [];
        for (uint done = 0; done < bits;)
        {
            uint at = bitOffset + done;
            uint count = Math.Min(8 - (at % 8), bits - done);
            pieces.Add(new BitPiece(new BitStorage(at / 8, 1), at % 8, count, done));
            done += count;
        }

        return pieces;
    }
}
