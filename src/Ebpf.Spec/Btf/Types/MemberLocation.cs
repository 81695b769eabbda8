using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Ebpf.Btf;

/// <summary>Where a path like <c>mm.pgd</c> or <c>pairs[2].second</c> leads to.</summary>
/// <remarks>Found by <see cref="BtfType.Locate"/> and <see cref="BtfSpec.Locate"/>. Immutable.</remarks>
public sealed class MemberLocation
{
    internal MemberLocation(ImmutableArray<LocationStep> steps, BtfType type, Member? member)
    {
        Steps = steps;
        Type = type;
        Member = member;
    }

    /// <summary>The type that the path begins with.</summary>
    public BtfType Root => Steps[0].Base;

    /// <summary>The type of what was found, as it is declared: with its typedefs and qualifiers.</summary>
    public BtfType Type { get; }

    /// <summary>The member that was found; <c>null</c> if the path ends with an element of an array, or is empty.</summary>
    public Member? Member { get; }

    /// <summary>
    /// One step for <see cref="Root"/>, and one more for each pointer that the path follows. A step that is not the last
    /// says where the pointer lies; what it points to is the <see cref="LocationStep.Base"/> of the next.
    /// </summary>
    public ImmutableArray<LocationStep> Steps { get; }

    /// <summary>Whether the path goes through a pointer, so that what was found is not a part of <see cref="Root"/>.</summary>
    public bool FollowsPointers => Steps.Length > 1;

    /// <summary>Where it begins, in bits from the beginning of the last of <see cref="Steps"/>.</summary>
    /// <remarks>A bit field of big-endian BTF is counted from the most significant bit on.</remarks>
    public ulong BitOffset => Steps[^1].BitOffset;

    /// <summary>The same in bytes; for a bit field, the byte of its first bit.</summary>
    public ulong Offset => BitOffset / 8;

    /// <summary>How many bits it has; 0 for a type without size, and for an array of unknown length.</summary>
    public ulong BitSize => Member is { IsBitField: true } member
        ? member.BitSize
        : Type.TryGetSize(out uint size) ? size * 8ul : 0;

    /// <summary>Whether it is a bit field.</summary>
    public bool IsBitField => Member is { IsBitField: true };

    /// <summary>One line: <c>struct task_struct + 1064, struct mm_struct + 72: pgd_t *pgd</c>, with offsets in bytes.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        foreach (LocationStep step in Steps) text.Append(text.Length == 0 ? "" : ", ").Append(step);
        return text.Append(": ").Append(Member?.ToString() ?? Type.ToString()).ToString();
    }
}

/// <summary>A part of a <see cref="MemberLocation"/>: what can be reached without following a pointer.</summary>
/// <param name="Base">The type that the offset is counted from.</param>
/// <param name="BitOffset">Where the next pointer, or what was looked for, begins, in bits.</param>
public readonly record struct LocationStep(BtfType Base, ulong BitOffset)
{
    /// <summary>The type and the offset in bytes, and in bits for what does not begin with a byte.</summary>
    public override string ToString() => BitOffset % 8 == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{Base} + {BitOffset / 8}")
        : string.Create(CultureInfo.InvariantCulture, $"{Base} + {BitOffset / 8}:{BitOffset % 8}");
}
