using System.Numerics;
using System.Text;

namespace Ebpf.Btf.Reading;

/// <summary>Finds types by name: chains of ids, ascending, by the hash of what stands before a flavour in their names.</summary>
/// <remarks>
/// A flavour is what follows <c>___</c> (<c>task_struct___old</c>); CO-RE compares names without the last one. One index
/// serves both questions, for a whole name and for one without its flavour: who asks compares what it asked for.
/// </remarks>
internal sealed class NameIndex
{
    private readonly IndexTable _first;
    private readonly IndexTable _next;
    private readonly uint _firstId;

    /// <summary>Indexes the own types of an image, those without a name left out.</summary>
    public NameIndex(BtfImage image)
    {
        _firstId = image.FirstId;
        _first = IndexTable.Zeroed((int)BitOperations.RoundUpToPowerOf2((uint)image.OwnCount + 1));
        _next = IndexTable.Zeroed(image.OwnCount);
        Span<uint> first = _first.Span, next = _next.Span;
        ReadOnlySpan<byte> strings = image.Strings.Bytes;
        uint firstString = image.Strings.End - (uint)strings.Length;
        int mask = first.Length - 1;

        // Backwards, since each goes to the head of its chain: the chains ascend.
        for (int i = next.Length - 1; i >= 0; i--)
        {
            uint name = image.NameOffsetOf(i);
            if (name == 0) continue;
            uint hash = NameHash.Of(name >= firstString ? strings[(int)(name - firstString)..] : image.Strings.Tail(name));
            ref uint head = ref first[(int)hash & mask];
            next[i] = head;
            head = _firstId + (uint)i;
        }

        _first.KeepAlive();
        _next.KeepAlive();
    }

    /// <summary>
    /// The first candidate for a name, whole or without its flavour; to be compared, as others share the chain. 0 when there
    /// is none.
    /// </summary>
    public uint First(ReadOnlySpan<byte> name) => _first[(int)NameHash.Of(name) & (_first.Length - 1)];

    /// <summary>The candidate after this one; 0 when there is none.</summary>
    public uint Next(uint id) => _next[(int)(id - _firstId)];

    /// <summary>The length of a name without its flavour: what follows the last <c>___</c> between other characters.</summary>
    public static int EssentialLength(ReadOnlySpan<byte> name)
    {
        for (int i = name.Length - 4; i > 0; i--)
        {
            if (NameHash.IsFlavour(name, i)) return i;
        }

        return name.Length;
    }

    /// <summary>A name without its flavour.</summary>
    public static string WithoutFlavour(string name)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(name);
        int length = EssentialLength(utf8);
        return length == utf8.Length ? name : Encoding.UTF8.GetString(utf8, 0, length);
    }
}
