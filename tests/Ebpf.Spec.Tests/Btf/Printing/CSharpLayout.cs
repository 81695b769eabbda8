using System.Reflection;
using Ebpf.Btf;

namespace Ebpf.Spec.Tests.Btf.Printing;

/// <summary>Compares a compiled C# struct with the structure that it was written for.</summary>
internal sealed class CSharpLayout
{
    public List<string> Differences { get; } = [];

    public int Fields { get; private set; }

    public int BitFields { get; private set; }

    public void Compare(CompositeType type, Type made)
    {
        if (CompiledTypes.SizeOf(made) != type.Size) Differences.Add($"{type}: {type.Size} bytes, {CompiledTypes.SizeOf(made)}");
        List<(Member Member, uint Bit)> members = [];
        Flatten(type, 0, members);
        FieldInfo[] fields = [.. CompiledTypes.FieldsOf(made).Where(field => field.IsPublic)];
        PropertyInfo[] properties = CompiledTypes.PropertiesOf(made);
        Dictionary<FieldInfo, int> offsets = CompiledTypes.OffsetsOf(made);
        int field = 0;
        int property = 0;
        foreach ((Member member, uint bit) in members)
        {
            string path = $"{type}.{member.Name}";
            if (!member.Type.TryGetSize(out uint size) || size == 0) continue;
            bool isArray = member.Type.Resolve() is ArrayType;
            if (isArray && size > 1 << 20) continue;
            bool isBool = !isArray && member.Type.Resolve() is IntType { IsBool: true };
            if (member.IsBitField || isBool)
            {
                if (member.BitSize > 64) continue;
                CompareBits(path, made, properties[property++], bit, isBool && !member.IsBitField ? 8 : member.BitSize, isBool);
                continue;
            }

            Fields++;
            FieldInfo found = fields[field++];
            int offset = offsets[found];
            if (bit != offset * 8) Differences.Add($"{path}: bit {bit}, {found.Name} at byte {offset}");
            if (CompiledTypes.SizeOf(found.FieldType) != size) Differences.Add($"{path}: {size} bytes, {found}");
            if (!SameName(member.Name, found.Name)) Differences.Add($"{path}: called {found.Name}");
        }

        if (field != fields.Length || property != properties.Length) Differences.Add($"{type}: has other members");
        CheckCovered(type, made, offsets);
    }

    /// <summary>What the check of keys wants: no byte without a field.</summary>
    private void CheckCovered(CompositeType type, Type made, Dictionary<FieldInfo, int> offsets)
    {
        int end = 0;
        foreach ((int start, int size) in CompiledTypes.FieldsOf(made)
            .Select(field => (offsets[field], CompiledTypes.SizeOf(field.FieldType))).Order())
        {
            if (start > end && start - end <= 1 << 20) Differences.Add($"{type}: byte {end} has no field");
            end = Math.Max(end, start + size);
        }

        if (end < type.Size && type.Size - end <= 1 << 20) Differences.Add($"{type}: byte {end} has no field");
    }

    /// <summary>Sets all bits through the property, then none: exactly its own change.</summary>
    private void CompareBits(string path, Type made, PropertyInfo property, uint bit, uint bits, bool isBool)
    {
        BitFields++;
        if (!SameName(path[(path.LastIndexOf('.') + 1)..], property.Name)) Differences.Add($"{path}: called {property.Name}");
        object zero = Activator.CreateInstance(made)!;
        property.SetValue(zero, isBool ? true : Ones(property.PropertyType));
        List<uint> set = SetBits(zero);
        IEnumerable<uint> expected = isBool ? [bit] : Enumerable.Range(0, (int)bits).Select(i => bit + (uint)i);
        if (!set.SequenceEqual(expected)) Differences.Add($"{path}: bits {string.Join(',', set)} instead of {bit}+{bits}");

        object ones = Activator.CreateInstance(made)!;
        CompiledTypes.BytesOf(ones).Fill(0xff);
        property.SetValue(ones, Activator.CreateInstance(property.PropertyType));
        int left = CompiledTypes.SizeOf(made) * 8 - (int)bits;
        if (SetBits(ones).Count != left) Differences.Add($"{path}: other bits change");
    }

    private static List<uint> SetBits(object boxed)
    {
        List<uint> set = [];
        Span<byte> bytes = CompiledTypes.BytesOf(boxed);
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == 0) continue;
            for (int b = 0; b < 8; b++)
            {
                if ((bytes[i] >> b & 1) != 0) set.Add((uint)((i * 8) + b));
            }
        }

        return set;
    }

    private static object Ones(Type type)
    {
        object value = Activator.CreateInstance(type)!;
        CompiledTypes.BytesOf(value).Fill(0xff);
        return value;
    }

    private static bool SameName(string c, string csharp)
    {
        string left = string.Concat(c.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant();
        string right = string.Concat(csharp.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant();
        return right.StartsWith(left, StringComparison.Ordinal);
    }

    private static void Flatten(CompositeType type, uint bit, List<(Member, uint)> members)
    {
        foreach (Member member in type.Members)
        {
            if (member.Name.Length > 0) members.Add((member, bit + member.BitOffset));
            else if (member.Type.Resolve() is CompositeType inner) Flatten(inner, bit + member.BitOffset, members);
        }
    }
}
