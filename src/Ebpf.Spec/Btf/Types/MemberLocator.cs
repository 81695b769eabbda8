using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Ebpf.Common;

namespace Ebpf.Btf.Types;

/// <summary>Follows a path of names and indices through types: into anonymous members, arrays, and behind pointers.</summary>
internal sealed class MemberLocator
{
    private readonly string _path;
    private readonly bool _explains;
    private readonly ImmutableArray<LocationStep>.Builder _steps = ImmutableArray.CreateBuilder<LocationStep>(1);
    private BtfType _base;
    private BtfType _type;
    private MemberCursor _at;

    private MemberLocator(BtfType root, string path, bool explains)
    {
        (_path, _explains) = (path, explains);
        _base = root;
        _type = ValueType(root);
        _at = new MemberCursor(_type);
    }

    /// <summary>Why nothing was found; only if that was asked for.</summary>
    private string? Problem { get; set; }

    /// <summary>Follows a path.</summary>
    /// <param name="root">The type that it begins with.</param>
    /// <param name="path">The path.</param>
    /// <param name="from">Where in it to begin.</param>
    /// <returns>Where it leads to; <c>null</c> if it leads nowhere.</returns>
    /// <exception cref="ArgumentException">The path is malformed.</exception>
    /// <exception cref="ObjectFormatException">A type on the way is malformed.</exception>
    public static MemberLocation? Find(BtfType root, string path, int from = 0) =>
        new MemberLocator(root, path, explains: false).Follow(from);

    /// <summary>Follows a path that must lead somewhere.</summary>
    /// <exception cref="KeyNotFoundException">It leads nowhere; the message names the first part that does not exist.</exception>
    /// <exception cref="ArgumentException">The path is malformed.</exception>
    /// <exception cref="ObjectFormatException">A type on the way is malformed.</exception>
    public static MemberLocation Get(BtfType root, string path, int from = 0)
    {
        MemberLocator locator = new(root, path, explains: true);
        return locator.Follow(from) ?? throw new KeyNotFoundException(locator.Problem);
    }

    /// <summary>What to say of a member that does not exist.</summary>
    /// <param name="type">The type, behind typedefs and qualifiers.</param>
    /// <param name="name">The name that was looked for.</param>
    public static string NoMember(BtfType type, string name) => type switch
    {
        CompositeType composite => $"{type} has no member \"{name}\"{NearNames.Suggest(name, Names(composite))}",
        DataSectionType section =>
            $"{type} has no variable \"{name}\"{NearNames.Suggest(name, section.Entries.Select(entry => entry.Type.Name))}",
        ForwardType => $"{type} is only declared here, so that its members are not known",
        _ => $"{type} has no members",
    };

    private MemberLocation? Follow(int from)
    {
        MemberPathReader reader = new(_path, from);
        while (reader.TryRead(out MemberPathPart part))
        {
            if (_at.Type is PointerType pointer)
            {
                Follow(pointer);

                // An index goes on from what is pointed to, as in an array of it.
                if (part.IsIndex)
                {
                    if (!TrySkip(part)) return null;
                    continue;
                }
            }

            if (!(part.IsIndex ? TryEnter(part.Index, part) : TryEnter(ref reader, part))) return null;
        }

        _steps.Add(new LocationStep(_base, _at.Place.BitOffset));
        return new MemberLocation(_steps.DrainToImmutable(), _type, _at.Member);
    }

    private void Follow(PointerType pointer)
    {
        _steps.Add(new LocationStep(_base, _at.Place.BitOffset));
        _base = _type = pointer.Target;
        _at = new MemberCursor(_base);
    }

    private bool TrySkip(in MemberPathPart part) =>
        _at.TrySkip(part.Index) || Fail(part, $"{_type} has no size, or too large a one");

    private bool TryEnter(uint index, in MemberPathPart part)
    {
        if (_at.Type is not ArrayType array) return Fail(part, $"{_type} is no array");
        if (!_at.HasElement(array, index))
            return Fail(part, string.Create(CultureInfo.InvariantCulture, $"{_type} has {array.Length} elements"));
        _type = array.Element;
        return _at.TryEnter(array, index) || Fail(part, $"{_type} has no size, or too large a one");
    }

    private bool TryEnter(ref MemberPathReader reader, in MemberPathPart part)
    {
        string name = _path[part.Name];
        byte[] utf8 = Encoding.UTF8.GetBytes(name);
        switch (_at.Type)
        {
            case CompositeType composite when FoundMember.TryFind(composite, utf8, out FoundMember found):
                _at.Enter(found.Parent, found.Member, found.BitOffset);
                _type = found.Member.Type;
                return true;
            case DataSectionType section when TryEnter(section, utf8, ref reader, part):
                return true;
            default:
                return Fail(part, _explains ? NoMember(_at.Type, name) : "");
        }
    }

    /// <summary>
    /// Goes to a variable of a section. Its name can have dots, as those within functions have (<c>main.count</c>), if what stands
    /// before the dot has no parts.
    /// </summary>
    private bool TryEnter(DataSectionType section, ReadOnlySpan<byte> name, ref MemberPathReader reader, in MemberPathPart part)
    {
        DataSectionEntry? entry = section.Find(name);
        MemberPathReader ahead = reader;
        for (int dots = 0; dots < Limits.MaxDotsInName && !HasParts(entry) && ahead.IsAtDot && ahead.TryRead(out MemberPathPart next); dots++)
        {
            if (section.Find(Encoding.UTF8.GetBytes(_path[part.Name.Start..next.Name.End])) is not { } longer) continue;
            entry = longer;
            reader = ahead;
        }

        if (entry is null) return false;
        _at.Enter(entry);
        _type = ValueType(entry.Type);
        return true;
    }

    private static bool HasParts(DataSectionEntry? entry) =>
        entry is not null && ValueType(entry.Type).Resolve() is CompositeType or PointerType;

    private bool Fail(in MemberPathPart part, string problem)
    {
        if (_explains) Problem = $"\"{_path[..part.End]}\": {problem}.";
        return false;
    }

    private static BtfType ValueType(BtfType type) => type is VariableType variable ? variable.Type : type;

    private static IEnumerable<string> Names(CompositeType composite)
    {
        foreach (Member member in composite.Members) yield return member.Name;
        foreach (AnonymousPart part in composite.AnonymousParts.ToArray())
        {
            foreach (Member member in part.Type.Members) yield return member.Name;
        }
    }
}
