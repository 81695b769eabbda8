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
