using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Ebpf.Btf.Compare;

namespace Ebpf.Btf;

/// <summary>Represents a type that two BTFs define differently.</summary>
public sealed class TypeChange
{
    private TypeChange(BtfType before, BtfType after)
    {
        Before = before;
        After = after;
    }

    /// <summary>Gets the type in the first BTF.</summary>
    public BtfType Before { get; }

    /// <summary>Gets the type in the second BTF.</summary>
    public BtfType After { get; }

    /// <summary>Gets the changed members of a structure or union, in the order of the members; empty for other types.</summary>
    public ImmutableArray<MemberChange> Members { get; private init; } = [];

    /// <summary>Gets the changed values of an enumeration, in the order of the values; empty for other types.</summary>
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

    /// <summary>Returns the type with its size, and a line for each change in it.</summary>
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

/// <summary>Specifies how a member changed.</summary>
[Flags]
public enum MemberChanges
{
    /// <summary>The member did not change.</summary>
    None = 0,

    /// <summary>The member was added.</summary>
    Added = 1,

    /// <summary>The member was removed.</summary>
    Removed = 2,

    /// <summary>The member has another offset.</summary>
    Moved = 4,

    /// <summary>The member has another type.</summary>
    Retyped = 8,

    /// <summary>The member has another size, in bytes or, for a bit field, in bits.</summary>
    Resized = 16,
}

/// <summary>Represents a change of one member of a structure or union.</summary>
/// <param name="Changes">How the member changed.</param>
/// <param name="Before">The member in the first BTF; <c>null</c> if it was added.</param>
/// <param name="After">The member in the second BTF; <c>null</c> if it was removed.</param>
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

    /// <summary>Returns the change on one line: <c>~ int pid at 8 -> long pid at 16</c>.</summary>
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

/// <summary>Represents a change of one value of an enumeration.</summary>
/// <param name="Before">The value in the first BTF; <c>null</c> if it was added.</param>
/// <param name="After">The value in the second BTF; <c>null</c> if it was removed.</param>
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

    /// <summary>Returns the change on one line: <c>~ XDP_PASS = 2 -> XDP_PASS = 3</c>.</summary>
    public override string ToString() => (Before, After) switch
    {
        (null, { } added) => $"+ {added}",
        ({ } removed, null) => $"- {removed}",
        _ => $"~ {Before} -> {After}",
    };
}
