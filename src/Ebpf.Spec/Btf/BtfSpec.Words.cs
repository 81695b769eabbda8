using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Ebpf.Btf;
using Ebpf.Btf.Reading;

namespace Ebpf;

/// <content>The records of types as words in this machine's byte order, for the writers of BTF.</content>
public sealed partial class BtfSpec
{
    /// <summary>How many words the own types have.</summary>
    internal int OwnWords => _image.Types.Length / sizeof(uint);

    /// <summary>Where one of the own types begins, in words.</summary>
    internal int OwnWordOf(uint id) => _image.OffsetOf(id) / sizeof(uint);

    /// <summary>The BTF in this chain of bases that has a type of an id, which is not 0.</summary>
    /// <exception cref="ObjectFormatException">There is no such type.</exception>
    internal BtfSpec OwnerOf(uint id)
    {
        if (id >= _image.EndId)
            throw new ObjectFormatException($"there is no type {id}: the last one is {_image.EndId - 1}", BtfHeader.Section);
        BtfSpec owner = this;
        while (id < owner.FirstId) owner = owner._base!;
        return owner;
    }

    /// <summary>Copies one of the own types.</summary>
    /// <param name="id">Which.</param>
    /// <param name="words">The list to which its words are added.</param>
    /// <exception cref="ObjectFormatException">It is of a kind that is not known.</exception>
    internal void CopyWords(uint id, List<uint> words)
    {
        CheckKnown(id);
        int start = words.Count;
        ReadOnlySpan<byte> bytes = _image.Types[_image.OffsetOf(id).._image.OffsetOf(id + 1)];
        CollectionsMarshal.SetCount(words, start + (bytes.Length / sizeof(uint)));
        Read(bytes, CollectionsMarshal.AsSpan(words)[start..]);
    }

    /// <summary>Copies all own types, one behind the other.</summary>
    /// <exception cref="ObjectFormatException">There is one of a kind that is not known.</exception>
    internal void CopyOwnWords(Span<uint> words)
    {
        if (_image.HasUnknownKinds)
        {
            for (uint id = FirstId; id < _image.EndId; id++) CheckKnown(id);
        }

        Read(_image.Types, words);
    }

    private void Read(ReadOnlySpan<byte> bytes, Span<uint> words)
    {
        bytes.CopyTo(MemoryMarshal.AsBytes(words));
        if (_image.Swap) BinaryPrimitives.ReverseEndianness(words, words);
    }

    private void CheckKnown(uint id)
    {
        BtfKind kind = Record(id).Kind;
        if ((int)kind >= BtfRecord.KnownKinds)
        {
            throw new ObjectFormatException(
                $"type {id} is of kind {(int)kind}, which is not known: what it refers to cannot be told", BtfHeader.Section);
        }
    }
}
