using System.Collections.Immutable;
using System.Text;
using Ebpf.Btf.Compare;

namespace Ebpf.Btf;

/// <summary>Represents the differences between two BTFs: of two kernels, or of two builds of a program.</summary>
/// <remarks>
/// Types are matched by kind and name. A type is changed if its own definition is: a pointer to a structure that changed is not
/// changed itself. A type without a name is compared as a part of the types that contain it.
/// </remarks>
public sealed class BtfDifference
{
    private BtfDifference(ImmutableArray<BtfType> added, ImmutableArray<BtfType> removed, ImmutableArray<TypeChange> changed)
    {
        Added = added;
        Removed = removed;
        Changed = changed;
    }

    /// <summary>Gets the types that only the second BTF has, in the order of their ids.</summary>
    public ImmutableArray<BtfType> Added { get; }

    /// <summary>Gets the types that only the first BTF has, in the order of their ids.</summary>
    public ImmutableArray<BtfType> Removed { get; }

    /// <summary>Gets the types that both have with different definitions, in the order of the first.</summary>
    public ImmutableArray<TypeChange> Changed { get; }

    /// <summary>Gets whether there is no difference.</summary>
    public bool IsEmpty => Added.IsEmpty && Removed.IsEmpty && Changed.IsEmpty;

    /// <summary>Compares two BTFs, each of either byte order. The types of the base of split BTF are compared too.</summary>
    /// <param name="before">The first BTF.</param>
    /// <param name="after">The second BTF.</param>
    /// <exception cref="ObjectFormatException">One is malformed, or has types of a kind that is not known.</exception>
    public static BtfDifference Between(BtfSpec before, BtfSpec after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        TypeEquivalence equivalence = new() { ByName = true };
        Dictionary<(BtfKind, string), Queue<BtfType>> candidates = [];
        foreach (BtfType type in after.All)
        {
            if (!IsCompared(type)) continue;
            ref Queue<BtfType>? queue = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(
                candidates, KeyOf(type), out _);
            (queue ??= new()).Enqueue(type);
        }

        ImmutableArray<BtfType>.Builder removed = ImmutableArray.CreateBuilder<BtfType>();
        ImmutableArray<TypeChange>.Builder changed = ImmutableArray.CreateBuilder<TypeChange>();
        HashSet<BtfTypeId> matched = [];
        foreach (BtfType type in before.All)
        {
            if (!IsCompared(type)) continue;

            // Several of one name (static functions, variants of a structure) are matched in their order.
            if (!candidates.TryGetValue(KeyOf(type), out Queue<BtfType>? queue) || !queue.TryDequeue(out BtfType? other))
            {
                removed.Add(type);
                continue;
            }

            matched.Add(other.Id);
            if (!equivalence.AreSame(type, other)) changed.Add(TypeChange.Between(type, other, equivalence));
        }

        return new BtfDifference(
            [.. after.All.Where(type => IsCompared(type) && !matched.Contains(type.Id))], removed.ToImmutable(), changed.ToImmutable());
    }

    /// <summary>
    /// Returns all differences, a line each: <c>+</c> added, <c>-</c> removed, <c>~</c> changed, with the changes in it.
    /// </summary>
    public override string ToString()
    {
        StringBuilder text = new();
        foreach (BtfType type in Removed) text.Append("- ").Append(type).Append('\n');
        foreach (BtfType type in Added) text.Append("+ ").Append(type).Append('\n');
        foreach (TypeChange change in Changed) text.Append(change).Append('\n');
        return text.ToString();
    }

    private static bool IsCompared(BtfType type) =>
        type.NameOffset != 0 && type is not (DeclTagType or TypeTagType);

    private static (BtfKind Kind, string Name) KeyOf(BtfType type) => (type switch
    {
        EnumType => BtfKind.Enum,
        _ => type.Kind,
    }, type.Name);
}
