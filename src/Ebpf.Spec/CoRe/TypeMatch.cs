using Ebpf.Btf;
using Ebpf.Common;

namespace Ebpf.CoRe;

/// <summary>
/// Whether a type of the kernel has all that one of the program has: <c>bpf_core_type_matches()</c>. One use for each
/// query.
/// </summary>
/// <remarks>
/// Names must be the same but for flavours; typedefs and qualifiers do not count. Structures: each member must match one
/// of its name, but behind a pointer only the name and the kind count, and there a declaration is enough. Enumerations: the
/// size and the names, not the numbers. Integers: size and sign. Arrays: the length. Functions: each parameter.
/// </remarks>
internal sealed class TypeMatch
{
    private int _comparisons;

    private TypeMatch()
    {
    }

    /// <summary>Compares two types, whose names have been compared.</summary>
    /// <exception cref="ObjectFormatException">A type is malformed, or far too large.</exception>
    public static bool Matches(BtfType local, BtfType target) => new TypeMatch().Matches(local, target, false, Limits.MaxCoReNesting);

    private bool Matches(BtfType local, BtfType target, bool behindPointer, int levels)
    {
        if (levels == 0) throw TooLarge(local);
        for (int count = 0; count < Limits.MaxCoReChain; count++)
        {
            local = local.Resolve();
            target = target.Resolve();
            if (!HaveSameName(local.NameUtf8, target.NameUtf8)) return false;
            switch (local, target)
            {
                case (VoidType, VoidType):
                    return true;
                case (IntType l, IntType t):
                    return l.Size == t.Size && l.IsSigned == t.IsSigned;
                case (FloatType l, FloatType t):
                    // libbpf refuses floating-point numbers, even the same.
                    return l.Size == t.Size;
                case (EnumType l, EnumType t):
                    return Matches(l, t);
                case (ForwardType l, ForwardType t):
                    return l.IsUnion == t.IsUnion;
                case (ForwardType l, CompositeType t) when behindPointer:
                    return l.IsUnion == t is UnionType;
                case (CompositeType l, ForwardType t) when behindPointer:
                    return l is UnionType == t.IsUnion;
                case (CompositeType l, CompositeType t) when l.Kind == t.Kind:
                    return behindPointer || Matches(l, t, levels);
                case (PointerType l, PointerType t):
                    (local, target, behindPointer) = (l.Target, t.Target, true);
                    break;
                case (ArrayType l, ArrayType t) when l.Length == t.Length:
                    (local, target) = (l.Element, t.Element);
                    break;
                case (FunctionPrototypeType l, FunctionPrototypeType t) when TypeCompatibility.HaveSameCount(l, t):
                    for (int i = 0; i < l.Parameters.Length; i++)
                    {
                        if (!Matches(l.Parameters[i].Type, t.Parameters[i].Type, behindPointer, levels - 1)) return false;
                    }

                    (local, target) = (l.Return, t.Return);
                    break;
                default:
                    return false;
            }
        }

        throw TooLarge(local);
    }

    private bool Matches(EnumType local, EnumType target)
    {
        if (local.Size != target.Size || local.Values.Length > target.Values.Length) return false;
        foreach (EnumValue value in local.Values)
        {
            bool found = false;
            foreach (EnumValue other in target.Values)
            {
                found = HaveSameName(value.NameUtf8, other.NameUtf8);
                if (found) break;
            }

            if (!found) return false;
        }

        return true;
    }

    private bool Matches(CompositeType local, CompositeType target, int levels)
    {
        if (local.Members.Length > target.Members.Length) return false;
        foreach (Member member in local.Members)
        {
            bool found = false;
            foreach (Member other in target.Members)
            {
                found = HaveSameName(member.NameUtf8, other.NameUtf8)
                    && Matches(member.Type, other.Type, behindPointer: false, levels - 1);
                if (found) break;
            }

            if (!found) return false;
        }

        return true;
    }

    private bool HaveSameName(ReadOnlySpan<byte> local, ReadOnlySpan<byte> target)
    {
        if (++_comparisons > Limits.MaxCoReComparisons) throw TooLarge(null);
        return TypeCompatibility.HaveSameName(local, target);
    }

    private static ObjectFormatException TooLarge(BtfType? type) =>
        new(type is null ? "the types are too large to compare" : $"{type} is nested too deep to compare");
}
