using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Ebpf.Btf.Compare;

namespace Ebpf.Btf;

/// <summary>A type that two BTFs have in different forms.</summary>
public sealed class TypeChange
{
    private TypeChange(BtfType before, BtfType after)
    {
        Before = before;
        After = after;
    }

    /// <summary>As the first BTF has it.</summary>
    public BtfType Before { get; }

    /// <summary>As the second BTF has it.</summary>
    public BtfType After { get; }

    /// <summary>What changed in a structure or union, in the order of the members; none for other types.</summary>
    public ImmutableArray<MemberChange> Members { get; private init; } = [];

    /// <summary>What changed in an enumeration, in the order of the values; none for other types.</summary>
    public ImmutableArray<EnumValueChange> Values { get; private init; } = [];

    internal static TypeChange Between(BtfType before, BtfType after, TypeEquivalence equivalence) => (before, after) switch
    {
        (CompositeType first, CompositeType second) => new TypeChange(before, after)
        {
            Members = MemberChange.Between(first, second, equivalence),
        },
        (EnumType first, EnumType second) => new TypeChange(before, after) { Values = EnumValueChange.Between(first, second) },
        _ => new TypeChange(before, after),
    };

    /// <summary>The type and its size, then a line for each change in it.</summary>
    public override string ToString()
    {
        StringBuilder text = new("~ ");
        string first = Describe(Before), second = Describe(After);
        text.Append(first);
        if (first != second) text.Append(" -> ").Append(second);
        if (Before.TryGetSize(out uint before) && After.TryGetSize(out uint after))
        {
            text.Append(CultureInfo.InvariantCulture, $", {before} bytes");
            if (before != after) text.Append(CultureInfo.InvariantCulture, $" -> {after} bytes");
        }

        foreach (MemberChange change in Members) text.Append("\n    ").Append(change);
        foreach (EnumValueChange change in Values) text.Append("\n    ").Append(change);
        return text.ToString();
    }

    private static string Describe(BtfType type) =>
        type is TypedefType typedef ? $"typedef {typedef.Target} {typedef.Name}" : type.ToString();
}

/// <summary>What became of a member; several at once are possible.</summary>
[Flags]
public enum MemberChanges
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>It is new.</summary>
    Added = 1,

    /// <summary>It is gone.</summary>
    Removed = 2,

    /// <summary>It is at another offset.</summary>
    Moved = 4,

    /// <summary>It has another type.</summary>
    Retyped = 8,

    /// <summary>It has another size, in bytes or, for a bit field, in bits.</summary>
    Resized = 16,
}

/// <summary>A member that is not in both forms of a structure, or not the same.</summary>
/// <param name="Changes">What became of it.</param>
/// <param name="Before">The member in the first; <c>null</c> if it is new.</param>
/// <param name="After">The member in the second; <c>null</c> if it is gone.</param>
public sealed record MemberChange(MemberChanges Changes, Member? Before, Member? After)
{
    internal static ImmutableArray<MemberChange> Between(CompositeType before, CompositeType after, TypeEquivalence equivalence)
    {
        // Members without a name are matched in their order, as those of one name are, which malformed BTF can have.
        Dictionary<string, Queue<Member>> candidates = new(StringComparer.Ordinal);
        foreach (Member member in after.Members)
        {
            if (!candidates.TryGetValue(member.Name, out Queue<Member>? queue)) candidates.Add(member.Name, queue = new());
            queue.Enqueue(member);
        }

        ImmutableArray<MemberChange>.Builder changes = ImmutableArray.CreateBuilder<MemberChange>();
        HashSet<Member> matched = [];
        foreach (Member member in before.Members)
        {
            if (!candidates.TryGetValue(member.Name, out Queue<Member>? queue) || !queue.TryDequeue(out Member? other))
            {
                changes.Add(new MemberChange(MemberChanges.Removed, member, null));
                continue;
            }

            matched.Add(other);
            MemberChanges found = MemberChanges.None;
            if (member.BitOffset != other.BitOffset) found |= MemberChanges.Moved;
            if (!equivalence.AreSameReferences(member.Type, other.Type)) found |= MemberChanges.Retyped;
            if (BitsOf(member) != BitsOf(other)) found |= MemberChanges.Resized;
            if (found != MemberChanges.None) changes.Add(new MemberChange(found, member, other));
        }

        foreach (Member member in after.Members)
        {
            if (!matched.Contains(member)) changes.Add(new MemberChange(MemberChanges.Added, null, member));
        }

        return changes.ToImmutable();
    }

    /// <summary>One line: <c>~ int pid at 8 -> long pid at 16</c>.</summary>
    public override string ToString() => (Before, After) switch
    {
        (null, { } added) => "+ " + Describe(added),
        ({ } removed, null) => "- " + Describe(removed),
        ({ } before, { } after) => $"~ {Describe(before)} -> {Describe(after)}",
        _ => "",
    };

    private static ulong BitsOf(Member member) =>
        member.IsBitField ? member.BitSize : member.Type.TryGetSize(out uint size) ? size * 8ul : 0;

    private static string Describe(Member member)
    {
        string place = member.BitOffset % 8 == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{member.Offset}")
            : string.Create(CultureInfo.InvariantCulture, $"{member.Offset} bit {member.BitOffset % 8}");
        return !member.IsBitField && member.Type.TryGetSize(out uint size)
            ? string.Create(CultureInfo.InvariantCulture, $"{member} at {place}, {size} bytes")
            : $"{member} at {place}";
    }
}

/// <summary>A value that is not in both forms of an enumeration, or not the same.</summary>
/// <param name="Before">The value in the first; <c>null</c> if it is new.</param>
/// <param name="After">The value in the second; <c>null</c> if it is gone.</param>
public sealed record EnumValueChange(EnumValue? Before, EnumValue? After)
{
    internal static ImmutableArray<EnumValueChange> Between(EnumType before, EnumType after)
    {
        Dictionary<string, EnumValue> candidates = new(StringComparer.Ordinal);
        foreach (EnumValue value in after.Values) candidates.TryAdd(value.Name, value);

        ImmutableArray<EnumValueChange>.Builder changes = ImmutableArray.CreateBuilder<EnumValueChange>();
        HashSet<string> known = new(StringComparer.Ordinal);
        foreach (EnumValue value in before.Values)
        {
            known.Add(value.Name);
            EnumValue? other = candidates.GetValueOrDefault(value.Name);
            if (other is null || other.Value != value.Value) changes.Add(new EnumValueChange(value, other));
        }

        foreach (EnumValue value in after.Values)
        {
            if (known.Add(value.Name)) changes.Add(new EnumValueChange(null, value));
        }

        return changes.ToImmutable();
    }

    /// <summary>One line: <c>~ XDP_PASS = 2 -> XDP_PASS = 3</c>.</summary>
    public override string ToString() => (Before, After) switch
    {
        (null, { } added) => $"+ {added}",
        ({ } removed, null) => $"- {removed}",
        _ => $"~ {Before} -> {After}",
    };
}
