using System.Text;
using Ebpf.Common;

namespace Ebpf.Assigning;

/// <summary>Finds by which name in the spec a property is meant.</summary>
/// <param name="names">What there is of each kind; <c>null</c> for kinds that there cannot be.</param>
internal sealed class AssignedNames(Func<AssignedKind, IEnumerable<string>?> names)
{
    /// <summary>Finds the name for a property.</summary>
    /// <exception cref="BpfException">There is none, or more than one.</exception>
    public string Find(AssignedMember member, AssignedKind kind)
    {
        string[] known = [.. names(kind) ?? throw Failed(member, NotThere(kind))];
        if (member.Attribute<BpfObjectAttribute>()?.Name is { } exact)
            return known.Contains(exact, StringComparer.Ordinal) ? exact : throw Unknown(member, kind, exact, known);

        string plain = Plain(member.Name);
        string[] alike = [.. known.Where(name => Plain(name) == plain)];
        return alike switch
        {
            [string one] => one,
            [] => throw Unknown(member, kind, SnakeCase(member.Name), known),
            _ => throw Failed(
                member, $"its name fits to more than one {kind.InWords()}: {string.Join(", ", alike)}; say which: [BpfObject(\"{alike[0]}\")]"),
        };
    }

    /// <summary>Without what the conventions of C and C# make different: case, underscores, and the dots of sections.</summary>
    private static string Plain(string name) =>
        string.Concat(name.Where(letter => letter is not ('_' or '.'))).ToUpperInvariant();

    /// <summary><c>PktCount</c> as C has it, for the search for similar names.</summary>
    private static string SnakeCase(string name)
    {
        StringBuilder text = new();
        foreach (char letter in name)
        {
            if (char.IsUpper(letter) && text.Length > 0) text.Append('_');
            text.Append(char.ToLowerInvariant(letter));
        }

        return text.ToString();
    }

    private BpfException Unknown(AssignedMember member, AssignedKind kind, string wanted, string[] known)
    {
        foreach (AssignedKind other in Enum.GetValues<AssignedKind>())
        {
            if (other.InWords() != kind.InWords() && other.IsLive() == kind.IsLive() && names(other)?.Contains(wanted) == true)
                return Failed(member, $"\"{wanted}\" is a {other.InWords()}, not a {kind.InWords()}");
        }

        return Failed(member, $"there is no {kind.InWords()} \"{wanted}\"{NearNames.Suggest(wanted, known)}");
    }

    private static string NotThere(AssignedKind kind) => kind.IsLive()
        ? $"a {kind.InWords()} in the kernel cannot come from a spec; use LoadAndAssign, or {kind}Spec as its type"
        : $"a {kind} cannot come from a loaded collection, which keeps no specs";

    private static BpfException Failed(AssignedMember member, string problem) => new($"Assign to {member.Path}: {problem}");
}
