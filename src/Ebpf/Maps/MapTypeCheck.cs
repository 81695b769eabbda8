using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Ebpf;

/// <summary>Whether a .NET type can stand for the keys or values of a map.</summary>
internal static class MapTypeCheck
{
    /// <summary>Checks the type of keys: its size, and that every byte of it is the user's to set.</summary>
    /// <exception cref="ArgumentException">It cannot; the message says what to change.</exception>
    public static void Key<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields
            | DynamicallyAccessedMemberTypes.NonPublicFields)] TKey>(BpfMap map)
        where TKey : unmanaged
    {
        Size<TKey>(map, "keys", map.KeySize);
        if (KeyProblem<TKey>.Text is { } problem)
            throw new ArgumentException($"{typeof(TKey)} cannot be the key of map \"{map.Name}\": {problem}.");
    }

    /// <summary>Checks the type of values, or of one CPU's value.</summary>
    /// <exception cref="ArgumentException">It has another size.</exception>
    public static void Value<TValue>(BpfMap map)
        where TValue : unmanaged =>
        Size<TValue>(map, "values", map.ValueSize);

    private static void Size<T>(BpfMap map, string what, int expected)
        where T : unmanaged
    {
        if (Unsafe.SizeOf<T>() == expected) return;
        throw new ArgumentException(
            $"Map \"{map.Name}\" has {what} of {expected} bytes; {typeof(T)} has {Unsafe.SizeOf<T>()}.");
    }

    /// <summary>What is wrong with a type as a key, found out once.</summary>
    private static class KeyProblem<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields
            | DynamicallyAccessedMemberTypes.NonPublicFields)] TKey>
        where TKey : unmanaged
    {
        public static readonly string? Text = Find();

        private static string? Find()
        {
            int end = 0;
            string last = "";
            foreach (ManagedField field in ManagedLayout.FieldsOf<TKey>())
            {
                string name = field.Name.Length == 0 ? "it" : $"field {field.Name}";
                if (field.Type == typeof(bool)) return $"{name} is a bool, whose true has many forms; use a byte";
                if (field.Type == typeof(char)) return $"{name} is a char, which has 2 bytes; use a byte or a ushort";
                if (field.Type.IsPointer || field.Type.IsFunctionPointer)
                    return $"{name} is a pointer, which means nothing outside this process; use a ulong";
                if (field.Offset > end) return Padding(last, field.Offset - end);
                if (field.Offset + field.Size <= end) continue;
                end = field.Offset + field.Size;
                last = field.Name;
            }

            return end < Unsafe.SizeOf<TKey>() ? Padding(last, Unsafe.SizeOf<TKey>() - end) : null;
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
            return $"the kernel compares keys byte by byte, and {size} {(size == 1 ? "byte" : "bytes")} of padding after "
                + $"field {after} are not under your control; add a field of your own there ({field}) and leave it 0";
        }
    }
}
