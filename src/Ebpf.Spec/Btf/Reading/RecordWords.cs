namespace Ebpf.Btf.Reading;

/// <summary>Which words of a type record are ids of other types, and which are offsets of strings.</summary>
internal static class RecordWords
{
    /// <summary>The words of <c>struct btf_type</c>: name, info, size or type.</summary>
    public const int HeadWords = BtfRecord.HeadSize / sizeof(uint);

    /// <summary>The bit of the second word whose meaning depends on the kind (<see cref="BtfRecord.KindFlag"/>).</summary>
    public const uint Flag = 1u << 31;

    /// <summary>The index of the first word that belongs to an element.</summary>
    private const int FirstElement = HeadWords;

    public static BtfKind KindOf(ReadOnlySpan<uint> record) => BtfRecord.KindOf(record[1]);

    public static int LengthOf(ReadOnlySpan<uint> record) => BtfRecord.LengthOf(record[1]);

    public static uint Info(BtfKind kind, uint length = 0, bool flag = false) =>
        ((uint)kind << 24) | length | (flag ? Flag : 0);

    /// <summary>How many words a record of a known kind has.</summary>
    public static int WordsOf(uint info)
    {
        int kind = (int)BtfRecord.KindOf(info);
        return HeadWords
            + (BtfRecord.FixedSizes[kind] / sizeof(uint))
            + (BtfRecord.ElementSizes[kind] / sizeof(uint) * BtfRecord.LengthOf(info));
    }

    /// <summary>How many words each element of a kind has: member, value, parameter, variable; 0 for others.</summary>
    public static int ElementWords(BtfKind kind) => BtfRecord.ElementSizes[(int)kind] / sizeof(uint);

    /// <summary>The indices of the words that hold the id of a type.</summary>
    public static WordIndices TypeIds(ReadOnlySpan<uint> record) => KindOf(record) switch
    {
        BtfKind.Array => new WordIndices(-1, HeadWords, 1, HeadWords + 2),
        BtfKind.Struct or BtfKind.Union => new WordIndices(-1, FirstElement + 1, 3, EndOfElements(record)),
        BtfKind.DataSection => new WordIndices(-1, FirstElement, 3, EndOfElements(record)),
        BtfKind.FunctionPrototype => new WordIndices(2, FirstElement + 1, 2, EndOfElements(record)),
        BtfKind.Pointer or BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict or BtfKind.Function
            or BtfKind.Variable or BtfKind.DeclTag or BtfKind.TypeTag => new WordIndices(2, 0, 1, 0),
        _ => default,
    };

    /// <summary>The indices of the words that hold the offset of a string, which is 0 where there is no name.</summary>
    public static WordIndices Names(ReadOnlySpan<uint> record) => KindOf(record) switch
    {
        BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64 or BtfKind.FunctionPrototype =>
            new WordIndices(0, FirstElement, ElementWords(KindOf(record)), EndOfElements(record)),
        _ => new WordIndices(0, 0, 1, 0),
    };

    private static int EndOfElements(ReadOnlySpan<uint> record) =>
        FirstElement + (ElementWords(KindOf(record)) * LengthOf(record));
}

/// <summary>Indices of words: one, perhaps, and then every so many-th.</summary>
/// <param name="Head">The first; -1 for none.</param>
/// <param name="Start">The first of the others.</param>
/// <param name="Stride">How far they are apart.</param>
/// <param name="End">Behind the last.</param>
internal readonly record struct WordIndices(int Head, int Start, int Stride, int End)
{
    public Enumerator GetEnumerator() => new(this);

    public struct Enumerator(WordIndices indices)
    {
        private int _head = indices.Stride == 0 ? -1 : indices.Head;
        private int _next = indices.Start;

        public int Current { get; private set; }

        public bool MoveNext()
        {
            if (_head >= 0)
            {
                Current = _head;
                _head = -1;
                return true;
            }

            if (_next >= indices.End) return false;
            Current = _next;
            _next += indices.Stride;
            return true;
        }
    }
}
