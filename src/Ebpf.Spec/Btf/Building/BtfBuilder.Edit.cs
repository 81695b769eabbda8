using Ebpf.Btf.Reading;
using Ebpf.Common;

namespace Ebpf.Btf;

/// <content>Changes to types that are there. Those of <see cref="Base"/> cannot be changed.</content>
public sealed partial class BtfBuilder
{
    /// <summary>Gives a type another name; a tag, another text.</summary>
    /// <param name="id">The type.</param>
    /// <param name="name">The name, with the characters that its kind allows; empty for none.</param>
    public void Rename(uint id, string name)
    {
        BtfKind kind = CheckOwn(id, nameof(id));
        switch (kind)
        {
            case BtfKind.Pointer or BtfKind.Array or BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.FunctionPrototype:
                if (name.Length > 0) throw new ArgumentException($"A type of kind {kind} has no name.", nameof(name));
                break;
            case BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64:
                NameRules.CheckOptional(name, $"type {id}", nameof(name));
                break;
            case BtfKind.DataSection:
                NameRules.CheckSection(name, nameof(name));
                break;
            case BtfKind.DeclTag or BtfKind.TypeTag:
                NameRules.CheckText(name, NameRules.Tag, nameof(name));
                break;
            case BtfKind.Int or BtfKind.Float:
                NameRules.CheckText(name, $"type {id}", nameof(name));
                break;
            default:
                NameRules.CheckIdentifier(name, $"type {id}", nameof(name));
                break;
        }

        uint offset = _strings.Add(name);
        _types[id][0] = offset;
    }

    /// <summary>Lets a type refer to another one than before.</summary>
    /// <param name="id">
    /// A pointer, typedef, qualifier or tag; a function (its prototype), prototype (what it returns), variable or array (its
    /// element).
    /// </param>
    /// <param name="target">The id of what it refers to from now on.</param>
    public void SetTarget(uint id, uint target)
    {
        BtfKind kind = CheckOwn(id, nameof(id));
        Check(target, nameof(target));
        int at = kind switch
        {
            BtfKind.Array => RecordFields.HeadWords,
            BtfKind.Struct or BtfKind.Union or BtfKind.DataSection or BtfKind.Int or BtfKind.Float or BtfKind.Enum
                or BtfKind.Enum64 or BtfKind.Forward => throw new ArgumentException($"Type {id} is of kind {kind} and has no target.", nameof(id)),
            _ => 2,
        };
        _types[id][at] = target;
    }

    /// <summary>Lets everything that refers to a type refer to another one instead. Types of <see cref="Base"/> stay as they are.</summary>
    /// <param name="id">The type that nothing refers to afterwards; it is still there.</param>
    /// <param name="replacement">The type instead of it.</param>
    public void Redirect(uint id, uint replacement)
    {
        Check(id, nameof(id));
        Check(replacement, nameof(replacement));
        for (uint user = _types.FirstId; user < _types.EndId; user++)
        {
            Span<uint> record = _types[user];
            foreach (int at in RecordFields.TypeIds(record))
            {
                if (record[at] == id) record[at] = replacement;
            }
        }
    }

    /// <summary>Changes who can call a function.</summary>
    public void SetLinkage(uint function, FunctionLinkage linkage)
    {
        CheckOwn(function, nameof(function), BtfKind.Function);
        CheckLinkage((uint)linkage, nameof(linkage));
        _types[function][1] = RecordFields.Info(BtfKind.Function, (uint)linkage);
    }

    /// <summary>Changes who can use a variable.</summary>
    public void SetLinkage(uint variable, VariableLinkage linkage)
    {
        CheckOwn(variable, nameof(variable), BtfKind.Variable);
        CheckLinkage((uint)linkage, nameof(linkage));
        _types[variable][RecordFields.HeadWords] = (uint)linkage;
    }

    /// <summary>Changes the members of a structure or union.</summary>
    public CompositeBuilder EditComposite(uint id)
    {
        BtfKind kind = CheckOwn(id, nameof(id));
        if (kind is not (BtfKind.Struct or BtfKind.Union)) throw WrongKind(id, kind, "structure or union");
        if (_composites.TryGetValue(id, out CompositeBuilder? composite)) return composite;
        uint alignment = OriginOf(id).TryGetAlignment(out uint known) ? known : 1;
        composite = new CompositeBuilder(this, id, alignment);
        _composites.Add(id, composite);
        return composite;
    }

    /// <summary>Changes the values of an enumeration.</summary>
    public EnumBuilder EditEnum(uint id)
    {
        BtfKind kind = CheckOwn(id, nameof(id));
        return kind is BtfKind.Enum or BtfKind.Enum64 ? new EnumBuilder(this, id) : throw WrongKind(id, kind, "enumeration");
    }

    /// <summary>Changes the parameters of a prototype.</summary>
    public FunctionPrototypeBuilder EditFunctionPrototype(uint id)
    {
        CheckOwn(id, nameof(id), BtfKind.FunctionPrototype);
        return new FunctionPrototypeBuilder(this, id);
    }

    /// <summary>Changes the variables of a data section.</summary>
    public DataSectionBuilder EditDataSection(uint id)
    {
        CheckOwn(id, nameof(id), BtfKind.DataSection);
        return new DataSectionBuilder(this, id);
    }

    private static ArgumentException WrongKind(uint id, BtfKind kind, string wanted) =>
        new($"Type {id} is of kind {kind}, no {wanted}.", nameof(id));

    private BtfKind CheckOwn(uint id, string parameter)
    {
        Check(id, parameter);
        if (id < _types.FirstId)
            throw new ArgumentOutOfRangeException(parameter, id, $"Type {id} cannot be changed: it is void, or in the base.");
        return KindOf(id);
    }

    private void CheckOwn(uint id, string parameter, BtfKind wanted)
    {
        BtfKind kind = CheckOwn(id, parameter);
        if (kind != wanted) throw new ArgumentException($"Type {id} is of kind {kind}, not {wanted}.", parameter);
    }
}
