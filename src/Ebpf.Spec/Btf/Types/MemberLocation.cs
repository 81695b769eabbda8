using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Ebpf.Btf;

/// <summary>
/// Represents the location of the part of a type that a path like <c>mm.pgd</c> or <c>pairs[2].second</c> names.
/// </summary>
/// <remarks>Returned by <see cref="BtfType.Locate"/> and <see cref="BtfSpec.Locate"/>. Immutable.</remarks>
public sealed class MemberLocation
{
    internal MemberLocation(ImmutableArray<LocationStep> steps, BtfType type, Member? member)
    {
        Steps = steps;
        Type = type;
        Member = member;
    }

    /// <summary>Gets the type with which the path begins.</summary>
    public BtfType Root => Steps[0].Base;

    /// <summary>Gets the type of the part, as it is declared: with its typedefs and qualifiers.</summary>
    public BtfType Type { get; }

    /// <summary>Gets the member; <c>null</c> if the path is empty or ends with an element of an array.</summary>
    public Member? Member { get; }

    /// <summary>
    /// Gets the steps of the path: one for <see cref="Root"/>, and one more for each pointer that the path follows. A step that
    /// is not the last gives the offset of the pointer; what it points to is the <see cref="LocationStep.Base"/> of the next one.
    /// </summary>
    public ImmutableArray<LocationStep> Steps { get; }

    /// <summary>Gets whether the path goes through a pointer, so that the part is outside of <see cref="Root"/>.</summary>
    public bool FollowsPointers => Steps.Length > 1;

    /// <summary>Gets the offset from the beginning of the last of <see cref="Steps"/>, in bits.</summary>
    /// <remarks>In big-endian BTF, the offset of a bit field is counted from the most significant bit on.</remarks>
    public ulong BitOffset => Steps[^1].BitOffset;

    /// <summary>Gets the offset in bytes; for a bit field, that of the byte that holds its first bit.</summary>
    public ulong Offset => BitOffset / 8;

    /// <summary>Gets the number of bits of the part; 0 for a type without a size, and for an array of unknown length.</summary>
    public ulong BitSize => Member is { IsBitField: true } member
        ? member.BitSize
        : Type.TryGetSize(out uint size) ? size * 8ul : 0;

    /// <summary>Gets whether the part is a bit field.</summary>
    public bool IsBitField => Member is { IsBitField: true };

    /// <summary>
    /// Returns the location on one line, with offsets in bytes:
    /// <c>struct task_struct + 1064, struct mm_struct + 72: pgd_t *pgd</c>.
    /// </summary>
    public override string ToString()
    {
        StringBuilder text = new();
        foreach (LocationStep step in Steps) text.Append(text.Length == 0 ? "" : ", ").Append(step);
        return text.Append(": ").Append(Member?.ToString() ?? Type.ToString()).ToString();
    }
}

/// <summary>Represents the part of a <see cref="MemberLocation"/> that is reached without following a pointer.</summary>
/// <param name="Base">The type that the offset is counted from.</param>
/// <param name="BitOffset">The offset of the next pointer, or of the part that the path names, in bits.</param>
public readonly record struct LocationStep(BtfType Base, ulong BitOffset)
{
    /// <summary>Returns the type and the offset, in bytes, or in bits for what does not begin with a byte.</summary>
    public override string ToString() => BitOffset % 8 == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{Base} + {BitOffset / 8}")
        : string.Create(CultureInfo.InvariantCulture, $"{Base} + {BitOffset / 8}:{BitOffset % 8}");
}
