using System.Globalization;
using Ebpf.Btf.Reading;

namespace Ebpf.Btf.Printing;

/// <summary>How a value of a type is written in C#.</summary>
internal enum CSharpForm
{
    /// <summary>As a field.</summary>
    Field,

    /// <summary>A byte, seen as <c>bool</c>.</summary>
    Truth,

    /// <summary>Not at all: it has no size.</summary>
    Empty,

    /// <summary>Not at all: .NET allows no array, or no structure, of this size.</summary>
    TooLarge,
}

/// <summary>A type in C#.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Form">How it is written.</param>
internal readonly record struct CSharpType(string Name, uint Size, CSharpForm Form = CSharpForm.Field);

/// <summary>Finds the types of C# for those of BTF, and what must be written to have them.</summary>
internal sealed class CSharpTypes(BtfSpec types, CSharpWriterOptions options)
{
    /// <summary>.NET has no larger ones.</summary>
    private const ulong MaxArraySize = 1 << 20;

    /// <summary>.NET's own limit is some bytes below 128 MiB.</summary>
    private const ulong MaxStructSize = 1 << 26;

    private readonly CSharpNames _names = CSharpNames.ForTypes(options.PascalCase, options.ContainingClass);
    private readonly Dictionary<BtfType, string> _named = [];
    private readonly Dictionary<(uint Length, bool Text), string> _arrays = [];
    private Dictionary<uint, string>? _typedefs;

    /// <summary>Structures, unions and enumerations, in the order in which they were met; grows while they are written.</summary>
    public List<(BtfType Type, string Name)> Definitions { get; } = [];

    /// <summary>The arrays within types, in the order in which they were met: length, whether text, name.</summary>
    public IEnumerable<(uint Length, bool Text, string Name)> Arrays =>
        _arrays.Select(pair => (pair.Key.Length, pair.Key.Text, pair.Value));

    /// <summary>The C# type of a type.</summary>
    /// <param name="type">The type.</param>
    /// <param name="context">What a structure or enumeration without a name is called here.</param>
    /// <exception cref="ObjectFormatException">It has no size.</exception>
    public CSharpType Of(BtfType type, string context)
    {
        if (!type.TryGetSize(out uint size))
            throw new ObjectFormatException($"type {type.Id} ({type}) has no size", BtfHeader.Section);

        // The size says that there are few of them, and no circle.
        List<uint> lengths = [];
        BtfType element = type;
        while (true)
        {
            element = element.Resolve();
            if (element is not ArrayType array) break;
            lengths.Add(array.Length);
            element = array.Element;
        }

        if (size == 0) return new CSharpType("byte", 0, CSharpForm.Empty);
        if (lengths.Count == 0)
        {
            if (size > MaxStructSize) return new CSharpType("byte", size, CSharpForm.TooLarge);
            CSharpForm form = element is IntType { IsBool: true, Size: 1 } ? CSharpForm.Truth : CSharpForm.Field;
            return new CSharpType(ElementName(element, context), size, form);
        }

        if (size > MaxArraySize) return new CSharpType("byte", size, CSharpForm.TooLarge);
        int inner = lengths.Count;
        string name = IsText(element) ? ArrayName(lengths[--inner], text: true) : ElementName(element, context);
        while (inner > 0) name = $"{ArrayName(lengths[--inner], text: false)}<{name}>";
        return new CSharpType(name, size);
    }

    /// <summary>The type for so many bytes.</summary>
    public string Bytes(uint count) => count == 1 ? "byte" : $"{ArrayName(count, text: false)}<byte>";

    /// <summary>Whether a field of so many bytes can be written.</summary>
    public static bool CanHold(ulong count) => count <= MaxArraySize;

    /// <summary>Whether a structure, union or enumeration can be written.</summary>
    public static bool CanDefine(BtfType type) =>
        type is CompositeType composite ? composite.Size <= MaxStructSize : type is EnumType { Size: 1 or 2 or 4 or 8 };

    /// <summary>Whether a type is C's <c>char</c>, an array of which is text.</summary>
    private static bool IsText(BtfType element) =>
        element is IntType { Size: 1, IsBool: false } number && (number.IsChar || number.Name == "char");

    private string ElementName(BtfType element, string context) => element switch
    {
        PointerType => "ulong",
        IntType { Size: 1 } number => number is { IsSigned: true, IsBool: false } && !IsText(number) ? "sbyte" : "byte",
        IntType { Size: 2 } number => number.IsSigned ? "short" : "ushort",
        IntType { Size: 4 } number => number.IsSigned ? "int" : "uint",
        IntType { Size: 8 } number => number.IsSigned ? "long" : "ulong",
        IntType { Size: 16 } number => number.IsSigned ? "Int128" : "UInt128",
        IntType number => Bytes(number.Size),
        FloatType { Size: 2 } => "Half",
        FloatType { Size: 4 } => "float",
        FloatType { Size: 8 } => "double",
        FloatType number => Bytes(number.Size),
        EnumType { Size: not (1 or 2 or 4 or 8) } enumeration => Bytes(enumeration.Size),
        CompositeType or EnumType => Define(element, context),
        _ => throw new ObjectFormatException($"type {element.Id} ({element}) is none of a value", BtfHeader.Section),
    };

    /// <summary>The name of a structure, union or enumeration, which is written with it.</summary>
    public string Define(BtfType type, string context)
    {
        if (_named.TryGetValue(type, out string? name)) return name;
        string source = type.Name.Length > 0 ? type.Name : TypedefName(type) ?? context;
        name = _names.Take(source);
        _named.Add(type, name);
        Definitions.Add((type, name));
        return name;
    }

    private string ArrayName(uint length, bool text)
    {
        if (_arrays.TryGetValue((length, text), out string? name)) return name;
        name = _names.TakeExactly(string.Create(CultureInfo.InvariantCulture, $"{(text ? "Text" : "Array")}{length}"));
        _arrays.Add((length, text), name);
        return name;
    }

    /// <summary>The name that a typedef gives to a type without one.</summary>
    private string? TypedefName(BtfType type)
    {
        if (_typedefs is null)
        {
            _typedefs = [];
            for (uint id = 1; id < (uint)types.Count; id++)
            {
                BtfRecord record = types.Record(id);
                if (record.Kind == BtfKind.Typedef) _typedefs.TryAdd(record.SizeOrType, types.Strings.Text(record.NameOffset));
            }
        }

        return _typedefs.GetValueOrDefault(type.Id.Value);
    }
}
