using System.Diagnostics.CodeAnalysis;
using System.Text;
using Ebpf.Btf;
using Ebpf.Btf.Reading;
using Ebpf.Btf.Types;
using Ebpf.Common;

namespace Ebpf;

/// <content>Types by a part of their name, and parts of types by a path.</content>
public sealed partial class BtfSpec
{
    /// <summary>
    /// All types whose name is the same but for a flavour, in the order of their ids: <c>task_struct</c>,
    /// <c>task_struct___old</c>. So CO-RE looks for the kernel's type.
    /// </summary>
    /// <param name="name">A name, with or without a flavour, which does not count; without <c>struct</c>; case matters.</param>
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

    /// <summary>Finds out where a part of a type lies: <c>task_struct.mm.pgd</c>.</summary>
    /// <param name="path">
    /// The name of a structure, union, typedef or variable (with the first of these if several have the name), and behind it
    /// a path as for <see cref="BtfType.Locate"/>. <c>struct</c> or <c>union</c> may stand before it.
    /// </param>
    /// <exception cref="KeyNotFoundException">
    /// There is no such type or part; the message names the first name or index that does not exist, and names that are
    /// like it.
    /// </exception>
    /// <exception cref="ArgumentException">The path is malformed.</exception>
    /// <exception cref="ObjectFormatException">Several types have the name, or a type on the way is malformed.</exception>
    public MemberLocation Locate(string path)
    {
        (BtfType? root, string name, int rest) = FindRoot(path);
        if (root is not null) return MemberLocator.Get(root, path, rest);
        throw new KeyNotFoundException($"\"{name}\": no structure, union, typedef or variable is called so{NearNames.Suggest(name, RootNames())}.");
    }

    /// <summary>Looks for a part of a type; see <see cref="Locate"/>.</summary>
    /// <param name="path">The name of a type and a path from it: <c>task_struct.mm.pgd</c>.</param>
    /// <param name="location">Where it lies.</param>
    /// <returns>Whether there is such a type and part.</returns>
    /// <exception cref="ArgumentException">The path is malformed.</exception>
    /// <exception cref="ObjectFormatException">Several types have the name, or a type on the way is malformed.</exception>
    public bool TryLocate(string path, [NotNullWhen(true)] out MemberLocation? location)
    {
        (BtfType? root, _, int rest) = FindRoot(path);
        location = root is null ? null : MemberLocator.Find(root, path, rest);
        return location is not null;
    }

    /// <summary>The type that a path begins with, and where its name ends.</summary>
    private (BtfType? Root, string Name, int End) FindRoot(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        const string structure = "struct ", union = "union ";
        int start = path.StartsWith(structure, StringComparison.Ordinal) ? structure.Length
            : path.StartsWith(union, StringComparison.Ordinal) ? union.Length : 0;
        int length = path.AsSpan(start).IndexOfAny(".[-");
        int end = length < 0 ? path.Length : start + length;
        string name = path[start..end];
        if (name.Length == 0)
            throw new ArgumentException($"\"{path}\" does not begin with the name of a type.", nameof(path));
        BtfType? root = start switch
        {
            > 0 when path.StartsWith('s') => TryGet(name, out StructType? found) ? found : null,
            > 0 => TryGet(name, out UnionType? found) ? found : null,
            _ => TryGet(name, out CompositeType? composite) ? composite
                : TryGet(name, out TypedefType? typedef) ? typedef
                : TryGet(name, out VariableType? variable) ? variable : null,
        };
        return (root, name, end);
    }

    /// <summary>The names of all types of some kinds, to find one that was meant.</summary>
    internal IEnumerable<string> NamesOf(params BtfKind[] kinds)
    {
        for (uint id = 1; id < (uint)Count; id++)
        {
            BtfRecord record = Record(id);
            if (!kinds.Contains(record.Kind)) continue;
            if (record.NameOffset != 0) yield return Strings.Excerpt(record.NameOffset, TypeText.LongestName);
        }
    }

    private IEnumerable<string> RootNames() => NamesOf(BtfKind.Struct, BtfKind.Union, BtfKind.Typedef, BtfKind.Variable);
}
