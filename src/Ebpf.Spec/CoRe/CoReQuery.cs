using Ebpf.Btf;
using Ebpf.Btf.Types;

namespace Ebpf.CoRe;

/// <summary>
/// What one or more relocations ask for: a kind, a type and a path from it. Holds the value that the program was compiled with,
/// and those of all candidates.
/// </summary>
internal sealed class CoReQuery
{
    private readonly AccessPath? _path;
    private readonly int _enumValue;

    private CoReQuery(CoReRelocationKind kind, BtfType root, string accessor)
    {
        Kind = kind;
        Root = root;
        switch (kind)
        {
            case < 0 or > CoReRelocationKind.TypeMatches:
                throw new ObjectFormatException("this kind of relocation is not known");
            case <= CoReRelocationKind.FieldRightShift:
                _path = AccessPath.Parse(root, accessor);
                Local = ValueOf(_path.Place);
                break;
            case CoReRelocationKind.EnumValue or CoReRelocationKind.EnumValueExists:
                _enumValue = ParseEnumIndex(root, accessor);
                Local = ValueOf((EnumType)root.Resolve(), _enumValue, isSigned: false);
                break;
            default:
                if (accessor != "0") throw new ObjectFormatException("the accessor of a type should be 0");
                Local = ValueOf(root);
                break;
        }

        if (Local.Problem is { } problem) throw new ObjectFormatException(problem);
    }

    /// <summary>What is asked for.</summary>
    public CoReRelocationKind Kind { get; }

    /// <summary>The type of the program that it is asked of.</summary>
    public BtfType Root { get; }

    /// <summary>What is so for the program's own types, and should stand in the instruction.</summary>
    public CoReValue Local { get; }

    /// <summary>Whether the instruction must hold the value of <see cref="Local"/>.</summary>
    public bool IsChecked => Kind switch
    {
        // The ids of types change when objects are linked.
        CoReRelocationKind.TypeIdLocal or CoReRelocationKind.TypeIdTarget => false,
        _ => _path is null || FieldRelocation.IsFixed(Kind, _path.Place),
    };

    /// <summary>
    /// Whether 0 is put where nothing is found: for checks of existence, and for what is asked of whole types. All other
    /// instructions cannot be used without a value.
    /// </summary>
    public bool IsZeroWhenMissing => Kind
        is CoReRelocationKind.FieldExists
        or CoReRelocationKind.EnumValueExists
        or (>= CoReRelocationKind.TypeIdLocal and <= CoReRelocationKind.TypeSize)
        or CoReRelocationKind.TypeMatches;

    /// <summary>The types of the kernel that may be meant; the same for all queries of one <see cref="Root"/>.</summary>
    public Candidate[] Candidates { get; private set; } = [];

    /// <summary>The values for the candidates, in their order.</summary>
    public CoReValue[] Values { get; private set; } = [];

    /// <summary>Why nothing is found if there are no candidates.</summary>
    public string? NoCandidates { get; private set; }

    /// <summary>Reads a relocation and works out its value for all candidates.</summary>
    /// <exception cref="ObjectFormatException">The relocation, or a type that it leads to, is malformed.</exception>
    public static CoReQuery Evaluate(CoReRelocationKind kind, BtfType root, string accessor, CandidateSearch search)
    {
        CoReQuery query = new(kind, root, accessor);
        if (kind == CoReRelocationKind.TypeIdLocal) return query;
        if (root.NameUtf8.IsEmpty)
            throw new ObjectFormatException($"{root} has no name, by which the kernel's type could be found");

        query.Candidates = search.For(root);
        query.Values = new CoReValue[query.Candidates.Length];
        for (int i = 0; i < query.Values.Length; i++) query.Values[i] = query.Evaluate(query.Candidates[i]);
        if (query.Candidates.Length == 0) query.NoCandidates = $"{root}: {search.NoneProblem}";
        return query;
    }

    /// <summary>Notes what is needed of the candidate that the value comes from.</summary>
    /// <param name="candidate">The type of the kernel.</param>
    /// <param name="uses">Receives it.</param>
    public void Collect(BtfType candidate, TypeUses uses)
    {
        switch (Kind)
        {
            case <= CoReRelocationKind.FieldRightShift:
                uses.Include(_path!, candidate);
                break;
            case CoReRelocationKind.EnumValue or CoReRelocationKind.EnumValueExists:
                uses.Include(candidate, IndexIn((EnumType)candidate.Resolve()));
                break;
            case CoReRelocationKind.TypeMatches:
                uses.Include(candidate, TypeDepth.Match);
                break;
            default:
                uses.Include(candidate, TypeDepth.Signature);
                break;
        }
    }

    /// <summary>What it is asked of, as C writes it.</summary>
    public override string ToString()
    {
        if (_path is not null) return _path.ToString();
        return Root.Resolve() is EnumType enumeration && Kind is CoReRelocationKind.EnumValue or CoReRelocationKind.EnumValueExists
            ? $"{enumeration.Values[_enumValue].Name} of {Root}"
            : Root.ToString();
    }

    private CoReValue Evaluate(in Candidate candidate)
    {
        switch (Kind)
        {
            case <= CoReRelocationKind.FieldRightShift:
                return PathMatch.TryFind(_path!, candidate.Type, out MemberPlace field, out string? problem)
                    ? ValueOf(field)
                    : CoReValue.Missing(problem);
            case CoReRelocationKind.EnumValue or CoReRelocationKind.EnumValueExists:
                return EvaluateEnum(candidate.Type);
            case CoReRelocationKind.TypeIdTarget when candidate.Origin == CandidateOrigin.Extra:
                return CoReValue.Missing($"{Root}: has no id on this kernel");
            case CoReRelocationKind.TypeMatches:
                return TypeMatch.Matches(Root, candidate.Type)
                    ? ValueOf(candidate.Type)
                    : CoReValue.Missing($"{Root}: the type does not match on this kernel");
            default:
                return TypeCompatibility.OfTypes(Root, candidate.Type)
                    ? ValueOf(candidate.Type)
                    : CoReValue.Missing($"{Root}: is another kind of type on this kernel");
        }
    }

    private CoReValue EvaluateEnum(BtfType candidate)
    {
        if (candidate.Resolve() is not EnumType target) return CoReValue.Missing($"{Root}: is no enumeration on this kernel");
        int index = IndexIn(target);
        EnumType local = (EnumType)Root.Resolve();
        return index >= 0
            ? ValueOf(target, index, local.IsSigned)
            : CoReValue.Missing($"{Root}: no value {local.Values[_enumValue].Name} on this kernel");
    }

    /// <summary>The index of the value with the name that is asked for; -1 if there is none.</summary>
    private int IndexIn(EnumType target)
    {
        EnumValue wanted = ((EnumType)Root.Resolve()).Values[_enumValue];
        for (int i = 0; i < target.Values.Length; i++)
        {
            if (TypeCompatibility.HaveSameName(wanted.NameUtf8, target.Values[i].NameUtf8)) return i;
        }

        return -1;
    }

    private CoReValue ValueOf(in MemberPlace field)
    {
        string? problem = FieldRelocation.Compute(Kind, field, out ulong value);
        return problem is not null
            ? CoReValue.Missing($"{_path}: {problem}")
            : new CoReValue(value, Kind == CoReRelocationKind.FieldByteOffset ? AccessShape.Of(field) : default, null);
    }

    private CoReValue ValueOf(BtfType type)
    {
        switch (Kind)
        {
            case CoReRelocationKind.TypeIdLocal or CoReRelocationKind.TypeIdTarget:
                return new CoReValue(type.Id.Value, default, null);
            case CoReRelocationKind.TypeSize:
                return type.TryGetSize(out uint size) ? new CoReValue(size, default, null) : CoReValue.Missing($"{type}: has no size");
            default:
                return new CoReValue(1, default, null);
        }
    }

    /// <param name="type">An enumeration.</param>
    /// <param name="index">The index of a value.</param>
    /// <param name="isSigned">
    /// Whether the program knows that it is signed, even if <paramref name="type"/> does not say so: kernels before 6.0
    /// never do.
    /// </param>
    private CoReValue ValueOf(EnumType type, int index, bool isSigned)
    {
        if (Kind == CoReRelocationKind.EnumValueExists) return new CoReValue(1, default, null);
        long value = type.Values[index].Value;
        return new CoReValue((ulong)(isSigned && type.Kind == BtfKind.Enum ? (int)value : value), default, null);
    }

    private static int ParseEnumIndex(BtfType root, string accessor)
    {
        ReadOnlySpan<uint> indices = AccessPath.ParseIndices(accessor, stackalloc uint[1]);
        if (root.Resolve() is not EnumType type) throw new ObjectFormatException($"{root} is no enumeration");
        if (indices[0] >= (uint)type.Values.Length) throw new ObjectFormatException($"{root} has no value {indices[0]}");
        return (int)indices[0];
    }
}

/// <summary>The value of a query for one candidate.</summary>
/// <param name="Value">The value; 0 if there is none.</param>
/// <param name="Access">How the field can be read, when its offset was asked for.</param>
/// <param name="Problem">Why there is no value; <c>null</c> if there is one.</param>
internal readonly record struct CoReValue(ulong Value, AccessShape Access, string? Problem)
{
    public bool IsFound => Problem is null;

    /// <summary>Whether an instruction would be the same with this value as with the other.</summary>
    public bool Agrees(in CoReValue other) =>
        IsFound == other.IsFound && Value == other.Value && Access == other.Access;

    public static CoReValue Missing(string problem) => new(0, default, problem);
}
