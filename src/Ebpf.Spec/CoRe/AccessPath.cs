using System.Globalization;
using System.Text;
using Ebpf.Btf;
using Ebpf.Btf.Types;
using Ebpf.Common;

namespace Ebpf.CoRe;

/// <summary>One step of an <see cref="AccessPath"/>: to a member by its name, or to an element of an array.</summary>
/// <param name="Member">The member; <c>null</c> for an element.</param>
/// <param name="Index">The index of the element.</param>
internal readonly record struct AccessStep(Member? Member, uint Index);

/// <summary>The way from a type of the program to a field, by names: anonymous structures on it are left out.</summary>
/// <param name="root">The type.</param>
/// <param name="steps">The steps; the first is an index, as of an array of the type.</param>
/// <param name="end">Where they lead to.</param>
internal sealed class AccessPath(BtfType root, AccessStep[] steps, MemberPlace end)
{
    /// <summary>The type that it begins with, which may be a typedef.</summary>
    public BtfType Root => root;

    /// <summary>The steps; the first is an index, as of an array of the type.</summary>
    public ReadOnlySpan<AccessStep> Steps => steps;

    /// <summary>The field in the types of the program.</summary>
    public MemberPlace Place { get; } = end;

    /// <summary>Refuses an accessor that is longer than any can be, before anything is done with it.</summary>
    /// <exception cref="ObjectFormatException">It is too long.</exception>
    public static void CheckLength(string accessor)
    {
        const int longestIndex = 11;
        if (accessor.Length > Limits.MaxCoReIndices * longestIndex)
            throw new ObjectFormatException($"the accessor has more than {Limits.MaxCoReIndices} indices");
    }

    /// <summary>Reads an accessor: <c>0:1:2</c>.</summary>
    /// <param name="accessor">The accessor.</param>
    /// <param name="indices">Has room for <see cref="Limits.MaxCoReIndices"/>.</param>
    /// <exception cref="ObjectFormatException">It is none, or too long.</exception>
    public static ReadOnlySpan<uint> ParseIndices(string accessor, Span<uint> indices)
    {
        int count = 0;
        foreach (Range range in accessor.AsSpan().Split(':'))
        {
            if (count == indices.Length)
                throw new ObjectFormatException($"the accessor has more than {indices.Length} indices");
            if (!uint.TryParse(accessor.AsSpan(range), NumberStyles.None, CultureInfo.InvariantCulture, out indices[count])
                || indices[count] > int.MaxValue)
            {
                throw new ObjectFormatException("the accessor is malformed: it should look like 0:1:2");
            }

            count++;
        }

        return indices[..count];
    }

    /// <summary>Follows an accessor through the types of the program.</summary>
    /// <param name="root">The type that it begins with.</param>
    /// <param name="accessor">The accessor.</param>
    /// <exception cref="ObjectFormatException">It leads nowhere.</exception>
    public static AccessPath Parse(BtfType root, string accessor)
    {
        ReadOnlySpan<uint> indices = ParseIndices(accessor, stackalloc uint[Limits.MaxCoReIndices]);
        List<AccessStep> steps = [new AccessStep(null, indices[0])];
        MemberCursor at = new(root);
        if (!at.TrySkip(indices[0])) throw LeadsNowhere(0, root);
        for (int i = 1; i < indices.Length; i++)
        {
            switch (at.Type)
            {
                case CompositeType composite when indices[i] < (uint)composite.Members.Length:
                    Member member = composite.Members[(int)indices[i]];
                    at.Enter(composite, member, member.BitOffset);
                    if (!member.NameUtf8.IsEmpty) steps.Add(new AccessStep(member, 0));
                    break;
                case ArrayType array when at.HasElement(array, indices[i]) && at.TryEnter(array, indices[i]):
                    steps.Add(new AccessStep(null, indices[i]));
                    break;
                default:
                    throw LeadsNowhere(i, at.Type);
            }
        }

        if (at.Member is { NameUtf8.IsEmpty: true }) throw new ObjectFormatException("the accessor ends at a member without a name");
        return new AccessPath(root, [.. steps], at.Place);
    }

    /// <summary>As C writes it: <c>struct task_struct.comm[3]</c>.</summary>
    public override string ToString() => TextOf(steps.Length);

    /// <summary>The first steps, as C writes them.</summary>
    public string TextOf(int count)
    {
        StringBuilder text = new(root.ToString());
        for (int i = 0; i < count; i++)
        {
            if (steps[i].Member is { } member) text.Append('.').Append(member.ShortName);
            else if (i > 0 || steps[i].Index > 0) text.Append(CultureInfo.InvariantCulture, $"[{steps[i].Index}]");
        }

        return text.ToString();
    }

    private static ObjectFormatException LeadsNowhere(int index, BtfType type) =>
        new($"the accessor leads nowhere: its index {index} is impossible for {type}");
}
