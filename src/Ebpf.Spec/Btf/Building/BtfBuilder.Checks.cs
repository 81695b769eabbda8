using Ebpf.Btf.Reading;
using Ebpf.Btf.Types;
using Ebpf.Common;

namespace Ebpf.Btf;

/// <content>Which types may refer to which, as the kernel checks it.</content>
public sealed partial class BtfBuilder
{
    /// <summary>Checks that a type exists.</summary>
    /// <returns>Its number.</returns>
    internal uint Check(BtfTypeId id, string parameter) => id.Value < _types.EndId
        ? id.Value
        : throw new ArgumentOutOfRangeException(parameter, id, $"There is no type {id}: the last one is {_types.EndId - 1}.");

    /// <summary>Checks that a type exists and that one of a kind may refer to it.</summary>
    /// <param name="user">The kind of the type that refers to it; for members and parameters, that of what has them.</param>
    /// <param name="target">The type.</param>
    /// <param name="parameter">The name of the caller's parameter.</param>
    /// <returns>The number of the type.</returns>
    internal uint CheckTarget(BtfKind user, BtfTypeId target, string parameter)
    {
        uint id = Check(target, parameter);
        if (!MayReferTo(user, id))
            throw new ArgumentException($"A type of kind {user} cannot refer to type {id}, which is of kind {KindOf(id)}.", parameter);
        return id;
    }

    private bool MayReferTo(BtfKind user, uint target)
    {
        BtfKind kind = KindOf(target);
        switch (user)
        {
            case BtfKind.Function:
                return kind == BtfKind.FunctionPrototype;
            case BtfKind.DeclTag:
                return kind is BtfKind.Struct or BtfKind.Union or BtfKind.Typedef or BtfKind.Variable or BtfKind.Function;
            case BtfKind.DataSection:
                return kind is BtfKind.Variable or BtfKind.Function;
        }

        // Nothing else refers to what is declared, not even a pointer.
        if (kind is BtfKind.Variable or BtfKind.DataSection or BtfKind.DeclTag) return false;
        if (user is BtfKind.Pointer or BtfKind.Typedef or BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag) return true;

        // A value: an element, a member, a parameter, what is returned, a variable. Externs may be void or only declared.
        kind = KindOf(Resolve(target));
        return kind is not (BtfKind.Function or BtfKind.FunctionPrototype)
            && (user != BtfKind.Array || kind is not (BtfKind.Void or BtfKind.Forward));
    }

    /// <summary>Checks that a type does not refer to itself through typedefs, qualifiers and arrays alone.</summary>
    private void CheckNoCircle(uint user, uint target, string parameter)
    {
        for (int depth = 0; depth <= Limits.MaxTypeDepth && target >= _types.FirstId; depth++)
        {
            if (target == user) throw new ArgumentException($"Type {user} would consist of itself.", parameter);
            ReadOnlySpan<uint> record = _types[target];
            switch (RecordWords.KindOf(record))
            {
                case BtfKind.Typedef or BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag:
                    target = record[2];
                    break;
                case BtfKind.Array:
                    target = record[RecordWords.HeadWords];
                    break;
                default:
                    return;
            }
        }
    }

    /// <summary>Checks that a type is one of this builder, not <c>void</c> and not the base's.</summary>
    /// <returns>Its kind.</returns>
    private BtfKind CheckOwn(BtfTypeId id, string parameter)
    {
        Check(id, parameter);
        if (id.Value < _types.FirstId)
            throw new ArgumentOutOfRangeException(parameter, id, $"Type {id} cannot be changed: it is void, or a type of the base.");
        return KindOf(id.Value);
    }

    private void CheckOwn(BtfTypeId id, string parameter, BtfKind wanted)
    {
        BtfKind kind = CheckOwn(id, parameter);
        if (kind != wanted) throw WrongKind(id, kind, wanted.ToString(), parameter);
    }

    private static ArgumentException WrongKind(BtfTypeId id, BtfKind kind, string wanted, string parameter) =>
        new($"Type {id} is of kind {kind}, not {wanted}.", parameter);

    private static void CheckLinkage(uint linkage, string parameter)
    {
        if (linkage > (uint)FunctionLinkage.Extern) throw new ArgumentOutOfRangeException(parameter, linkage, "There is no such linkage.");
    }
}
