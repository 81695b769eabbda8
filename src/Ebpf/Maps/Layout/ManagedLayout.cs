using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ebpf.Maps.Layout;

/// <summary>One field of a struct, as it lies in memory.</summary>
/// <param name="Name">Its name; within a field that is a struct itself, <c>outer.inner</c>.</param>
/// <param name="Type">Its type.</param>
/// <param name="Offset">
/// Where it begins in the outermost struct, in bytes; <see cref="ManagedLayout.Unknown"/> for a nullable one.
/// </param>
/// <param name="Size">How many bytes it has.</param>
internal readonly record struct ManagedField(string Name, Type Type, int Offset, int Size)
{
    /// <summary>
    /// The type of the elements of an array within the struct; <c>null</c> for other fields, and where it cannot be seen.
    /// </summary>
    public Type? Element { get; init; }

    /// <summary>Whether it is one number, and no array or struct whose inside is not looked at.</summary>
    public bool IsNumber =>
        Type.IsPrimitive || Type.IsEnum || Type.IsPointer || Type.IsFunctionPointer
        || Type == typeof(Int128) || Type == typeof(UInt128) || Type == typeof(Half);
}

/// <summary>Where the fields of a struct lie.</summary>
/// <remarks>
/// Found by experiment, since no rule covers packing, explicit offsets and inline arrays, and since only the marshalled
/// layout can be asked for: a struct whose every byte tells its own position is read field by field. Only numbers that are not
/// aligned are placed by the rules.
/// </remarks>
internal static class ManagedLayout
{
    /// <summary>
    /// The members of a key or value type that trimming must keep, since their layout is compared with the map's.
    /// </summary>
    public const DynamicallyAccessedMemberTypes Fields =
        DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.NonPublicFields;

    private const BindingFlags Instance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>The offset of a field that cannot be found: a nullable one has no box of its own.</summary>
    public const int Unknown = -1;

    /// <summary>Of an array of structs no more elements are listed than make so many fields.</summary>
    private const int MaxFieldsOfArray = 1024;

    /// <summary>
    /// The fields that are no structs, in the order of their positions; those of structs within the struct in the place
    /// of these, where they can be seen (not under Native AOT).
    /// </summary>
    public static IReadOnlyList<ManagedField> FieldsOf<[DynamicallyAccessedMembers(ManagedLayout.Fields)] T>()
        where T : unmanaged =>
        Known<T>.Fields;

    /// <summary>
    /// Whether the bytes between the fields of a struct may be wanted as they are: its layout is explicit, or its size,
    /// or that of a struct within. So it is also where that cannot be seen.
    /// </summary>
    public static bool HasDeliberateGaps<[DynamicallyAccessedMembers(ManagedLayout.Fields)] T>()
        where T : unmanaged =>
        Known<T>.HasDeliberateGaps;

    /// <summary>
    /// The struct, <typeparamref name="T"/> or one within it, whose fields the runtime may place in any order
    /// (<see cref="LayoutKind.Auto"/>); <c>null</c> if there is none, and for those within where they cannot be seen.
    /// </summary>
    public static Type? FindAutoLayout<[DynamicallyAccessedMembers(ManagedLayout.Fields)] T>()
        where T : unmanaged =>
        Known<T>.AutoLayout;

    private static Type? FindAutoLayout(Type type, FieldInfo[] members)
    {
        // One field has only one place.
        if (type.IsAutoLayout && members.Length > 1) return type;
        foreach (FieldInfo member in members)
        {
            Type inner = member.FieldType;
            if (inner == type || inner.IsPrimitive || inner.IsEnum || inner.IsPointer || inner.IsFunctionPointer) continue;
            if (FindAutoLayout(inner, NestedFields(inner)) is { } found) return found;
        }

        return null;
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
        int end = 0;
        foreach (FieldInfo member in members)
        {
            Type type = member.FieldType;
            string name = prefix + member.Name;
            int size = RuntimeHelpers.SizeOf(type.TypeHandle);
            if (Nullable.GetUnderlyingType(type) is not null)
            {
                fields.Add(new ManagedField(name, type, Unknown, size));
                continue;
            }

            if (MisalignedOffset(member, size, end) is { } misaligned)
            {
                fields.Add(new ManagedField(name, type, misaligned, size));
                end = misaligned + size;
                continue;
            }

            object[] values = [.. probes.Select(probe => member.GetValue(probe)!)];
            int offset = 0;
            for (int plane = 0; plane < values.Length; plane++) offset |= FirstByte(values[plane]) << (8 * plane);
            end = offset + size;
            AddOne(fields, new ManagedField(name, type, offset, size), values);
        }
    }

    /// <summary>
    /// Gets the offset of a number that is not aligned, by the rules of explicit offsets and of packing: reflection reads a number
    /// with one atomic load, which Arm64 without FEAT_LSE2 answers with SIGBUS when it is not aligned.
    /// </summary>
    /// <param name="member">The field.</param>
    /// <param name="size">Its size, in bytes.</param>
    /// <param name="end">Where the field before it ends.</param>
    /// <returns>The offset; <c>null</c> for a field that can be read.</returns>
    internal static int? MisalignedOffset(FieldInfo member, int size, int end)
    {
        Type type = member.FieldType;
        bool isReadAtOnce = type.IsPrimitive || type.IsEnum || type.IsPointer || type.IsFunctionPointer;
        if (!isReadAtOnce || member.DeclaringType?.StructLayoutAttribute is not { } layout) return null;
        int pack = layout.Pack == 0 ? sizeof(long) : layout.Pack;
        int? offset = layout.Value switch
        {
            LayoutKind.Explicit => member.GetCustomAttribute<FieldOffsetAttribute>()?.Value,
            LayoutKind.Sequential when pack < size => (end + pack - 1) / pack * pack,
            _ => null,
        };
        return offset % size == 0 ? null : offset;
    }

    private static void AddOne(List<ManagedField> fields, ManagedField field, object[] values)
    {
        FieldInfo[] nested = field.IsNumber || field.Type == typeof(Guid) ? [] : NestedFields(field.Type);
        if (nested.Length == 0)
            fields.Add(field);
        else if (IsArray(field.Type))
            AddArray(fields, field, nested, values);
        else
            Add(fields, field.Name.Length == 0 ? "" : $"{field.Name}.", nested, values);
    }

    /// <summary>An array of numbers is one field; of structs, the fields of every element.</summary>
    private static void AddArray(List<ManagedField> fields, ManagedField array, FieldInfo[] first, object[] values)
    {
        int size = RuntimeHelpers.SizeOf(first[0].FieldType.TypeHandle);
        List<ManagedField> inside = [];
        Add(inside, "", first, values);
        if (inside is [{ IsNumber: true } number] && number.Size == size)
        {
            fields.Add(array with { Element = number.Type });
            return;
        }

        int count = Math.Min(array.Size / size, Math.Max(1, MaxFieldsOfArray / inside.Count));
        for (int i = 0; i < count; i++)
        {
            foreach (ManagedField field in inside)
            {
                string name = field.Name[(field.Name.IndexOf('.', StringComparison.Ordinal) + 1)..];
                fields.Add(field with { Name = $"{array.Name}[{i}].{name}", Offset = field.Offset + (i * size) });
            }
        }

        // What is not listed is one field, so that it does not look like padding.
        int listed = count * size;
        if (listed < array.Size)
            fields.Add(array with { Offset = array.Offset + listed, Size = array.Size - listed });
    }

    /// <summary>Whether a struct is an array: an inline array, or what the compiler makes of a fixed buffer.</summary>
    private static bool IsArray(Type type) =>
        type.IsDefined(typeof(InlineArrayAttribute), false) || type.IsDefined(typeof(UnsafeValueTypeAttribute), false);

    [UnconditionalSuppressMessage(
        "Trimming", "IL2070", Justification = "Without dynamic code, where fields may be trimmed, the inside is not looked at.")]
    private static FieldInfo[] NestedFields(Type type) =>
        RuntimeFeature.IsDynamicCodeSupported ? type.GetFields(Instance) : [];

    private static unsafe int FirstByte(object boxed) =>
        boxed is Pointer pointer ? (byte)(nint)Pointer.Unbox(pointer) : Unsafe.As<BoxedBytes>(boxed).First;

    private static bool IsDeliberate(Type type) =>
        !IsArray(type) && type.StructLayoutAttribute is { } layout && (layout.Value == LayoutKind.Explicit || layout.Size > 0);

    private static bool HasDeliberateGaps(Type type, FieldInfo[] members)
    {
        if (IsDeliberate(type)) return true;
        foreach (FieldInfo member in members)
        {
            Type inner = member.FieldType;
            if (inner.IsPrimitive || inner.IsEnum || inner.IsPointer || inner.IsFunctionPointer) continue;
            if (HasDeliberateGaps(inner, NestedFields(inner))) return true;
        }

        return false;
    }

    /// <summary>What was found out about a type, once.</summary>
    private static class Known<[DynamicallyAccessedMembers(ManagedLayout.Fields)] T>
        where T : unmanaged
    {
        public static readonly ManagedField[] Fields = Find();

        public static readonly Type? AutoLayout = typeof(T).IsPrimitive || typeof(T).IsEnum
            ? null
            : FindAutoLayout(typeof(T), typeof(T).GetFields(Instance));

        public static readonly bool HasDeliberateGaps =
            !RuntimeFeature.IsDynamicCodeSupported || ManagedLayout.HasDeliberateGaps(typeof(T), typeof(T).GetFields(Instance));

        private static ManagedField[] Find()
        {
            List<ManagedField> fields = [];
            ManagedField whole = new("", typeof(T), 0, Unsafe.SizeOf<T>());
            FieldInfo[] members = typeof(T).GetFields(Instance);
            if (whole.IsNumber || whole.Type == typeof(Guid) || members.Length == 0) fields.Add(whole);
            else if (IsArray(whole.Type)) AddArray(fields, whole, members, Probes<T>());
            else Add(fields, "", members, Probes<T>());
            fields.Sort(static (a, b) => a.Offset.CompareTo(b.Offset));
            return [.. fields];
        }
    }

    /// <summary>The shape of a box to which any boxed value can be reinterpreted for reading its first byte.</summary>
    private sealed class BoxedBytes(byte first)
    {
        public readonly byte First = first;
    }
}
