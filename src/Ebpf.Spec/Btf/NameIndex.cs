using System.Numerics;

namespace Ebpf.Btf;

/// <summary>Finds types by name: chains of ids, ascending, by the hash of their essential names.</summary>
/// <remarks>
/// The essential name is what stands before a flavour (<c>task_struct___old</c>): the part that CO-RE compares. One index
/// so serves both questions; who asks for a whole name compares the whole name.
/// </remarks>
internal sealed class NameIndex
{
    /// <summary>What differs only behind so many bytes shares a chain; keeps building linear for hostile names.</summary>
    private const int LongestHashed = 256;

    private readonly uint[] _first;
    private readonly uint[] _next;
    private readonly uint _firstId;

    /// <summary>Indexes the own types of an image, those without a name left out.</summary>
    public NameIndex(BtfImage image)
    {
        _firstId = image.FirstId;
        _first = new uint[BitOperations.RoundUpToPowerOf2((uint)image.OwnCount + 1)];
        _next = new uint[image.OwnCount];
        ReadOnlySpan<byte> types = image.Types;
        ReadOnlySpan<byte> strings = image.Strings.Bytes;
        uint firstString = image.Strings.End - (uint)strings.Length;
        uint mask = (uint)_first.Length - 1;

        // Backwards, since each goes to the head of its chain: the chains ascend.
        for (uint id = image.EndId - 1; id >= _firstId; id--)
        {
            uint name = types.U32(image.OffsetOf(id), image.Swap);
            if (name == 0) continue;
            uint hash = Hash(name >= firstString ? strings[(int)(name - firstString)..] : image.Strings.Tail(name));
            ref uint head = ref _first[hash & mask];
            _next[id - _firstId] = head;
            head = id;
        }
    }

    /// <summary>The first candidate for a whole name; to be compared, as others share the chain. 0 when there is none.</summary>
    public uint First(ReadOnlySpan<byte> name) => _first[Hash(name) & (uint)(_first.Length - 1)];

    /// <summary>The first candidate for a name without its flavour; what is left is taken as it is, even if it looks like one.</summary>
    public uint FirstEssential(ReadOnlySpan<byte> essentialName) =>
        _first[Hash(essentialName, essential: true) & (uint)(_first.Length - 1)];

    /// <summary>The candidate after this one; 0 when there is none.</summary>
    public uint Next(uint id) => _next[id - _firstId];

    /// <summary>The length of a name without its flavour: what follows the last <c>___</c> between other characters.</summary>
    public static int EssentialLength(ReadOnlySpan<byte> name)
    {
        for (int i = name.Length - 4; i > 0; i--)
        {
            if (IsFlavour(name, i)) return i;
        }

        return name.Length;
    }

    /// <summary>FNV-1a over the essential part of the string that begins here and ends with a zero or the span.</summary>
    private static uint Hash(ReadOnlySpan<byte> name, bool essential = false)
    {
        uint hash = 2166136261;
        uint? beforeFlavour = null;
        int length = Math.Min(name.Length, LongestHashed);
        for (int i = 0; i < length; i++)
        {
            byte c = name[i];
            if (c == 0) break;
            if (c == '_' && i > 0 && !essential && IsFlavour(name, i)) beforeFlavour = Mix(hash);
            hash = (hash ^ c) * 16777619;
        }

        return beforeFlavour ?? Mix(hash);
    }

    private static uint Mix(uint hash) => hash ^ (hash >> 15);

    private static bool IsFlavour(ReadOnlySpan<byte> name, int i) =>
        name.Length - i >= 4
        && name[i] == '_' && name[i + 1] == '_' && name[i + 2] == '_'
        && name[i - 1] != '_' && name[i + 3] is not ((byte)'_' or 0);
}
