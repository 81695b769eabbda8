namespace Ebpf.Fuzz.Mutation;

/// <summary>Changes the fields of an ELF object by what they mean. Finds its way by itself, not with what it tests.</summary>
internal static class ObjectMutator
{
    private const int HeaderSize = 64;
    private const int SectionHeaderSize = 64;
    private const uint SymbolTable = 2;
    private const uint Relocation = 9;

    private static ReadOnlySpan<(int Offset, int Size)> HeaderFields =>
        new (int, int)[] { (4, 1), (5, 1), (16, 2), (18, 2), (40, 8), (58, 2), (60, 2), (62, 2) };

    /// <summary>name, type, flags, address, offset, size, link, info, alignment, size of an entry.</summary>
    private static ReadOnlySpan<(int Offset, int Size)> SectionFields =>
        new (int, int)[] { (0, 4), (4, 4), (8, 8), (16, 8), (24, 8), (32, 8), (40, 4), (44, 4), (48, 8), (56, 8) };

    /// <summary>name, info, other, section, value, size.</summary>
    private static ReadOnlySpan<(int Offset, int Size)> SymbolFields =>
        new (int, int)[] { (0, 4), (4, 1), (5, 1), (6, 2), (8, 8), (16, 8) };

    /// <summary>offset, type, symbol.</summary>
    private static ReadOnlySpan<(int Offset, int Size)> RelocationFields =>
        new (int, int)[] { (0, 8), (8, 4), (12, 4) };

    public static void Mutate(Span<byte> image, Random random)
    {
        if (image.Length < HeaderSize)
        {
            WordMutator.Mutate(image, random);
            return;
        }

        bool big = image[5] == 2;
        if (random.Next(16) == 0)
        {
            ChangeField(image, 0, HeaderFields, big, random);
            return;
        }

        ulong table = Values.Read(image.Slice(40, 8), big);
        int count = (int)Values.Read(image.Slice(60, 2), big);
        if (count == 0 || table > (ulong)image.Length || (ulong)image.Length - table < (ulong)count * SectionHeaderSize)
        {
            WordMutator.Mutate(image, random);
            return;
        }

        int header = (int)table + (random.Next(count) * SectionHeaderSize);
        if (random.Next(4) == 0) ChangeField(image, header, SectionFields, big, random);
        else ChangeContents(image, header, big, random);
    }

    private static void ChangeContents(Span<byte> image, int header, bool big, Random random)
    {
        ulong offset = Values.Read(image.Slice(header + 24, 8), big);
        ulong size = Values.Read(image.Slice(header + 32, 8), big);
        if (size == 0 || offset > (ulong)image.Length || size > (ulong)image.Length - offset)
        {
            ChangeField(image, header, SectionFields, big, random);
            return;
        }

        int start = (int)offset, length = (int)size;
        switch ((uint)Values.Read(image.Slice(header + 4, 4), big))
        {
            case SymbolTable when length >= 24:
                ChangeField(image, start + (random.Next(length / 24) * 24), SymbolFields, big, random);
                break;
            case Relocation when length >= 16:
                ChangeField(image, start + (random.Next(length / 16) * 16), RelocationFields, big, random);
                break;
            default:
                WordMutator.Mutate(image.Slice(start, length), random);
                break;
        }
    }

    private static void ChangeField(
        Span<byte> image, int at, ReadOnlySpan<(int Offset, int Size)> fields, bool big, Random random)
    {
        (int offset, int size) = fields[random.Next(fields.Length)];
        Values.Change(image, at + offset, size, big, random);
    }
}
