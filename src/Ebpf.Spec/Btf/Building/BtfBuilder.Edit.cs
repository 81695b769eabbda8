using Ebpf.Btf.Reading;
using Ebpf.Common;

namespace Ebpf.Btf;

/// <content>Changes to types that exist. Those of <see cref="Base"/> cannot be changed.</content>
public sealed partial class BtfBuilder
{
    /// <summary>Changes the name of a type, or the text of a tag.</summary>
    /// <param name="id">The id of the type.</param>
    /// <param name="name">The new name, with the characters that the kernel allows for the kind; empty for none.</param>
    /// <exception cref="ArgumentException">
    /// The kind has no name, or needs one, or the kernel does not allow this name.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such type, or it belongs to the base.</exception>
    public void Rename(BtfTypeId id, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
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
        _types[id.Value][0] = offset;
    }

    /// <summary>Changes the type that another one refers to. Sizes that were computed before do not change.</summary>
    /// <param name="id">
    /// A pointer, typedef, qualifier or tag; or a function, whose prototype is changed; a prototype, whose return type is
    /// changed; a variable; or an array, whose element type is changed.
    /// </param>
    /// <param name="target">The id of the type to refer to.</param>
    /// <exception cref="ArgumentException">
    /// The type does not refer to another one, cannot refer to <paramref name="target"/>, or would contain itself.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such type, or the one to change belongs to the base.</exception>
    public void SetTarget(BtfTypeId id, BtfTypeId target)
    {
        BtfKind kind = CheckOwn(id, nameof(id));
        if (kind is BtfKind.Struct or BtfKind.Union or BtfKind.DataSection or BtfKind.Int or BtfKind.Float or BtfKind.Enum or BtfKind.Enum64
            or BtfKind.Forward) throw new ArgumentException($"Type {id} is of kind {kind} and refers to no other type.", nameof(id));

        uint number = CheckTarget(kind, target, nameof(target));
        if (kind is not (BtfKind.Pointer or BtfKind.FunctionPrototype)) CheckNoCircle(id.Value, number, nameof(target));
        if (kind == BtfKind.DeclTag && (int)_types[id.Value][RecordWords.HeadWords] >= ComponentsOf(number))
            throw new ArgumentException($"Type {target} does not have the member or parameter that tag {id} is on.", nameof(target));
        _types[id.Value][kind == BtfKind.Array ? RecordWords.HeadWords : 2] = number;
    }

    /// <summary>
    /// Replaces one type by another wherever it is referred to, except in <see cref="Base"/>. Sizes that were computed before do
    /// not change.
    /// </summary>
    /// <param name="id">The id of the type that is replaced. It is not removed.</param>
    /// <param name="replacement">The id of the type to refer to instead.</param>
    /// <exception cref="ArgumentException">
    /// A type that refers to the first one cannot refer to the second one, or would contain itself. Nothing was changed.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such type.</exception>
    public void Redirect(BtfTypeId id, BtfTypeId replacement)
    {
        uint old = Check(id, nameof(id)), next = Check(replacement, nameof(replacement));
        if (old == next) return;
        for (uint user = _types.FirstId; user < _types.EndId; user++)
        {
            ReadOnlySpan<uint> record = _types[user];
            BtfKind kind = RecordWords.KindOf(record);
            foreach (int at in RecordWords.TypeIds(record))
            {
                // "..." of a prototype refers to void and has no name; the index of an array stays an integer.
                if (record[at] != old) continue;
                CheckTarget(kind, replacement, nameof(replacement));
                if (kind == BtfKind.Array && at > RecordWords.HeadWords && KindOf(Resolve(next)) != BtfKind.Int)
                    throw new ArgumentException($"Type {replacement} is no integer, as the index of array {user} must be.", nameof(replacement));
                if (kind is not (BtfKind.Pointer or BtfKind.FunctionPrototype)) CheckNoCircle(user, next, nameof(replacement));
            }
        }

        for (uint user = _types.FirstId; user < _types.EndId; user++)
        {
            Span<uint> record = _types[user];
            foreach (int at in RecordWords.TypeIds(record))
            {
                if (record[at] == old) record[at] = next;
            }
        }
    }

    /// <summary>Changes the linkage of a function.</summary>
    /// <param name="function">The id of the function.</param>
    /// <param name="linkage">The new linkage.</param>
    /// <exception cref="ArgumentException">The type is not a function, or there is no such linkage.</exception>
    public void SetLinkage(BtfTypeId function, FunctionLinkage linkage)
    {
        CheckOwn(function, nameof(function), BtfKind.Function);
        CheckLinkage((uint)linkage, nameof(linkage));
        _types[function.Value][1] = RecordWords.Info(BtfKind.Function, (uint)linkage);
    }

    /// <summary>Changes the linkage of a variable.</summary>
    /// <param name="variable">The id of the variable.</param>
    /// <param name="linkage">The new linkage.</param>
    /// <exception cref="ArgumentException">The type is not a variable, or there is no such linkage.</exception>
    public void SetLinkage(BtfTypeId variable, VariableLinkage linkage)
    {
        CheckOwn(variable, nameof(variable), BtfKind.Variable);
        CheckLinkage((uint)linkage, nameof(linkage));
        _types[variable.Value][RecordWords.HeadWords] = (uint)linkage;
    }

    /// <summary>Returns the builder of a structure or union, to add members or to start again.</summary>
    /// <param name="id">The id of the structure or union.</param>
    /// <returns>The builder; for each type always the same one.</returns>
    /// <exception cref="ArgumentException">The type is of another kind, or belongs to the base.</exception>
    public CompositeBuilder EditComposite(BtfTypeId id)
    {
        BtfKind kind = CheckOwn(id, nameof(id));
        if (kind is not (BtfKind.Struct or BtfKind.Union)) throw WrongKind(id, kind, "a structure or union", nameof(id));
        if (_composites.TryGetValue(id.Value, out CompositeBuilder? composite)) return composite;
        uint alignment = OriginOf(id.Value).TryGetAlignment(out uint known) ? known : 1;
        composite = new CompositeBuilder(this, id.Value, alignment);
        _composites.Add(id.Value, composite);
        return composite;
    }

    /// <summary>Returns a builder of an enumeration, to add values or to start again.</summary>
    /// <param name="id">The id of the enumeration.</param>
    /// <exception cref="ArgumentException">The type is of another kind, or belongs to the base.</exception>
    public EnumBuilder EditEnum(BtfTypeId id)
    {
        BtfKind kind = CheckOwn(id, nameof(id));
        return kind is BtfKind.Enum or BtfKind.Enum64 ? new EnumBuilder(this, id.Value) : throw WrongKind(id, kind, "an enumeration", nameof(id));
    }

    /// <summary>Returns a builder of a prototype, to add parameters or to start again.</summary>
    /// <param name="id">The id of the prototype.</param>
    /// <exception cref="ArgumentException">The type is of another kind, or belongs to the base.</exception>
    public FunctionPrototypeBuilder EditFunctionPrototype(BtfTypeId id)
    {
        CheckOwn(id, nameof(id), BtfKind.FunctionPrototype);
        return new FunctionPrototypeBuilder(this, id.Value);
    }

    /// <summary>Returns a builder of a data section, to add variables or to start again.</summary>
    /// <param name="id">The id of the section.</param>
    /// <exception cref="ArgumentException">The type is of another kind, or belongs to the base.</exception>
    public DataSectionBuilder EditDataSection(BtfTypeId id)
    {
        CheckOwn(id, nameof(id), BtfKind.DataSection);
        return new DataSectionBuilder(this, id.Value);
    }
}
