using System.Runtime.InteropServices;
using Ebpf.Btf;
using Ebpf.Btf.Types;

namespace Ebpf.CoRe;

/// <summary>What of the types of a kernel the relocations of programs need to get the values that they get.</summary>
/// <remarks>Typedefs and qualifiers on the way do not count: what refers to them can refer to what is behind them.</remarks>
internal sealed class TypeUses
{
    private readonly Dictionary<BtfType, TypeUse> _uses = [];
    private readonly Queue<(BtfType Type, TypeDepth Depth)> _open = [];

    /// <summary>What is needed, by type.</summary>
    public IReadOnlyDictionary<BtfType, TypeUse> All => _uses;

    /// <summary>Includes a type that a value comes from, and that has the name that was asked for.</summary>
    /// <param name="type">The type, a typedef perhaps.</param>
    /// <param name="depth">How much of it is needed.</param>
    /// <exception cref="ObjectFormatException">A type is malformed.</exception>
    public void Include(BtfType type, TypeDepth depth)
    {
        if (type is not VoidType) Use(type);
        _open.Enqueue((type.Resolve(), depth));
        while (_open.TryDequeue(out (BtfType Type, TypeDepth Depth) next)) Reach(next.Type, next.Depth);
    }

    /// <summary>Includes the way to a field that is there.</summary>
    /// <param name="path">The way.</param>
    /// <param name="root">The type of the kernel that it begins with.</param>
    /// <exception cref="ObjectFormatException">A type is malformed.</exception>
    public void Include(AccessPath path, BtfType root)
    {
        Include(root, TypeDepth.Shell);
        MemberCursor at = new(root);
        foreach (AccessStep step in path.Steps[1..])
        {
            if (step.Member is { } local)
            {
                CompositeType composite = (CompositeType)at.Type;
                FoundMember.TryFind(composite, local.NameUtf8, out FoundMember found);
                Include(composite, found);
                at.Enter(found.Parent, found.Member, found.BitOffset);
            }
            else
            {
                at.TryEnter((ArrayType)at.Type, step.Index);
            }

            Include(at.Type, TypeDepth.Shell);
        }
    }

    /// <summary>Includes one value of an enumeration.</summary>
    /// <param name="type">The enumeration, or a typedef of it.</param>
    /// <param name="index">Which value.</param>
    public void Include(BtfType type, int index)
    {
        Include(type, TypeDepth.Shell);
        Use(type.Resolve()).Keep(index);
    }

    private void Include(CompositeType outermost, in FoundMember found)
    {
        Include(found.Parent, found.Member);
        ReadOnlySpan<AnonymousPart> parts = outermost.AnonymousParts;
        for (int part = found.Part; part >= 0; part = parts[part].Outer)
        {
            Include(parts[part].Type, TypeDepth.Shell);
            Include(parts[part].Member.Parent, parts[part].Member);
        }
    }

    private void Include(CompositeType parent, Member member)
    {
        TypeUse use = Use(parent);
        use.Keep(member.Index);

        // Behind an array of unknown length nothing else may go away: it would become one that never ends.
        Member last = parent.Members[^1];
        if (!ReferenceEquals(member, last) && member.Type.Resolve() is ArrayType { Length: 0 })
        {
            use.Keep(last.Index);
            Include(last.Type.Resolve(), TypeDepth.Shell);
        }
    }

    private TypeUse Use(BtfType type)
    {
        ref TypeUse? use = ref CollectionsMarshal.GetValueRefOrAddDefault(_uses, type, out _);
        return use ??= new TypeUse();
    }

    private void Reach(BtfType type, TypeDepth depth)
    {
        if (type is VoidType || !Use(type).TryDeepen(depth)) return;
        switch (type)
        {
            case ArrayType array:
                Queue(array.Element, depth);
                Queue(array.Index, TypeDepth.Shell);
                break;
            case VariableType variable:
                Queue(variable.Type, depth);
                break;
            case PointerType pointer when depth != TypeDepth.Shell:
                Queue(pointer.Target, depth == TypeDepth.Match ? TypeDepth.MatchBehindPointer : depth);
                break;
            case FunctionPrototypeType prototype when depth != TypeDepth.Shell:
                Queue(prototype.Return, depth);
                foreach (Parameter parameter in prototype.Parameters) Queue(parameter.Type, depth);
                break;
            case CompositeType composite when depth == TypeDepth.Match:
                foreach (Member member in composite.Members) Queue(member.Type, depth);
                break;
        }
    }

    private void Queue(BtfType type, TypeDepth depth) => _open.Enqueue((type.Resolve(), depth));
}

/// <summary>How much of a type is needed.</summary>
internal enum TypeDepth
{
    /// <summary>That it is there, of its kind, name and size; of an array, the elements too.</summary>
    Shell,

    /// <summary>What pointers point to and functions take as well, down to the first structures.</summary>
    Signature,

    /// <summary>As <see cref="Signature"/>, and the values of enumerations: what <c>bpf_core_type_matches()</c> compares behind a pointer.</summary>
    MatchBehindPointer,

    /// <summary>All members too, and so on in them: what <c>bpf_core_type_matches()</c> compares.</summary>
    Match,
}

/// <summary>What is needed of one type.</summary>
internal sealed class TypeUse
{
    private readonly SortedSet<int> _kept = [];
    private uint _depths;

    /// <summary>The members or values that are kept, in their order, if not all are.</summary>
    public IReadOnlyCollection<int> Kept => _kept;

    /// <summary>Whether what a pointer, or a prototype, refers to is kept.</summary>
    public bool HasTarget => _depths > 1u << (int)TypeDepth.Shell;

    /// <summary>Whether all values of an enumeration are kept.</summary>
    public bool HasAllValues => _depths >= 1u << (int)TypeDepth.MatchBehindPointer;

    /// <summary>Whether all members are kept.</summary>
    public bool HasAllMembers => _depths >= 1u << (int)TypeDepth.Match;

    /// <summary>Keeps a member or value.</summary>
    public void Keep(int index) => _kept.Add(index);

    /// <summary>Notes how much is needed.</summary>
    /// <returns>Whether that is new.</returns>
    public bool TryDeepen(TypeDepth depth)
    {
        uint bit = 1u << (int)depth;
        bool isNew = (_depths & bit) == 0;
        _depths |= bit;
        return isNew;
    }
}
