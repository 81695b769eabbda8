using System.Diagnostics.CodeAnalysis;
using System.Text;
using Ebpf.Btf;
using Ebpf.Btf.Reading;
using Ebpf.Btf.Types;
using Ebpf.Common;

namespace Ebpf;

/// <content>Searching for types by kind or by the essential part of their name, and for parts of types by a path.</content>
public sealed partial class BtfSpec
{
    /// <summary>
    /// Returns all types whose names are equal without their flavors, in the order of their ids: <c>task_struct</c>,
    /// <c>task_struct___old</c>. CO-RE looks for types of the kernel in this way.
    /// </summary>
    /// <param name="name">The name, without <c>struct</c>. A flavor is ignored. Case matters.</param>
    public IEnumerable<BtfType> NamedIgnoringFlavor(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        byte[] utf8 = Encoding.UTF8.GetBytes(name);
        byte[] essential = utf8[..NameIndex.EssentialLength(utf8)];
        return Matches();

        IEnumerable<BtfType> Matches()
        {
            for (uint id = NextWithEssentialName(essential, 0); id != 0; id = NextWithEssentialName(essential, id)) yield return this[id];
        }
    }

    /// <summary>Gets the location of a part of a type: <c>task_struct.mm.pgd</c>.</summary>
    /// <param name="path">
    /// The name of a structure, union, typedef or variable (in this order of preference if there are several), followed by a path as
    /// for <see cref="BtfType.Locate"/>. The name can be preceded by <c>struct</c> or <c>union</c>, and can contain dots, as those of
    /// variables within functions do (<c>main.count</c>): if a path can be read in several ways, the shortest name counts.
    /// </param>
    /// <exception cref="KeyNotFoundException">
    /// There is no such type or part; the message tells the first name or index that does not exist, and names like it.
    /// </exception>
    /// <exception cref="ArgumentException">The path is malformed.</exception>
    /// <exception cref="AmbiguousNameException">Several types have the name.</exception>
    /// <exception cref="ObjectFormatException">A type on the way is malformed.</exception>
    public MemberLocation Locate(string path)
    {
        if (TryLocate(path, out MemberLocation? location)) return location;
        (int start, bool? isUnion) = SkipKeyword(path);
        int end = NextEnd(path, start);
        string name = path[start..end];
        BtfType? root = null;
        foreach (int longer in Ends(path, start))
        {
            // The longest name that there is says best what was meant.
            if (FindRoot(path[start..longer], isUnion) is { } found) (root, end) = (found, longer);
        }

        return root is not null
            ? MemberLocator.Get(root, path, end)
            : throw new KeyNotFoundException(
                $"\"{name}\": there is no structure, union, typedef or variable of this name{NearNames.Suggest(name, RootNames())}.");
    }

    /// <summary>Gets the location of a part of a type, if there are such a type and part.</summary>
    /// <param name="path">The name of a type and a path from it, as for <see cref="Locate"/>.</param>
    /// <param name="location">The location of the part.</param>
    /// <returns>Whether there is such a type and part.</returns>
    /// <exception cref="ArgumentException">The path is malformed.</exception>
    /// <exception cref="AmbiguousNameException">Several types have the name.</exception>
    /// <exception cref="ObjectFormatException">A type on the way is malformed.</exception>
    public bool TryLocate(string path, [NotNullWhen(true)] out MemberLocation? location)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        (int start, bool? isUnion) = SkipKeyword(path);
        location = null;
        foreach (int end in Ends(path, start))
        {
            if (FindRoot(path[start..end], isUnion) is { } root) location = MemberLocator.Find(root, path, end);
            if (location is not null) return true;
        }

        return false;
    }

    /// <summary>Where the name of a type begins in a path, and whether it must be a union or, if not, a structure.</summary>
    private static (int Start, bool? IsUnion) SkipKeyword(string path)
    {
        const string structure = "struct ", union = "union ";
        return path.StartsWith(structure, StringComparison.Ordinal) ? (structure.Length, false)
            : path.StartsWith(union, StringComparison.Ordinal) ? (union.Length, true)
            : (0, null);
    }

    /// <summary>Where the first name of a path ends.</summary>
    private static int NextEnd(string path, int start)
    {
        int length = path.AsSpan(start).IndexOfAny(".[-");
        if (length == 0 || start == path.Length)
            throw new ArgumentException($"\"{path}\" does not begin with the name of a type.", nameof(path));
        return length < 0 ? path.Length : start + length;
    }

    /// <summary>Where the name of a type can end in a path, the shortest first: names may contain a few dots.</summary>
    private static IEnumerable<int> Ends(string path, int start)
    {
        int end = NextEnd(path, start);
        for (int dots = 0; ; dots++)
        {
            yield return end;
            if (dots == Limits.MaxDotsInName || end == path.Length || path[end] != '.' || end + 1 == path.Length) yield break;
            int length = path.AsSpan(end + 1).IndexOfAny(".[-");
            if (length == 0) yield break;
            end = length < 0 ? path.Length : end + 1 + length;
        }
    }

    /// <summary>The type that a path begins with.</summary>
    private BtfType? FindRoot(string name, bool? isUnion) => isUnion switch
    {
        false => TryGet(name, out StructType? found) ? found : null,
        true => TryGet(name, out UnionType? found) ? found : null,
        null => TryGet(name, out CompositeType? composite) ? composite
            : TryGet(name, out TypedefType? typedef) ? typedef
            : TryGet(name, out VariableType? variable) ? variable : null,
    };

    /// <summary>The types of one kind, in the order of their ids; no other is decoded.</summary>
    internal IEnumerable<BtfType> OfKind(BtfKind kind)
    {
        if (!_image.Has(kind)) yield break;
        for (uint id = 1; id < (uint)Count; id++)
        {
            if (Record(id).Kind == kind) yield return this[id];
        }
    }

    /// <summary>The names of all types of some kinds, to find one that was meant.</summary>
    internal IEnumerable<string> NamesOf(params BtfKind[] kinds)
    {
        for (uint id = 1; id < (uint)Count; id++)
        {
            BtfRecord record = Record(id);
            if (!kinds.Contains(record.Kind)) continue;
            if (record.NameOffset != 0) yield return Strings.Excerpt(record.NameOffset, Limits.MaxNameInText);
        }
    }

    private IEnumerable<string> RootNames() => NamesOf(BtfKind.Struct, BtfKind.Union, BtfKind.Typedef, BtfKind.Variable);
}
