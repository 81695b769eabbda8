using Ebpf.Btf;

namespace Ebpf.CoRe;

/// <summary>A member that was found by its name.</summary>
/// <param name="Parent">What has it: the structure that was searched, or an anonymous one inside.</param>
/// <param name="Member">The member.</param>
/// <param name="BitOffset">Where it lies in the structure that was searched.</param>
internal readonly record struct FoundMember(CompositeType Parent, Member Member, ulong BitOffset)
{
    /// <summary>Looks for a member as C does: in the structure and in all anonymous ones inside.</summary>
    /// <remarks>Each type is looked through once: hostile ones contain themselves, or each other many times.</remarks>
    /// <param name="root">The structure or union.</param>
    /// <param name="name">The name.</param>
    /// <param name="found">The member.</param>
    /// <exception cref="ObjectFormatException">A member is malformed.</exception>
    public static bool TryFind(CompositeType root, ReadOnlySpan<byte> name, out FoundMember found)
    {
        List<(CompositeType Type, ulong BitOffset)>? inner = null;
        HashSet<CompositeType>? seen = null;
        (CompositeType Type, ulong BitOffset) at = (root, 0);
        for (int next = 0; ; next++)
        {
            foreach (Member member in at.Type.Members)
            {
                ulong bitOffset = at.BitOffset + member.BitOffset;
                if (member.IsNamed(name))
                {
                    found = new FoundMember(at.Type, member, bitOffset);
                    return true;
                }

                if (!member.IsNamed(default) || member.Type.Resolve() is not CompositeType nested) continue;
                seen ??= [root];
                if (seen.Add(nested)) (inner ??= []).Add((nested, bitOffset));
            }

            if (inner is null || next == inner.Count)
            {
                found = default;
                return false;
            }

            at = inner[next];
        }
    }
}
