using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Ebpf.Btf;

namespace Ebpf.Maps.Layout;

/// <summary>Whether a .NET type can stand for the keys or values of a map.</summary>
internal static class MapTypeCheck
{
    /// <summary>
    /// Checks the type of keys: its size, that every byte of it is the user's to set, and the layout that the object tells.
    /// </summary>
    /// <exception cref="ArgumentException">It cannot; the message says what to change.</exception>
    public static void Key<
        [DynamicallyAccessedMembers(ManagedLayout.Fields)] TKey>(BpfMap map)
        where TKey : unmanaged
    {
        // What a look at the fields costs is paid once, as long as the type stays the same.
        if (map.FittingKey == typeof(TKey)) return;
        Size<TKey>(map, "keys", map.KeySize);
        Bytes<TKey>(map, "key");
        Layout<TKey>(map, "keys", map.Types.Key);
        map.FittingKey = typeof(TKey);
    }

    /// <summary>Checks the type of values, or of one CPU's value: its size, and the layout that the object tells.</summary>
    /// <exception cref="ArgumentException">It cannot; the message says what to change.</exception>
    public static void Value<
        [DynamicallyAccessedMembers(ManagedLayout.Fields)] TValue>(BpfMap map)
        where TValue : unmanaged
    {
        if (map.FittingValue == typeof(TValue)) return;
        Size<TValue>(map, "values", map.ValueSize);
        Layout<TValue>(map, "values", map.Types.Value);
        map.FittingValue = typeof(TValue);
    }

    /// <summary>Checks the type of values that the kernel compares byte by byte, as it does keys.</summary>
    /// <exception cref="ArgumentException">It cannot; the message says what to change.</exception>
    public static void HashedValue<
        [DynamicallyAccessedMembers(ManagedLayout.Fields)] TValue>(BpfMap map)
        where TValue : unmanaged
    {
        Value<TValue>(map);
        Bytes<TValue>(map, "value");
    }

    private static void Size<T>(BpfMap map, string what, int expected)
        where T : unmanaged
    {
        if (Unsafe.SizeOf<T>() == expected) return;
        throw new ArgumentException(
            $"Map \"{map.Name}\" has {what} of {expected} bytes; {typeof(T)} has {Unsafe.SizeOf<T>()}.");
    }

    private static void Bytes<[DynamicallyAccessedMembers(ManagedLayout.Fields)] T>(BpfMap map, string what)
        where T : unmanaged
    {
        if (ByteProblem<T>.Text is { } problem)
            throw new ArgumentException($"{typeof(T)} cannot be the {what} of map \"{map.Name}\": {problem}.");
    }

    private static void Layout<[DynamicallyAccessedMembers(ManagedLayout.Fields)] T>(BpfMap map, string what, BtfType? type)
        where T : unmanaged
    {
        if (ManagedLayout.FindAutoLayout<T>() is { } auto)
        {
            throw new ArgumentException(
                $"{typeof(T)} cannot be the type of the {what} of map \"{map.Name}\": the runtime may place the fields of {auto} in any "
                + "order (LayoutKind.Auto); use a struct with LayoutKind.Sequential.");
        }

        // A map whose size was changed after the object was read is no more what the object says.
        if (type is null or VoidType || !type.TryGetSize(out uint size) || size != Unsafe.SizeOf<T>()) return;
        List<string> differences = LayoutComparison.Differences(
            type, ManagedLayout.FieldsOf<T>(), ManagedLayout.HasDeliberateGaps<T>());
        if (differences.Count == 0) return;
        throw new ArgumentException(
            $"Map \"{map.Name}\" has {what} of the C type `{type}`, and {typeof(T)} has another layout: "
            + $"{string.Join("; ", differences)}.{LayoutComparison.SideBySide(type, ManagedLayout.FieldsOf<T>())}");
    }

    /// <summary>What is wrong with a type whose bytes are compared, found out once.</summary>
    private static class ByteProblem<[DynamicallyAccessedMembers(ManagedLayout.Fields)] T>
        where T : unmanaged
    {
        public static readonly string? Text = Find();

        private static string? Find()
        {
            int end = 0;
            string last = "";
            foreach (ManagedField field in ManagedLayout.FieldsOf<T>())
            {
                if (TypeProblem(field) is { } problem) return problem;
                if (field.Offset > end) return Padding(last, field.Offset - end);
                if (field.Offset + field.Size <= end) continue;
                end = field.Offset + field.Size;
                last = field.Name;
            }

            return end < Unsafe.SizeOf<T>() ? Padding(last, Unsafe.SizeOf<T>() - end) : null;
        }

        private static string? TypeProblem(ManagedField field)
        {
            Type type = field.Element ?? field.Type;
            string name = field.Name.Length == 0 ? "it" : $"field {field.Name}";
            string has = field.Element is null ? "is of type" : "has elements of type";
            if (type == typeof(bool)) return $"{name} {has} bool, whose true has many forms; use a byte";
            if (type == typeof(char)) return $"{name} {has} char, which has 2 bytes; use a byte or a ushort";
            if (type.IsPointer || type.IsFunctionPointer)
                return $"{name} is a pointer, which means nothing outside this process; use a ulong";
            if (Nullable.GetUnderlyingType(type) is not null)
                return $"{name} can be null, which C cannot express; use a number for it";
            return null;
        }

        private static string Padding(string after, int size)
        {
            string field = size switch
            {
                1 => "byte",
                2 => "ushort",
                4 => "uint",
                _ => $"inline array of {size} bytes",
            };
            string place = after.Length == 0 ? "at its beginning" : $"after field {after}";
            return $"the kernel compares it byte by byte, and {size} {(size == 1 ? "byte" : "bytes")} of padding {place} "
                + $"are not under your control; add a field of your own there ({field}) and leave it 0";
        }
    }
}
