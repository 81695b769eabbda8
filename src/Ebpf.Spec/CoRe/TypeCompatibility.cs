using Ebpf.Btf;
using Ebpf.Btf.Reading;
using Ebpf.Common;

namespace Ebpf.CoRe;

/// <summary>Whether a type of the kernel can stand for one of the program, the insides of structures left aside.</summary>
internal static class TypeCompatibility
{
    /// <summary>Whether both are of one kind; the two sizes of enumerations are one.</summary>
    public static bool HaveSameKind(BtfType local, BtfType target) =>
        local.Kind == target.Kind || (local is EnumType && target is EnumType);

    /// <summary>Whether both have one name but for flavours.</summary>
    public static bool HaveSameName(ReadOnlySpan<byte> local, ReadOnlySpan<byte> target)
    {
        // Most differ in their first character, which is never a part of the flavour.
        if (local.IsEmpty || target.IsEmpty || local[0] != target[0]) return local.IsEmpty && target.IsEmpty;
        return WithoutFlavour(local).SequenceEqual(WithoutFlavour(target));
    }

    /// <summary>
    /// Whether a program that was compiled for a field of one type can use one of another: any structure or union for any
    /// other, any integer, pointer or floating-point number for its like; enumerations and forward declarations by name;
    /// arrays by their elements.
    /// </summary>
    /// <exception cref="ObjectFormatException">A type is malformed.</exception>
    public static bool OfFields(BtfType local, BtfType target)
    {
        for (int count = 0; count < Limits.MaxCoReTypes; count++)
        {
            local = local.Resolve();
            target = target.Resolve();
            if (local is CompositeType && target is CompositeType) return true;
            if (!HaveSameKind(local, target)) return false;
            switch (local)
            {
                case PointerType or FloatType or IntType:
                    return true;
                case EnumType or ForwardType:
                    return local.NameUtf8.IsEmpty || target.NameUtf8.IsEmpty || HaveSameName(local.NameUtf8, target.NameUtf8);
                case ArrayType array:
                    local = array.Element;
                    target = ((ArrayType)target).Element;
                    break;
                default:
                    return false;
            }
        }

        throw TooDeep(local);
    }

    /// <summary>
    /// Whether both types, which have one name, are of one kind: pointers, arrays and functions down to what they are made
    /// of. Whatever two structures have in them, they are.
    /// </summary>
    /// <param name="local">The program's.</param>
    /// <param name="target">The kernel's.</param>
    /// <param name="acceptForward">Whether a structure that is only declared can be any; for CO-RE it is a kind of its own.</param>
    /// <exception cref="ObjectFormatException">A type is malformed.</exception>
    public static bool OfTypes(BtfType local, BtfType target, bool acceptForward = false)
    {
        if (!Fit(local, target)) return false;
        Stack<(BtfType Local, BtfType Target)>? more = null;
        for (int count = 0; count < Limits.MaxCoReTypes; count++)
        {
            local = local.Resolve();
            target = target.Resolve();
            if (!Fit(local, target)) return false;
            switch (local)
            {
                case PointerType pointer:
                    (local, target) = (pointer.Target, ((PointerType)target).Target);
                    continue;
                case ArrayType array:
                    (local, target) = (array.Element, ((ArrayType)target).Element);
                    continue;
                case FunctionPrototypeType prototype:
                    FunctionPrototypeType other = (FunctionPrototypeType)target;
                    if (!HaveSameCount(prototype, other) || prototype.Parameters.Length > Limits.MaxCoReTypes) return false;
                    more ??= [];
                    for (int i = 0; i < prototype.Parameters.Length; i++)
                        more.Push((prototype.Parameters[i].Type, other.Parameters[i].Type));
                    (local, target) = (prototype.Return, other.Return);
                    continue;
                case IntType number when number.BitOffset != 0 || ((IntType)target).BitOffset != 0:
                    return false;
                case VoidType or IntType or CompositeType or EnumType or ForwardType:
                    break;
                default:
                    return false;
            }

            if (more is null || !more.TryPop(out (BtfType Local, BtfType Target) next)) return true;
            (local, target) = next;
        }

        throw TooDeep(local);

        bool Fit(BtfType one, BtfType other) => HaveSameKind(one, other) || (acceptForward && IsDeclarationOf(one, other));
    }

    /// <summary>Whether both functions take as many values.</summary>
    public static bool HaveSameCount(FunctionPrototypeType local, FunctionPrototypeType target) =>
        local.Parameters.Length == target.Parameters.Length && local.IsVariadic == target.IsVariadic;

    private static bool IsDeclarationOf(BtfType one, BtfType other) => (one, other) switch
    {
        (ForwardType forward, CompositeType) => forward.IsUnion == other is UnionType,
        (CompositeType, ForwardType forward) => forward.IsUnion == one is UnionType,
        _ => false,
    };

    private static ReadOnlySpan<byte> WithoutFlavour(ReadOnlySpan<byte> name) => name[..NameIndex.EssentialLength(name)];

    private static ObjectFormatException TooDeep(BtfType type) =>
        new($"{type} goes through more than {Limits.MaxCoReTypes} types");
}
