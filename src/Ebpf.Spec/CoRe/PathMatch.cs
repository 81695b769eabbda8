using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Ebpf.Btf;
using Ebpf.Btf.Types;

namespace Ebpf.CoRe;

/// <summary>Follows a path of the program through the types of a kernel.</summary>
internal static class PathMatch
{
    /// <summary>Looks for the field.</summary>
    /// <param name="path">The way to it.</param>
    /// <param name="root">The type of the kernel that stands for the path's.</param>
    /// <param name="field">The field.</param>
    /// <param name="problem">What is missing, if it is not there.</param>
    /// <exception cref="ObjectFormatException">A type on the way is malformed.</exception>
    public static bool TryFind(AccessPath path, BtfType root, out MemberPlace field, [NotNullWhen(false)] out string? problem)
    {
        MemberCursor at = new(root);
        for (int i = 0; i < path.Steps.Length; i++)
        {
            problem = path.Steps[i] is { Member: { } member } ? Enter(member, ref at) : Enter(path.Steps[i].Index, i, ref at);
            if (problem is null) continue;
            problem = $"{path.TextOf(i + 1)}: {problem}";
            field = default;
            return false;
        }

        field = at.Place;
        problem = null;
        return true;
    }

    private static string? Enter(Member local, ref MemberCursor at)
    {
        if (at.Type is not CompositeType composite || !FoundMember.TryFind(composite, local.NameUtf8, out FoundMember found))
            return "no such field on this kernel";
        BtfType localType = local.Type;
        BtfType type = found.Member.Type;
        if (!TypeCompatibility.OfFields(localType, type)) return $"is {type} on this kernel, {localType} in the program";
        at.Enter(found.Parent, found.Member, found.BitOffset);
        return null;
    }

    private static string? Enter(uint index, int step, ref MemberCursor at)
    {
        if (step == 0) return at.TrySkip(index) ? null : "lies too far away on this kernel";
        if (at.Type is not ArrayType array) return $"is {at.Type} on this kernel, no array";
        if (!at.HasElement(array, index))
            return string.Create(CultureInfo.InvariantCulture, $"the array has only {array.Length} elements on this kernel");
        return at.TryEnter(array, index) ? null : "lies too far away on this kernel";
    }
}
