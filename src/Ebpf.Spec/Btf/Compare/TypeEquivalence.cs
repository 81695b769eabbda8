using System.Runtime.InteropServices;
using Ebpf.Btf.Building;
using Ebpf.Btf.Reading;

namespace Ebpf.Btf.Compare;

/// <summary>Compares types of two BTFs, whatever their ids, strings and byte orders.</summary>
/// <remarks>
/// After J. Hopcroft and R. Karp, "A linear algorithm for testing equivalence of finite automata" (1971): two types that are
/// supposed to be the same are united, so that circles end and hostile ones cost no more than their size.
/// </remarks>
internal sealed class TypeEquivalence
{
    // What was found to be the same stays so for the next question.
    private Dictionary<(BtfSpec Owner, uint Id), (BtfSpec Owner, uint Id)> _united = [];
    private readonly Stack<(BtfType Left, BtfType Right)> _pending = new();
    private readonly StringPool _strings = new(null);
    private readonly Dictionary<BtfSpec, NameImport> _names = [];
    private readonly List<uint> _left = [];
    private readonly List<uint> _right = [];

    /// <summary>
    /// Whether what is compared below the first type goes by kind and name where there is a name. Otherwise everything that
    /// can be reached is compared.
    /// </summary>
    public bool ByName { get; init; }

    /// <summary>Whether two types are the same, and all that they refer to.</summary>
    /// <exception cref="ObjectFormatException">A type refers to one that does not exist, or is of a kind that is not known.</exception>
    public bool AreSame(BtfType left, BtfType right) => AreSame([(left, right)]);

    /// <summary>Whether the types of all pairs are the same.</summary>
    /// <inheritdoc cref="AreSame(BtfType, BtfType)"/>
    public bool AreSame(IEnumerable<(BtfType Left, BtfType Right)> pairs)
    {
        _pending.Clear();
        foreach ((BtfType left, BtfType right) in pairs)
        {
            if (!AreSameRecords(left, right)) return Forget();
        }

        return ArePendingSame();
    }

    /// <summary>Whether two types that something refers to are the same; where there is a name, going by it if so asked.</summary>
    /// <inheritdoc cref="AreSame(BtfType, BtfType)"/>
    public bool AreSameReferences(BtfType left, BtfType right)
    {
        _pending.Clear();
        _pending.Push((left, right));
        return ArePendingSame();
    }

    private bool ArePendingSame()
    {
        while (_pending.TryPop(out (BtfType Left, BtfType Right) pair))
        {
            (BtfType left, BtfType right) = pair;
            bool isNamed = ByName && IsNamed(left) && IsNamed(right);
            if (!(isNamed ? HaveSameName(left, right) : AreSameRecords(left, right))) return Forget();
        }

        return true;
    }

    private bool Forget()
    {
        if (_united.Count > 0) _united = [];
        return false;
    }

    private static bool IsNamed(BtfType type) =>
        type is CompositeType or EnumType or ForwardType or TypedefType && type.NameOffset != 0;

    /// <summary>A definition may have become a declaration: who only has a pointer to it does not mind.</summary>
    private bool HaveSameName(BtfType left, BtfType right) =>
        NameOf(left) == NameOf(right) && DeclaredKind(left) == DeclaredKind(right);

    private static BtfKind DeclaredKind(BtfType type) => type switch
    {
        ForwardType forward => forward.IsUnion ? BtfKind.Union : BtfKind.Struct,
        EnumType => BtfKind.Enum,
        _ => type.Kind,
    };

    private uint NameOf(BtfType type) => type is VoidType ? 0 : ImportFrom(type.Owner).Import(type.NameOffset);

    private bool AreSameRecords(BtfType left, BtfType right)
    {
        if (ReferenceEquals(left, right)) return true;
        if (left is VoidType || right is VoidType) return false;
        (BtfSpec, uint) first = Representative((left.Owner, left.Id.Value)), second = Representative((right.Owner, right.Id.Value));
        if (first == second) return true;
        _united[first] = second;

        Read(left, _left);
        Read(right, _right);
        Span<uint> leftWords = CollectionsMarshal.AsSpan(_left), rightWords = CollectionsMarshal.AsSpan(_right);
        if (leftWords[1] != rightWords[1]) return false;
        foreach (int at in RecordWords.TypeIds(leftWords))
        {
            _pending.Push((left.Owner[leftWords[at]], right.Owner[rightWords[at]]));
            leftWords[at] = rightWords[at] = 0;
        }

        return leftWords.SequenceEqual(rightWords);
    }

    private void Read(BtfType type, List<uint> words)
    {
        words.Clear();
        type.Owner.CopyWords(type.Id.Value, words);
        ImportFrom(type.Owner).Import(CollectionsMarshal.AsSpan(words));
    }

    private NameImport ImportFrom(BtfSpec owner)
    {
        ref NameImport? import = ref CollectionsMarshal.GetValueRefOrAddDefault(_names, owner, out _);
        return import ??= new NameImport(owner.Strings, _strings);
    }

    private (BtfSpec Owner, uint Id) Representative((BtfSpec Owner, uint Id) type)
    {
        (BtfSpec, uint) end = type;
        while (_united.TryGetValue(end, out (BtfSpec, uint) next)) end = next;
        while (_united.TryGetValue(type, out (BtfSpec, uint) next) && next != end)
        {
            _united[type] = end;
            type = next;
        }

        return end;
    }
}
