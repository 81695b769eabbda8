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
    private BtfSpec? _draft;
    private List<BtfTypeId>? _dataSections;

    /// <param name="raw">The BTF as the compiler wrote it; it is copied.</param>
    /// <exception cref="ObjectFormatException">It is malformed.</exception>
    public BtfCompletion(ReadOnlyMemory<byte> raw)
    {
        _raw = raw.ToArray();
        _image = BtfImage.Parse(_raw, null);
    }

    /// <summary>
    /// The types as the compiler wrote them, to find out what is to be completed. Not to be used afterwards. Decoding types only to
    /// throw them away costs as much as reading the rest of an object: where records are enough, they are looked at instead.
    /// </summary>
    public BtfSpec Draft => _draft ??= new BtfSpec(_image);

    /// <summary>The ids of the types of data sections, in ascending order.</summary>
    public List<BtfTypeId> DataSections => _dataSections ??= OfKind(BtfKind.DataSection);

    /// <summary>The ids of all types of a kind, in ascending order.</summary>
    public List<BtfTypeId> OfKind(BtfKind kind)
    {
        List<BtfTypeId> found = [];
        if (!_image.Has(kind)) return found;
        for (uint id = _image.FirstId; id < _image.EndId; id++)
        {
            if (_image.Record(id).Kind == kind) found.Add(new BtfTypeId(id));
        }

        return found;
    }

    /// <summary>A type as it stands in the BTF.</summary>
    /// <exception cref="ObjectFormatException">There is no such type, or it is <c>void</c>.</exception>
    public BtfRecord Record(BtfTypeId id) =>
        id.Value >= _image.FirstId && id.Value < _image.EndId
            ? _image.Record(id.Value)
            : throw new ObjectFormatException($"there is no type {id}: the last one is {_image.EndId - 1}", BtfHeader.Section);

    /// <summary>The name of a record; a view, nothing is copied.</summary>
    /// <exception cref="ObjectFormatException">The name is too long, or begins inside a long string.</exception>
    public ReadOnlySpan<byte> Name(BtfRecord record) => _image.Strings.Name(record.NameOffset);

    /// <inheritdoc cref="Name"/>
    public string NameText(BtfRecord record) => _image.Strings.NameText(record.NameOffset);

    /// <summary>Sets the size of a data section, and the offsets of its entries.</summary>
    /// <param name="section">The id of its type.</param>
    /// <param name="size">The size of the section, in bytes.</param>
    /// <param name="offsets">The offset of each entry, in the order of <see cref="DataSectionType.Entries"/>.</param>
    public void Place(BtfTypeId section, uint size, ReadOnlySpan<uint> offsets)
    {
        if (offsets.Length != Record(section).Length)
            throw new ArgumentException("One offset is needed for every entry.", nameof(offsets));
        SetSize(section, size);
        for (int i = 0; i < offsets.Length; i++) Place(section, i, offsets[i]);
    }

    /// <summary>Sets the size of a data section.</summary>
    /// <param name="section">The id of its type.</param>
    /// <param name="size">The size of the section, in bytes.</param>
    public void SetSize(BtfTypeId section, uint size) => Write(section.Value, 2, size);

    /// <summary>Sets the offset of an entry of a data section.</summary>
    /// <param name="section">The id of its type.</param>
    /// <param name="index">The index of the entry.</param>
    /// <param name="offset">The offset, in bytes.</param>
    public void Place(BtfTypeId section, int index, uint offset) =>
        Write(section.Value, RecordWords.HeadWords + (index * RecordWords.ElementWords(BtfKind.DataSection)) + 1, offset);

    /// <summary>Places the variables of <c>.kconfig</c>, so that its entries show where the loader must write values.</summary>
    /// <param name="section">A type of <see cref="Draft"/>.</param>
    /// <exception cref="ObjectFormatException">A variable has no size.</exception>
    public void PlaceKconfig(DataSectionType section)
    {
        (uint size, uint[] offsets) = KconfigLayout.Of(section);
        Place(section.Id, size, offsets);
    }

    /// <summary>Changes who can call a function: hidden symbols are static for the verifier.</summary>
    /// <param name="function">The id of its type.</param>
    /// <param name="linkage">Who can call it.</param>
    public void SetLinkage(BtfTypeId function, FunctionLinkage linkage) =>
        Write(function.Value, 1, RecordWords.Info(BtfKind.Function, (uint)linkage));

    /// <summary>Makes the types of what has been completed.</summary>
    public BtfSpec Build() => new(_image);

    private void Write(uint id, int word, uint value)
    {
        Span<byte> place = _raw.AsSpan(_image.TypesOffset + _image.OffsetOf(id) + (word * sizeof(uint)), sizeof(uint));
        BitConverter.TryWriteBytes(place, _image.Swap ? BinaryPrimitives.ReverseEndianness(value) : value);
    }
}
