using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using Ebpf.Btf;

namespace Ebpf.Maps.Layout;

/// <summary>Whether a .NET type can stand for a global variable.</summary>
internal static class VariableTypeCheck
{
    /// <summary>What can be told of a value by its kind.</summary>
    private enum ValueKind
    {
        /// <summary>A structure, an array, or what is not known: not compared.</summary>
        Other,
        Integer,
        Boolean,
        FloatingPoint,
    }

    /// <summary>Why a .NET type cannot stand for a variable; <c>null</c> if it can.</summary>
    /// <param name="size">The size of the variable, in bytes.</param>
    /// <param name="type">Its type; <c>null</c> if that is not known.</param>
    public static string? Problem<[DynamicallyAccessedMembers(ManagedLayout.Fields)] T>(uint size, BtfType? type)
        where T : unmanaged
    {
        if (Unsafe.SizeOf<T>() != size)
        {
            return string.Create(
                CultureInfo.InvariantCulture, $"it has {size} bytes, {typeof(T)} has {Unsafe.SizeOf<T>()}");
        }

        if (ManagedLayout.FindAutoLayout<T>() is { } auto)
            return $"the runtime may place the fields of {auto} in any order (LayoutKind.Auto); use a struct with LayoutKind.Sequential";
        return KindProblem<T>(type) ?? LayoutProblem<T>(type);
    }

    /// <summary>Why a .NET type cannot stand for an element of a variable, which is an array; <c>null</c> if it can.</summary>
    /// <param name="size">The size of the variable, in bytes.</param>
    /// <param name="type">Its type; <c>null</c> if that is not known.</param>
    public static string? ElementProblem<[DynamicallyAccessedMembers(ManagedLayout.Fields)] T>(uint size, BtfType? type)
        where T : unmanaged
    {
        if (size % (uint)Unsafe.SizeOf<T>() != 0)
        {
            return string.Create(
                CultureInfo.InvariantCulture, $"its {size} bytes are no whole number of {typeof(T)}, which has {Unsafe.SizeOf<T>()}");
        }

        BtfType? element = type?.Resolve();
        while (element is ArrayType array) element = array.Element.Resolve();
        bool isOne = element is not null && element.TryGetSize(out uint elementSize) && elementSize == Unsafe.SizeOf<T>();
        return isOne ? KindProblem<T>(element) ?? LayoutProblem<T>(element) : null;
    }

    private static string? KindProblem<T>(BtfType? type)
        where T : unmanaged =>
        (KindOf(type), KindOf<T>()) switch
        {
            (ValueKind.Integer, ValueKind.Boolean) =>
                $"it is {type}, which holds more than true and false; use a type of numbers, not {typeof(T)}",
            (ValueKind.Integer or ValueKind.Boolean, ValueKind.FloatingPoint) => $"it is {type}, not {typeof(T)}",
            (ValueKind.FloatingPoint, ValueKind.Integer or ValueKind.Boolean) => $"it is {type}, not {typeof(T)}",
            _ => null,
        };

    private static string? LayoutProblem<[DynamicallyAccessedMembers(ManagedLayout.Fields)] T>(BtfType? type)
        where T : unmanaged
    {
        // Numbers are compared by their kinds alone; a type with a flexible array is smaller than its variable.
        if (type?.Resolve() is not (CompositeType or ArrayType) || !type.TryGetSize(out uint size) || size != Unsafe.SizeOf<T>()) return null;
        List<string> differences = LayoutComparison.Differences(
            type, ManagedLayout.FieldsOf<T>(), ManagedLayout.HasDeliberateGaps<T>());
        return differences.Count == 0
            ? null
            : $"{typeof(T)} has another layout: {string.Join("; ", differences)}{LayoutComparison.SideBySide(type, ManagedLayout.FieldsOf<T>())}";
    }

    private static ValueKind KindOf(BtfType? type) => type?.Resolve() switch
    {
        IntType { IsBool: true } => ValueKind.Boolean,
        IntType or EnumType or PointerType => ValueKind.Integer,
        FloatType => ValueKind.FloatingPoint,
        _ => ValueKind.Other,
    };

    private static ValueKind KindOf<T>()
        where T : unmanaged
    {
        if (typeof(T) == typeof(bool)) return ValueKind.Boolean;
        if (typeof(T) == typeof(float) || typeof(T) == typeof(double) || typeof(T) == typeof(Half)) return ValueKind.FloatingPoint;
        return typeof(T).IsPrimitive || typeof(T).IsEnum ? ValueKind.Integer : ValueKind.Other;
    }

    /// <summary>Whether a number is where the processor reads and writes it in one piece, and <see cref="Interlocked"/> works.</summary>
    /// <param name="place">Where it is in memory that begins at a page.</param>
    public static bool IsAligned<T>(nuint place)
        where T : unmanaged =>
        place % (nuint)Unsafe.SizeOf<T>() == 0 || !(typeof(T).IsPrimitive || typeof(T).IsEnum);
}
