using System.Globalization;
using System.Text;
using Ebpf.Common;

namespace Ebpf.Btf.Types;

/// <summary>Types as C writes them, for messages and debuggers. Short, and never fails, whatever the BTF holds.</summary>
internal struct TypeText
{
    private int _steps;

    /// <summary>A type by itself; a function or variable with its name, as a declaration.</summary>
    public static string Describe(BtfType type) => type is VoidType ? "void" : Describe(type.Owner, type.Id.Value);

    /// <summary>The same, of a type that need not exist.</summary>
    public static string Describe(BtfSpec owner, uint id)
    {
        TypeText text = default;
        return owner.Find(id) switch
        {
            FunctionType function => text.Write(owner, function.PrototypeId, NameOf(function)),
            VariableType variable => text.Write(owner, variable.TypeId, NameOf(variable)),
            _ => text.Write(owner, id, ""),
        };
    }

    /// <summary>A member or parameter: its type, name and, for a bit field, the number of its bits.</summary>
    public static string Declare(BtfSpec owner, uint typeId, uint nameOffset, uint bits)
    {
        TypeText text = default;
        string declaration = text.Write(owner, typeId, owner.Strings.Excerpt(nameOffset, Limits.MaxNameInText));
        return bits == 0 ? declaration : string.Create(CultureInfo.InvariantCulture, $"{declaration} : {bits}");
    }

    private static string NameOf(BtfType type) => type.Owner.Strings.Excerpt(type.NameOffset, Limits.MaxNameInText);

    /// <summary>
    /// Writes a declaration from the inside out: what stands around the name so far is <paramref name="declarator"/>,
    /// which every pointer, array and function on the way to the named type extends.
    /// </summary>
    private string Write(BtfSpec owner, uint id, string declarator)
    {
        string qualifiers = "";
        for (int depth = 0; depth < Limits.MaxDeclarationDepth && _steps < Limits.MaxTypeTextSteps && declarator.Length < Limits.MaxTypeText; depth++)
        {
            _steps++;
            BtfType? type = owner.Find(id);
            switch (type)
            {
                case PointerType pointer:
                    bool glued = qualifiers.Length == 0 || declarator.Length == 0 || declarator[0] is '[' or '(';
                    declarator = "*" + qualifiers.TrimEnd() + (glued ? "" : " ") + declarator;
                    qualifiers = "";
                    id = pointer.TargetId;
                    break;
                case ArrayType array:
                    declarator = string.Create(CultureInfo.InvariantCulture, $"{Grouped(declarator)}[{array.Length}]");
                    id = array.ElementId;
                    break;
                case FunctionPrototypeType prototype:
                    declarator = $"{Grouped(declarator)}({Parameters(prototype)})";
                    id = prototype.ReturnId;
                    break;
                case QualifierType qualifier:
                    qualifiers += Word(qualifier) + " ";
                    id = qualifier.TargetId;
                    break;
                default:
                    return Join(qualifiers + Word(type, id), declarator);
            }
        }

        return Join("…", Cut(declarator));
    }

    private string Parameters(FunctionPrototypeType prototype)
    {
        if (prototype.Parameters.IsEmpty) return prototype.IsVariadic ? "..." : "void";
        StringBuilder text = new();
        foreach (Parameter parameter in prototype.Parameters)
        {
            if (text.Length > 0) text.Append(", ");
            if (_steps >= Limits.MaxTypeTextSteps || text.Length > Limits.MaxTypeText) return text.Append('…').ToString();
            text.Append(Write(prototype.Owner, parameter.TypeId, ""));
        }

        return prototype.IsVariadic ? text.Append(", ...").ToString() : text.ToString();
    }

    private static string Word(BtfType? type, uint id) => type switch
    {
        null => string.Create(CultureInfo.InvariantCulture, $"<no type {id}>"),
        VoidType => "void",
        StructType => Tagged("struct", type),
        UnionType => Tagged("union", type),
        EnumType => Tagged("enum", type),
        ForwardType forward => Tagged(forward.IsUnion ? "union" : "struct", type),
        DataSectionType => Tagged("section", type),
        DeclTagType tag => Attribute("btf_decl_tag", tag, tag.IsAttribute),
        UnknownType => Tagged(string.Create(CultureInfo.InvariantCulture, $"<kind {(int)type.Kind}>"), type),
        _ => NameOf(type),
    };

    private static string Word(QualifierType qualifier) => qualifier switch
    {
        ConstType => "const",
        VolatileType => "volatile",
        RestrictType => "restrict",
        TypeTagType tag => Attribute("btf_type_tag", tag, tag.IsAttribute),
        _ => "",
    };

    private static string Tagged(string word, BtfType type) =>
        NameOf(type) is { Length: > 0 } name ? $"{word} {name}" : $"{word} (anonymous)";

    private static string Attribute(string attribute, BtfType tag, bool whole) =>
        whole ? $"__attribute__(({NameOf(tag)}))" : $"__attribute__(({attribute}(\"{NameOf(tag)}\")))";

    private static string Grouped(string declarator) =>
        declarator.StartsWith('*') ? $"({declarator})" : declarator;

    private static string Join(string specifier, string declarator) =>
        declarator.Length == 0 || declarator[0] is '[' ? specifier + declarator : $"{specifier} {declarator}";

    private static string Cut(string text) => text.Length <= Limits.MaxTypeText ? text : text[..Limits.MaxTypeText] + "…";
}
