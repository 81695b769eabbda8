using System.Buffers.Binary;
using Ebpf.Btf.Reading;

namespace Ebpf.Btf.Building;

/// <summary>
/// Completes the BTF of an object with what its compiler left open and the object file knows, before the <see cref="BtfSpec"/>
/// is made of it, which never changes: sizes of data sections, offsets of variables, and who can call a function.
/// </summary>
/// <remarks>All is written into a copy, in place: types keep their ids, and records their sizes.</remarks>
internal sealed class BtfCompletion
{
    private readonly byte[] _raw;
    private readonly BtfImage _image;

    /// <param name="raw">The BTF as the compiler wrote it; it is copied.</param>
    /// <exception cref="ObjectFormatException">It is malformed.</exception>
    public BtfCompletion(ReadOnlyMemory<byte> raw)
    {
        _raw = raw.ToArray();
        _image = BtfImage.Parse(_raw, null);
        Draft = new BtfSpec(_image);
    }

    /// <summary>The types as the compiler wrote them, to find out what is to be completed. Not to be used afterwards.</summary>
    public BtfSpec Draft { get; }

    /// <summary>Sets the size of a data section, and the offsets of its entries.</summary>
    /// <param name="section">A type of <see cref="Draft"/>.</param>
    /// <param name="size">The size of the section, in bytes.</param>
    /// <param name="offsets">The offset of each entry, in the order of <see cref="DataSectionType.Entries"/>.</param>
    public void Place(DataSectionType section, uint size, ReadOnlySpan<uint> offsets)
    {
        uint id = section.Id.Value;
        if (offsets.Length != _image.Record(id).Length)
            throw new ArgumentException("One offset is needed for every entry.", nameof(offsets));
        Write(id, 2, size);
        for (int i = 0; i < offsets.Length; i++)
            Write(id, RecordWords.HeadWords + (i * RecordWords.ElementWords(BtfKind.DataSection)) + 1, offsets[i]);
    }

    /// <summary>Places the variables of <c>.kconfig</c>, so that its entries show where the loader must write values.</summary>
    /// <param name="section">A type of <see cref="Draft"/>.</param>
    /// <exception cref="ObjectFormatException">A variable has no size.</exception>
    public void PlaceKconfig(DataSectionType section)
    {
        (uint size, uint[] offsets) = KconfigLayout.Of(section);
        Place(section, size, offsets);
    }

    /// <summary>Changes who can call a function: hidden symbols are static for the verifier.</summary>
    /// <param name="function">A type of <see cref="Draft"/>.</param>
    /// <param name="linkage">Who can call it.</param>
    public void SetLinkage(FunctionType function, FunctionLinkage linkage) =>
        Write(function.Id.Value, 1, RecordWords.Info(BtfKind.Function, (uint)linkage));

    /// <summary>Makes the types of what has been completed.</summary>
    public BtfSpec Build() => new(_image);

    private void Write(uint id, int word, uint value)
    {
        Span<byte> place = _raw.AsSpan(_image.TypesOffset + _image.OffsetOf(id) + (word * sizeof(uint)), sizeof(uint));
        BitConverter.TryWriteBytes(place, _image.Swap ? BinaryPrimitives.ReverseEndianness(value) : value);
    }
}
