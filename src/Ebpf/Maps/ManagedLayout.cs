using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ebpf;

/// <summary>One field of a struct, as it lies in memory.</summary>
/// <param name="Name">Its name; within a field that is a struct itself, <c>outer.inner</c>.</param>
/// <param name="Type">Its type.</param>
/// <param name="Offset">Where it begins in the outermost struct, in bytes.</param>
/// <param name="Size">How many bytes it has.</param>
internal readonly record struct ManagedField(string Name, Type Type, int Offset, int Size);

/// <summary>Where the fields of a struct lie.</summary>
/// <remarks>
/// Found by experiment, since no rule covers packing, explicit offsets and inline arrays, and since only the marshalled
/// layout can be asked for: a struct whose every byte tells its own position is read field by field.
/// </remarks>
internal static class ManagedLayout
{
    private const BindingFlags Instance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>
    /// The fields that are no structs, in the order of their positions; those of structs within the struct in the place
    /// of these, where they can be seen (not under Native AOT).
    /// </summary>
    public static List<ManagedField> FieldsOf<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields
            | DynamicallyAccessedMemberTypes.NonPublicFields)] T>()
        where T : unmanaged
    {
        List<ManagedField> fields = [];
        Type type = typeof(T);
        if (IsLeaf(type)) fields.Add(new ManagedField("", type, 0, Unsafe.SizeOf<T>()));
        else Add(fields, "", type.GetFields(Instance), Probes<T>());
        fields.Sort(static (a, b) => a.Offset.CompareTo(b.Offset));
        return fields;
    }

    /// <summary>Four boxed values, whose bytes together are the position of each byte as a number of 32 bits.</summary>
    private static object[] Probes<T>()
        where T : unmanaged
    {
        object[] probes = new object[sizeof(int)];
        for (int plane = 0; plane < probes.Length; plane++)
        {
            T value = default;
            Span<byte> bytes = MemoryMarshal.AsBytes(new Span<T>(ref value));
            for (int i = 0; i < bytes.Length; i++) bytes[i] = (byte)(i >> (8 * plane));
            probes[plane] = value;
        }

        return probes;
    }

    private static void Add(List<ManagedField> fields, string prefix, FieldInfo[] members, object[] probes)
    {
        foreach (FieldInfo member in members)
        {
            Type type = member.FieldType;
            string name = prefix + member.Name;
            int size = RuntimeHelpers.SizeOf(type.TypeHandle);
            object[] values = [.. probes.Select(probe => member.GetValue(probe)!)];
            int offset = 0;
            for (int plane = 0; plane < values.Length; plane++) offset |= FirstByte(values[plane]) << (8 * plane);
            if (IsLeaf(type) || NestedFields(type) is not { Length: > 0 } nested)
                fields.Add(new ManagedField(name, type, offset, size));
            else
                Add(fields, $"{name}.", nested, values);
        }
    }

    /// <summary>
    /// Whether the inside of a type is no business of ours: numbers, enums, and arrays within the struct.
    /// </summary>
    private static bool IsLeaf(Type type) =>
        type.IsPrimitive || type.IsEnum || type.IsPointer || type.IsFunctionPointer
        || type.IsDefined(typeof(InlineArrayAttribute), false)
        || type.IsDefined(typeof(UnsafeValueTypeAttribute), false)
        || type.Namespace?.StartsWith("System", StringComparison.Ordinal) == true;

    [UnconditionalSuppressMessage(
        "Trimming", "IL2070", Justification = "Without dynamic code, where fields may be trimmed, the inside is not looked at.")]
    private static FieldInfo[] NestedFields(Type type) =>
        RuntimeFeature.IsDynamicCodeSupported ? type.GetFields(Instance) : [];

    private static unsafe int FirstByte(object boxed) =>
        boxed is Pointer pointer ? (byte)(nint)Pointer.Unbox(pointer) : Unsafe.As<BoxedBytes>(boxed).First;

    /// <summary>The shape of a box to which any boxed value can be reinterpreted for reading its first byte.</summary>
    private sealed class BoxedBytes(byte first)
    {
        public readonly byte First = first;
    }
}
