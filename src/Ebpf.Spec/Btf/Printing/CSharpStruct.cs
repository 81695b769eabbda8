using System.Globalization;
using Ebpf.Btf.Reading;
using Ebpf.Btf.Types;
using Ebpf.Common;

namespace Ebpf.Btf.Printing;

/// <summary>A field of a structure in C#.</summary>
/// <param name="Offset">In bytes.</param>
/// <param name="Type">Its type.</param>
/// <param name="Name">Its name.</param>
/// <param name="Summary">What it is in C; <c>null</c> for a field that is not to be seen.</param>
internal readonly record struct CSharpField(uint Offset, string Type, string Name, string? Summary);

/// <summary>A property over private fields: a bit field, or a truth value.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Name">Its name.</param>
/// <param name="Summary">What it is in C.</param>
/// <param name="Pieces">Where its bits are.</param>
/// <param name="Bits">How many it has.</param>
/// <param name="Number">The integer that it is read as before it becomes <paramref name="Type"/>.</param>
/// <param name="IsSigned">Whether that is signed.</param>
internal readonly record struct CSharpProperty(
    string Type, string Name, string Summary, List<BitPiece> Pieces, uint Bits, string Number, bool IsSigned);

/// <summary>
/// Works out the fields of a structure or union: those of members without a name stand in it directly, and no byte is left
/// without a field, so that the type can be the key of a map, whose padding the kernel compares too.
/// </summary>
internal sealed class CSharpStruct
{
    private readonly CSharpTypes _types;
    private readonly CSharpNames _names;
    private readonly string _typeName;
    private readonly uint _size;
    private readonly Dictionary<BitStorage, string> _storages = [];
    private readonly List<(uint Start, uint End)> _covered = [];

    private CSharpStruct(CompositeType type, string typeName, CSharpTypes types, bool pascalCase)
    {
        _types = types;
        _typeName = typeName.TrimStart('@');
        _names = CSharpNames.ForMembers(pascalCase, _typeName);
        _size = type.Size;
    }

    /// <summary>The fields, the private ones last.</summary>
    public List<CSharpField> Fields { get; } = [];

    /// <summary>The properties.</summary>
    public List<CSharpProperty> Properties { get; } = [];

    /// <summary>Members that are left out, and why.</summary>
    public List<string> LeftOut { get; } = [];

    /// <summary>The names of the private fields that hold bits.</summary>
    public IReadOnlyDictionary<BitStorage, string> Storages => _storages;

    /// <summary>Works out a type.</summary>
    /// <param name="type">The type.</param>
    /// <param name="typeName">What it is called in C#.</param>
    /// <param name="types">The other types.</param>
    /// <param name="pascalCase">Whether names are changed to C#'s form.</param>
    /// <param name="budget">How many members all types together may have: those without a name can grow exponentially.</param>
    /// <exception cref="ObjectFormatException">Members lie outside, or there are too many.</exception>
    public static CSharpStruct Of(CompositeType type, string typeName, CSharpTypes types, bool pascalCase, ref long budget)
    {
        CSharpStruct made = new(type, typeName, types, pascalCase);
        Stack<(CompositeType Type, int Next, uint BaseBit)> open = new([(type, 0, 0)]);
        while (open.TryPop(out (CompositeType Type, int Next, uint BaseBit) level))
        {
            if (level.Next == level.Type.Members.Length) continue;
            if (--budget < 0) throw new ObjectFormatException($"type {type.Id} has too many members", BtfHeader.Section);
            open.Push(level with { Next = level.Next + 1 });
            Member member = level.Type.Members[level.Next];
            ulong bit = (ulong)level.BaseBit + member.BitOffset;
            if (bit > uint.MaxValue) throw Outside(type, member);
            if (member.NameUtf8.IsEmpty && !member.IsBitField && member.Type.Resolve() is CompositeType inner)
            {
                // One that contains itself has no end.
                if (open.Count > Limits.MaxTypeDepth)
                    throw new ObjectFormatException($"type {type.Id} is nested too deep", BtfHeader.Section);
                open.Push((inner, 0, (uint)bit));
            }
            else if (!member.NameUtf8.IsEmpty)
                made.Add(type, member, (uint)bit);
        }

        made.AddStorages();
        made.AddPadding();
        return made;
    }

    private void Add(CompositeType parent, Member member, uint bit)
    {
        CSharpType type = _types.Of(member.Type, $"{_typeName}_{member.Name}");
        string summary = member.ToString();
        uint offset = bit / 8;
        if (member.IsBitField)
        {
            if ((ulong)bit + member.BitSize > _size * 8ul) throw Outside(parent, member);
            AddBitField(member, type, bit, summary);
            return;
        }

        if ((ulong)offset + type.Size > _size || bit % 8 != 0) throw Outside(parent, member);
        switch (type.Form)
        {
            case CSharpForm.Empty:
                LeftOut.Add(string.Create(CultureInfo.InvariantCulture, $"{summary}, of no size, at offset {offset}"));
                break;
            case CSharpForm.TooLarge:
                LeftOut.Add(string.Create(
                    CultureInfo.InvariantCulture, $"{summary}, too large for .NET, at offset {offset}"));
                break;
            case CSharpForm.Truth:
                AddProperty("bool", member, summary, CSharpBitField.Split(bit, 8, _size), 8, "byte", isSigned: false);
                break;
            default:
                Fields.Add(new CSharpField(offset, type.Name, _names.Take(member.Name), summary));
                _covered.Add((offset, offset + type.Size));
                break;
        }
    }

    private void AddBitField(Member member, CSharpType type, uint bit, string summary)
    {
        BtfType declared = member.Type.Resolve();
        (uint size, bool isSigned) = declared switch
        {
            IntType number => (number.Size, number.IsSigned && !number.IsBool),
            EnumType enumeration => (enumeration.Size, enumeration.IsSigned),
            _ => (0u, false),
        };
        if (size is not (1 or 2 or 4 or 8 or 16) || member.BitSize > 64)
        {
            LeftOut.Add(string.Create(CultureInfo.InvariantCulture, $"{summary}, a bit field at bit {bit}"));
            return;
        }

        string name = declared is IntType { IsBool: true } ? "bool" : type.Name;
        string carrier = NumberName(size, isSigned);
        AddProperty(name, member, summary, CSharpBitField.Split(bit, member.BitSize, _size), member.BitSize, carrier, isSigned);
    }

    private void AddProperty(
        string type, Member member, string summary, List<BitPiece> pieces, uint bits, string number, bool isSigned)
    {
        Properties.Add(new CSharpProperty(type, _names.Take(member.Name), summary, pieces, bits, number, isSigned));
        foreach (BitPiece piece in pieces) _storages.TryAdd(piece.Storage, "");
    }

    private static string NumberName(uint size, bool isSigned) => (size, isSigned) switch
    {
        (1, true) => "sbyte",
        (1, _) => "byte",
        (2, true) => "short",
        (2, _) => "ushort",
        (4, true) => "int",
        (4, _) => "uint",
        (8, true) => "long",
        (8, _) => "ulong",
        (_, true) => "Int128",
        _ => "UInt128",
    };

    private void AddStorages()
    {
        foreach (BitStorage storage in _storages.Keys.Order(Comparer<BitStorage>.Create(
            static (a, b) => (a.Offset, a.Size).CompareTo((b.Offset, b.Size)))).ToArray())
        {
            string name = _names.TakeExactly(string.Create(CultureInfo.InvariantCulture, $"_bits{storage.Offset}"));
            _storages[storage] = name;
            Fields.Add(new CSharpField(storage.Offset, NumberName(storage.Size, false), name, null));
            _covered.Add((storage.Offset, storage.Offset + storage.Size));
        }
    }

    private void AddPadding()
    {
        _covered.Sort();
        _covered.Add((_size, _size));
        uint end = 0;
        foreach ((uint start, uint next) in _covered)
        {
            if (start > end && CSharpTypes.CanHold(start - end))
            {
                string name = _names.TakeExactly(string.Create(CultureInfo.InvariantCulture, $"_padding{end}"));
                Fields.Add(new CSharpField(end, _types.Bytes(start - end), name, null));
            }

            end = Math.Max(end, next);
        }
    }

    private static ObjectFormatException Outside(CompositeType type, Member member) =>
        new($"type {type.Id} ends before its member {member.ShortName} does", BtfHeader.Section);
}
