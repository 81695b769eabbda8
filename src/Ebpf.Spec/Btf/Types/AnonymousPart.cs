namespace Ebpf.Btf.Types;

/// <summary>An anonymous structure or union inside another one, whose members C takes for members of that.</summary>
/// <param name="Type">The anonymous type.</param>
/// <param name="BitOffset">Where it lies in the outermost structure.</param>
/// <param name="Member">The member without a name that it is the type of.</param>
/// <param name="Outer">The part that has the member; -1 for the outermost structure.</param>
internal readonly record struct AnonymousPart(CompositeType Type, ulong BitOffset, Member Member, int Outer)
{
    /// <summary>All anonymous parts of a structure, level by level.</summary>
    /// <remarks>Each type is looked through once: hostile ones contain themselves, or each other many times.</remarks>
    /// <exception cref="ObjectFormatException">A member is malformed.</exception>
    public static AnonymousPart[] Of(CompositeType root)
    {
        List<AnonymousPart>? parts = null;
        HashSet<CompositeType>? seen = null;
        (CompositeType Type, ulong BitOffset) at = (root, 0);
        for (int outer = -1; ; outer++)
        {
            if (outer >= 0)
            {
                if (parts is null || outer == parts.Count) return parts is null ? [] : [.. parts];
                at = (parts[outer].Type, parts[outer].BitOffset);
            }

            foreach (Member member in at.Type.Members)
            {
                if (!member.IsNamed(default) || member.Type.Resolve() is not CompositeType nested) continue;
                seen ??= [root];
                if (seen.Add(nested)) (parts ??= []).Add(new AnonymousPart(nested, at.BitOffset + member.BitOffset, member, outer));
            }
        }
    }
}
