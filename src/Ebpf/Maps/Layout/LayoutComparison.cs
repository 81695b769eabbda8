using System.Globalization;
using Ebpf.Btf;

namespace Ebpf.Maps.Layout;

/// <summary>
/// Whether the fields of a .NET type lie where the members of a C type do, and are of their kind: position, size, and whether it is a
/// floating-point number. Signs do not count, and names only where two of them have changed places.
/// </summary>
/// <remarks>
/// What is wanted is never told to be wrong: arrays of bytes may be read as anything but UTF-16, arrays of bytes may stand for
/// anything, a field may lie in C's padding, and any member of a union will do. BTF of an object can hold structs
/// that lead in circles, or grow without limit: after so many steps nothing more is looked at.
/// </remarks>
internal struct LayoutComparison
{
    private const int MaxDifferences = 5;
    private const int MaxSteps = 100_000;
    private const int MaxDepth = 32;

    private int _steps;

    /// <summary>Says in words where the two differ.</summary>
    /// <param name="type">The C type.</param>
    /// <param name="fields">The fields of the .NET type, by their positions.</param>
    /// <param name="mayHaveGaps">Whether C may have members where the .NET type has no field.</param>
    /// <returns>The differences, of many the first; none if the types agree.</returns>
    public static List<string> Differences(BtfType type, IReadOnlyList<ManagedField> fields, bool mayHaveGaps)
    {
        LayoutComparison comparison = default;
        List<string> found = [];
        int end = 0;
        foreach (ManagedField field in fields)
        {
            // Behind a field that cannot be found anything may be.
            if (field.Offset == ManagedLayout.Unknown) mayHaveGaps = true;
            if (field.Offset == ManagedLayout.Unknown) continue;
            if (!mayHaveGaps && field.Offset > end) comparison.AddMissing(found, type, end, field.Offset);
            if (!comparison.Fits(type, (uint)field.Offset, field, 0))
                Add(found, field.Offset, comparison.NameAt(type, (uint)field.Offset, (uint)field.Size), Describe(field));
            end = Math.Max(end, field.Offset + field.Size);
        }

        if (found.Count == 0) AddSwapped(found, type, fields);

        if (!mayHaveGaps && type.TryGetSize(out uint size) && end < size)
            comparison.AddMissing(found, type, end, (int)Math.Min(size, int.MaxValue));
        return found;
    }

    private void AddMissing(List<string> found, BtfType type, int start, int end)
    {
        if (NameAt(type, (uint)start, (uint)(end - start)) is { } member) Add(found, start, member, "padding");
    }

    private static void Add(List<string> found, int offset, string? member, string field)
    {
        if (found.Count > MaxDifferences) return;
        found.Add(found.Count == MaxDifferences
            ? "and more"
            : string.Create(
                CultureInfo.InvariantCulture, $"offset {offset}: C has {member ?? "padding"}, the C# struct has {field}"));
    }

    /// <summary>Whether a field can lie at an offset within a C type.</summary>
    private bool Fits(BtfType type, uint offset, ManagedField field, int depth)
    {
        if (GivesUp(depth)) return true;
        type = type.Resolve();
        if (!type.TryGetSize(out uint size)) return true;
        if (offset == 0 && field.Size == size) return ElementsFit(type, field);
        return type switch
        {
            UnionType union => FitsAny(union, offset, field, depth),
            CompositeType composite => FitsMembers(composite, offset, field, depth),
            ArrayType array => FitsElements(array, offset, field, depth),
            DataSectionType => true,
            _ => false,
        };
    }

    private bool FitsAny(UnionType union, uint offset, ManagedField field, int depth)
    {
        foreach (Member member in union.Members)
        {
            if (FitsMember(member, offset, field, depth)) return true;
        }

        return union.Members.IsEmpty;
    }

    private bool FitsMembers(CompositeType composite, uint offset, ManagedField field, int depth)
    {
        foreach (Member member in composite.Members)
        {
            if (!FitsMember(member, offset, field, depth)) return false;
        }

        return true;
    }

    /// <summary>Whether a field beside, within or over a member leaves it whole.</summary>
    private bool FitsMember(Member member, uint offset, ManagedField field, int depth)
    {
        // C# has no bit fields: whatever is there stands for all of them.
        if (member.IsBitField || !member.Type.TryGetSize(out uint size)) return true;
        ulong start = member.Offset, end = start + size, fieldEnd = offset + (ulong)field.Size;
        if (fieldEnd <= start || offset >= end) return true;
        if (offset >= start && fieldEnd <= end) return Fits(member.Type, offset - member.Offset, field, depth + 1);
        return !field.IsNumber
            && (offset <= start || IsBetweenNumbers(member.Type, offset - member.Offset, depth + 1))
            && (fieldEnd >= end || IsBetweenNumbers(member.Type, (uint)(fieldEnd - start), depth + 1));
    }

    private bool FitsElements(ArrayType array, uint offset, ManagedField field, int depth)
    {
        if (!array.Element.TryGetSize(out uint size) || size <= 1) return true;
        uint within = offset % size;
        if (within + (ulong)field.Size <= size) return Fits(array.Element, within, field, depth + 1);

        // Whole elements may be read together, as the two halves of an address are.
        if (within == 0 && field.Size % size == 0) return ElementsFit(array, field);
        return !field.IsNumber
            && IsBetweenNumbers(array, offset, depth + 1)
            && IsBetweenNumbers(array, offset + (uint)field.Size, depth + 1);
    }

    /// <summary>
    /// Whether a number, or the elements of an array, have the size and the kind of C's, or one of both is an array of bytes.
    /// </summary>
    private static bool ElementsFit(BtfType type, ManagedField field)
    {
        if ((field.Element ?? (field.IsNumber ? field.Type : null)) is not { } element) return true;
        type = ElementOf(type);
        if (type is CompositeType or ArrayType || !type.TryGetSize(out uint size)) return true;
        int own = System.Runtime.CompilerServices.RuntimeHelpers.SizeOf(element.TypeHandle);

        // The characters of C have one byte; what looks like the same array has half as many characters.
        if (size == 1 && element == typeof(char)) return false;
        if (own == 1 || size == 1) return true;

        // One number may stand for several elements, as for the two halves of an address.
        if (field.Element is null && own != size) return true;
        return own == size && IsFloatingPoint(element) == type is FloatType;
    }

    private static bool IsFloatingPoint(Type type) =>
        type == typeof(float) || type == typeof(double) || type == typeof(Half);

    /// <summary>Adds fields that bear the name of another member of the same size, whose name stands elsewhere in the .NET type.</summary>
    private static void AddSwapped(List<string> found, BtfType type, IReadOnlyList<ManagedField> fields)
    {
        List<NamedMember> members = NamedMember.Of(type);
        ILookup<string, NamedMember> byName = members.ToLookup(member => member.Name);
        ILookup<string, ManagedField> fieldsByName = fields.ToLookup(field => NamedMember.NameOf(field));
        foreach (ManagedField field in fields)
        {
            NamedMember[] here = [.. members.Where(member => member.Offset == field.Offset && member.Size == field.Size)];
            string name = NamedMember.NameOf(field);
            bool bearsAnothersName = here.Length > 0
                && !here.Any(member => member.Name == name)
                && byName[name].Any(member => member.Offset != field.Offset && member.Size == field.Size);
            if (!bearsAnothersName) continue;
            foreach (NamedMember member in here)
            {
                if (!fieldsByName[member.Name].Any(other => other.Offset != field.Offset && other.Size == field.Size)) continue;
                Add(found, field.Offset, $"`{member.Declaration}`", Describe(field));
                break;
            }
        }
    }

    /// <summary>What an array of any number of dimensions is made of; the type itself, if it is no array.</summary>
    private static BtfType ElementOf(BtfType type)
    {
        type = type.Resolve();
        for (int depth = 0; depth < MaxDepth && type is ArrayType array; depth++) type = array.Element.Resolve();
        return type;
    }

    /// <summary>Whether an offset within a C type is at the beginning or the end of numbers, or in padding.</summary>
    private bool IsBetweenNumbers(BtfType type, uint offset, int depth)
    {
        if (offset == 0 || GivesUp(depth)) return true;
        type = type.Resolve();
        if (!type.TryGetSize(out uint size) || offset >= size) return true;
        switch (type)
        {
            case ArrayType array:
                return !array.Element.TryGetSize(out uint element) || element <= 1
                    || IsBetweenNumbers(array.Element, offset % element, depth + 1);
            case CompositeType composite:
                bool any = false, all = true;
                foreach (Member member in composite.Members)
                {
                    bool splits = !member.IsBitField && offset > member.Offset
                        && !IsBetweenNumbers(member.Type, offset - member.Offset, depth + 1);
                    any |= !splits;
                    all &= !splits;
                }

                return composite is UnionType ? any : all;
            default:
                return false;
        }
    }

    /// <summary>The first member of C within some bytes, as C declares it; <c>null</c> if there is only padding.</summary>
    private string? NameAt(BtfType type, uint offset, uint length)
    {
        string? name = null;
        uint start = 0;
        for (int depth = 0; !GivesUp(depth); depth++)
        {
            type = type.Resolve();
            if (type is ArrayType array && array.Element.TryGetSize(out uint size) && size > 0)
            {
                // Down into the element only where it is a struct: "char comm[16]" says more than "char".
                if (ElementOf(array) is not CompositeType) break;
                start += (offset - Math.Min(offset, start)) / size * size;
                type = array.Element;
                continue;
            }

            if (type is not CompositeType composite) break;
            if (FirstWithin(composite, start, offset, (ulong)offset + length) is not { } member) return null;
            name = member.ToString();
            start += member.Offset;
            if (member.IsBitField) break;
            type = member.Type;
        }

        if (name is null) return $"`{type}`";
        return start == offset ? $"`{name}`" : string.Create(CultureInfo.InvariantCulture, $"`{name}` at offset {start}");
    }

    private static Member? FirstWithin(CompositeType composite, uint start, ulong from, ulong to)
    {
        foreach (Member member in composite.Members)
        {
            ulong at = start + (ulong)member.Offset;
            ulong size = member.IsBitField ? 1 : member.Type.TryGetSize(out uint known) ? known : 0;
            if (at < to && at + size > from) return member;
        }

        return null;
    }

    /// <summary>Both declarations side by side, a line for each offset; empty for what is no struct.</summary>
    public static string SideBySide(BtfType type, IReadOnlyList<ManagedField> fields)
    {
        const int mostLines = 64;
        List<NamedMember> members = NamedMember.Of(type);
        if (members.Count == 0) return "";
        long[] offsets =
        [
            .. members.Select(member => (long)member.Offset).Concat(fields.Select(field => (long)field.Offset)).Distinct().Order(),
        ];
        int width = Math.Clamp(members.Max(member => member.Declaration.Length), 1, 60);
        System.Text.StringBuilder text = new($"\n  offset  {"C".PadRight(width)}  C#");
        foreach (long offset in offsets.Take(mostLines))
        {
            string c = string.Join(" / ", members.Where(member => member.Offset == offset).Select(member => member.Declaration));
            string net = string.Join(" / ", fields.Where(field => field.Offset == offset).Select(field => Describe(field).Trim('`')));
            text.Append(CultureInfo.InvariantCulture, $"\n  {(offset < 0 ? "?" : offset),6}  {c.PadRight(width)}  {net}");
        }

        if (offsets.Length > mostLines) text.Append("\n     ...");
        return text.ToString();
    }

    private bool GivesUp(int depth) => depth > MaxDepth || ++_steps > MaxSteps;

    private static string Describe(ManagedField field)
    {
        string type = field.Element is { } element ? $"{NameOf(element)}[]" : NameOf(field.Type);
        return field.Name.Length == 0 ? $"`{type}`" : $"`{type} {field.Name}`";
    }

    private static string NameOf(Type type) => Type.GetTypeCode(type.IsEnum ? typeof(Type) : type) switch
    {
        TypeCode.Boolean => "bool",
        TypeCode.Byte => "byte",
        TypeCode.SByte => "sbyte",
        TypeCode.Char => "char",
        TypeCode.Int16 => "short",
        TypeCode.UInt16 => "ushort",
        TypeCode.Int32 => "int",
        TypeCode.UInt32 => "uint",
        TypeCode.Int64 => "long",
        TypeCode.UInt64 => "ulong",
        TypeCode.Single => "float",
        TypeCode.Double => "double",
        _ => type.Name,
    };
}
