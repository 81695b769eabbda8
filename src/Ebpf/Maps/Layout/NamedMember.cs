using Ebpf.Btf;

namespace Ebpf.Maps.Layout;

/// <summary>A member of a C type that is no struct itself, also one of a struct within.</summary>
/// <param name="Name">Its name, in the form in which names are compared.</param>
/// <param name="Declaration">How C declares it.</param>
/// <param name="Offset">Where it begins in the outermost type, in bytes.</param>
/// <param name="Size">How many bytes it has; 0 for a bit field.</param>
internal sealed record NamedMember(string Name, string Declaration, uint Offset, uint Size)
{
    private const int MaxMembers = 1024;
    private const int MaxDepth = 32;

    /// <summary>The members of a type; none for what is no struct or union. Of very many, the first.</summary>
    public static List<NamedMember> Of(BtfType type)
    {
        List<NamedMember> members = [];
        if (type.Resolve() is CompositeType composite) Add(members, composite, 0, 0);
        return members;
    }

    /// <summary>The name of a field, or of the property behind it, in the form in which names are compared.</summary>
    public static string NameOf(ManagedField field)
    {
        string name = field.Name[(field.Name.LastIndexOf('.') + 1)..];
        if (name.StartsWith('<') && name.IndexOf('>') is > 1 and int end) name = name[1..end];
        return Plain(name);
    }

    private static void Add(List<NamedMember> members, CompositeType composite, uint start, int depth)
    {
        foreach (Member member in composite.Members)
        {
            if (members.Count >= MaxMembers) return;
            if (member.Type.Resolve() is CompositeType inner && depth < MaxDepth)
            {
                Add(members, inner, start + member.Offset, depth + 1);
                continue;
            }

            uint size = member.IsBitField ? 0 : member.Type.TryGetSize(out uint known) ? known : 0;
            members.Add(new NamedMember(Plain(member.Name), member.ToString(), start + member.Offset, size));
        }
    }

    /// <summary>C writes <c>src_port</c> what C# writes <c>SrcPort</c> or <c>_srcPort</c>.</summary>
    private static string Plain(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();
}
