namespace Ebpf.Btf.Types;

/// <summary>A member that was found by its name.</summary>
/// <param name="Parent">What has it: the structure that was searched, or an anonymous one inside.</param>
/// <param name="Member">The member.</param>
/// <param name="BitOffset">Where it lies in the structure that was searched.</param>
/// <param name="Part">Which of <see cref="CompositeType.AnonymousParts"/> has it; -1 for the structure itself.</param>
internal readonly record struct FoundMember(CompositeType Parent, Member Member, ulong BitOffset, int Part)
{
    /// <summary>Looks for a member as C does: in the structure, then in all anonymous ones inside.</summary>
    /// <param name="root">The structure or union.</param>
    /// <param name="name">The name.</param>
    /// <param name="found">The member.</param>
    /// <exception cref="ObjectFormatException">A member is malformed.</exception>
    public static bool TryFind(CompositeType root, ReadOnlySpan<byte> name, out FoundMember found)
    {
        if (TryFind(root, 0, -1, name, out found)) return true;
        ReadOnlySpan<AnonymousPart> parts = root.AnonymousParts;
        for (int i = 0; i < parts.Length; i++)
        {
            if (TryFind(parts[i].Type, parts[i].BitOffset, i, name, out found)) return true;
        }

        return false;
    }

    private static bool TryFind(CompositeType type, ulong bitOffset, int part, ReadOnlySpan<byte> name, out FoundMember found)
    {
        foreach (Member member in type.Members)
        {
            if (!member.IsNamed(name)) continue;
            found = new FoundMember(type, member, bitOffset + member.BitOffset, part);
            return true;
        }

        found = default;
        return false;
    }
}

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
