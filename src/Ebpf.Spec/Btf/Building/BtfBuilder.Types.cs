using Ebpf.Btf.Reading;
using Ebpf.Common;

namespace Ebpf.Btf;

/// <content>One method for each kind of type.</content>
public sealed partial class BtfBuilder
{
    /// <summary>What clang calls the type of the indices of arrays.</summary>
    private const string IndexName = "__ARRAY_SIZE_TYPE__";

    private BtfTypeId _indexType;

    /// <summary>Adds an integer.</summary>
    /// <param name="name">The name, as in C: <c>unsigned int</c>.</param>
    /// <param name="size">1, 2, 4, 8 or 16 bytes.</param>
    /// <param name="encoding">Whether it is signed, a character or a <c>_Bool</c>: one of the values, not a combination.</param>
    /// <returns>The id of the new type.</returns>
    public BtfTypeId AddInt(string name, uint size, IntEncoding encoding = IntEncoding.None)
    {
        NameRules.CheckText(name, "an integer", nameof(name));
        if (size is not (1 or 2 or 4 or 8 or 16))
            throw new ArgumentOutOfRangeException(nameof(size), size, "Integers have 1, 2, 4, 8 or 16 bytes.");
        if (encoding is not (IntEncoding.None or IntEncoding.Signed or IntEncoding.Char or IntEncoding.Bool))
            throw new ArgumentOutOfRangeException(nameof(encoding), encoding, "The kernel takes one of the encodings, or none.");
        return Add(BtfKind.Int, name, size, words: ((uint)encoding << 24) | (size * 8));
    }

    /// <summary>Adds a floating-point number (Linux 5.13).</summary>
    /// <param name="name">The name, as in C: <c>double</c>.</param>
    /// <param name="size">2, 4, 8, 12 or 16 bytes.</param>
    /// <returns>The id of the new type.</returns>
    public BtfTypeId AddFloat(string name, uint size)
    {
        NameRules.CheckText(name, "a floating-point number", nameof(name));
        if (size is not (2 or 4 or 8 or 12 or 16))
            throw new ArgumentOutOfRangeException(nameof(size), size, "Floating-point numbers have 2, 4, 8, 12 or 16 bytes.");
        return Add(BtfKind.Float, name, size);
    }

    /// <summary>Adds a pointer.</summary>
    /// <param name="target">The id of the type that it points to; <see cref="BtfTypeId.Void"/> for <c>void *</c>.</param>
    /// <returns>The id of the new type.</returns>
    public BtfTypeId AddPointer(BtfTypeId target) => AddReference(BtfKind.Pointer, "", target);

    /// <summary>Adds a type with <c>const</c>.</summary>
    /// <param name="target">The id of the type that is qualified.</param>
    /// <returns>The id of the new type.</returns>
    public BtfTypeId AddConst(BtfTypeId target) => AddReference(BtfKind.Const, "", target);

    /// <summary>Adds a type with <c>volatile</c>.</summary>
    /// <param name="target">The id of the type that is qualified.</param>
    /// <returns>The id of the new type.</returns>
    public BtfTypeId AddVolatile(BtfTypeId target) => AddReference(BtfKind.Volatile, "", target);

    /// <summary>Adds a type with <c>restrict</c>.</summary>
    /// <param name="target">The id of the type that is qualified.</param>
    /// <returns>The id of the new type.</returns>
    public BtfTypeId AddRestrict(BtfTypeId target) => AddReference(BtfKind.Restrict, "", target);

    /// <summary>Adds a type with <c>__attribute__((btf_type_tag("…")))</c> (Linux 5.17).</summary>
    /// <param name="text">The text of the tag.</param>
    /// <param name="target">The id of the type that has the tag.</param>
    /// <param name="isAttribute">
    /// Whether the text is a whole attribute, not the argument of <c>btf_type_tag</c> (Linux 6.14).
    /// </param>
    /// <returns>The id of the new type.</returns>
    public BtfTypeId AddTypeTag(string text, BtfTypeId target, bool isAttribute = false)
    {
        NameRules.CheckText(text, NameRules.Tag, nameof(text));
        return AddReference(BtfKind.TypeTag, text, target, isAttribute);
    }

    /// <summary>Adds a typedef.</summary>
    /// <param name="name">The name.</param>
    /// <param name="target">The id of the type that it is a name for.</param>
    /// <returns>The id of the new type.</returns>
    public BtfTypeId AddTypedef(string name, BtfTypeId target)
    {
        NameRules.CheckIdentifier(name, "a typedef", nameof(name));
        return AddReference(BtfKind.Typedef, name, target);
    }

    /// <summary>Adds an array. An array of several dimensions is an array of arrays.</summary>
    /// <param name="element">The id of the type of the elements.</param>
    /// <param name="length">The number of elements; 0 for a flexible array at the end of a structure.</param>
    /// <param name="index">The id of the integer type of the index; by default, one that the builder adds for all arrays.</param>
    /// <returns>The id of the new type.</returns>
    public BtfTypeId AddArray(BtfTypeId element, uint length, BtfTypeId index = default)
    {
        CheckTarget(BtfKind.Array, element, nameof(element));
        Check(index, nameof(index));
        if (index.IsVoid)
        {
            if (_indexType.IsVoid) _indexType = AddInt(IndexName, sizeof(uint));
            index = _indexType;
        }
        else if (KindOf(Resolve(index.Value)) != BtfKind.Int)
        {
            throw new ArgumentException($"Type {index} is no integer.", nameof(index));
        }

        return Add(BtfKind.Array, "", 0, words: [element.Value, index.Value, length]);
    }

    /// <summary>
    /// Adds a structure without members. Use the result to add them. Other types can refer to the structure before that.
    /// </summary>
    /// <param name="name">The name; empty for an anonymous type.</param>
    /// <param name="isPacked">Whether members follow each other without padding.</param>
    /// <returns>The builder of the structure.</returns>
    public CompositeBuilder AddStruct(string name = "", bool isPacked = false) => AddComposite(BtfKind.Struct, name, isPacked);

    /// <summary>
    /// Adds a union without members. Use the result to add them. Other types can refer to the union before that.
    /// </summary>
    /// <param name="name">The name; empty for an anonymous type.</param>
    /// <param name="isPacked">Whether the alignment is 1.</param>
    /// <returns>The builder of the union.</returns>
    public CompositeBuilder AddUnion(string name = "", bool isPacked = false) => AddComposite(BtfKind.Union, name, isPacked);

    /// <summary>Adds the forward declaration of a structure or union.</summary>
    /// <param name="name">The name.</param>
    /// <param name="isUnion"><c>true</c> for a union; <c>false</c> for a structure.</param>
    /// <returns>The id of the new type.</returns>
    public BtfTypeId AddForward(string name, bool isUnion = false)
    {
        NameRules.CheckIdentifier(name, "a forward declaration", nameof(name));
        return Add(BtfKind.Forward, name, 0, flag: isUnion);
    }

    /// <summary>Adds an enumeration without values. Use the result to add them.</summary>
    /// <param name="name">The name; empty for an anonymous type.</param>
    /// <param name="size">The size in bytes: 1, 2 or 4; 8 for one of the kind <see cref="BtfKind.Enum64"/> (Linux 6.0).</param>
    /// <param name="isSigned">Whether the values are signed; kernels before Linux 6.0 do not distinguish that.</param>
    /// <returns>The builder of the enumeration.</returns>
    public EnumBuilder AddEnum(string name = "", uint size = 4, bool isSigned = false)
    {
        NameRules.CheckOptional(name, "an enumeration", nameof(name));
        if (size is not (1 or 2 or 4 or 8))
            throw new ArgumentOutOfRangeException(nameof(size), size, "Enumerations have 1, 2, 4 or 8 bytes.");
        return new EnumBuilder(this, AddOpen(size == 8 ? BtfKind.Enum64 : BtfKind.Enum, name, size, isSigned));
    }

    /// <summary>Adds the prototype of a function, without parameters. Use the result to add them.</summary>
    /// <param name="returns">The id of the type that the function returns; <c>void</c> by default.</param>
    /// <returns>The builder of the prototype.</returns>
    public FunctionPrototypeBuilder AddFunctionPrototype(BtfTypeId returns = default)
    {
        uint id = CheckTarget(BtfKind.FunctionPrototype, returns, nameof(returns));
        return new FunctionPrototypeBuilder(this, AddOpen(BtfKind.FunctionPrototype, "", id));
    }

    /// <summary>Adds a function.</summary>
    /// <param name="name">The name.</param>
    /// <param name="prototype">The id of its prototype.</param>
    /// <param name="linkage">The linkage.</param>
    /// <returns>The id of the new type.</returns>
    public BtfTypeId AddFunction(string name, BtfTypeId prototype, FunctionLinkage linkage = FunctionLinkage.Static)
    {
        NameRules.CheckIdentifier(name, "a function", nameof(name));
        CheckLinkage((uint)linkage, nameof(linkage));
        return Add(BtfKind.Function, name, CheckTarget(BtfKind.Function, prototype, nameof(prototype)), (uint)linkage);
    }

    /// <summary>Adds a global variable.</summary>
    /// <param name="name">The name.</param>
    /// <param name="type">The id of the type of the value.</param>
    /// <param name="linkage">The linkage.</param>
    /// <returns>The id of the new type.</returns>
    public BtfTypeId AddVariable(string name, BtfTypeId type, VariableLinkage linkage = VariableLinkage.Global)
    {
        NameRules.CheckIdentifier(name, "a variable", nameof(name));
        CheckLinkage((uint)linkage, nameof(linkage));
        return Add(BtfKind.Variable, name, CheckTarget(BtfKind.Variable, type, nameof(type)), words: (uint)linkage);
    }

    /// <summary>Adds a data section without variables. Use the result to add them.</summary>
    /// <param name="name">The name of the section: <c>.data</c>.</param>
    /// <returns>The builder of the section.</returns>
    public DataSectionBuilder AddDataSection(string name)
    {
        NameRules.CheckSection(name, nameof(name));
        return new DataSectionBuilder(this, AddOpen(BtfKind.DataSection, name, 0));
    }

    /// <summary>Adds a declaration tag, <c>__attribute__((btf_decl_tag("…")))</c> (Linux 5.16).</summary>
    /// <param name="text">The text of the tag.</param>
    /// <param name="target">The id of the structure, union, typedef, variable or function that has it.</param>
    /// <param name="component">
    /// The index of the member or parameter that has the tag, which must have been added before; -1 for the type itself.
    /// </param>
    /// <param name="isAttribute">
    /// Whether the text is a whole attribute, not the argument of <c>btf_decl_tag</c> (Linux 6.14).
    /// </param>
    /// <returns>The id of the new type.</returns>
    public BtfTypeId AddDeclTag(string text, BtfTypeId target, int component = DeclTagType.WholeType, bool isAttribute = false)
    {
        NameRules.CheckText(text, NameRules.Tag, nameof(text));
        uint id = CheckTarget(BtfKind.DeclTag, target, nameof(target));
        if (component < DeclTagType.WholeType || component >= ComponentsOf(id))
        {
            throw new ArgumentOutOfRangeException(
                nameof(component), component, $"Type {id}, of kind {KindOf(id)}, has {ComponentsOf(id)} members or parameters so far.");
        }

        return Add(BtfKind.DeclTag, text, id, flag: isAttribute, words: (uint)component);
    }

    /// <summary>How many members a structure has, or parameters a function.</summary>
    private int ComponentsOf(uint id)
    {
        switch (KindOf(id))
        {
            case BtfKind.Struct or BtfKind.Union:
                return id < _types.FirstId ? ((CompositeType)_base![id]).Members.Length : RecordWords.LengthOf(_types[id]);
            case BtfKind.Function:
                if (id < _types.FirstId) return ((FunctionType)_base![id]).Prototype.Parameters.Length;
                uint prototype = _types[id][2];
                return prototype < _types.FirstId
                    ? ((FunctionPrototypeType)_base![prototype]).Parameters.Length
                    : RecordWords.LengthOf(_types[prototype]);
            default:
                return 0;
        }
    }

    private BtfTypeId Add(BtfKind kind, string name, uint sizeOrType, uint length = 0, bool flag = false, params ReadOnlySpan<uint> words)
    {
        ReadOnlySpan<uint> record = [_strings.Add(name), RecordWords.Info(kind, length, flag), sizeOrType, .. words];
        return new BtfTypeId(_types.Add(record));
    }

    private uint AddOpen(BtfKind kind, string name, uint sizeOrType, bool flag = false) =>
        _types.AddOpen([_strings.Add(name), RecordWords.Info(kind, flag: flag), sizeOrType]);

    private BtfTypeId AddReference(BtfKind kind, string name, BtfTypeId target, bool flag = false)
    {
        uint id = CheckTarget(kind, target, nameof(target));
        return Add(kind, name, id, flag: flag);
    }

    private CompositeBuilder AddComposite(BtfKind kind, string name, bool isPacked)
    {
        NameRules.CheckOptional(name, "a structure or union", nameof(name));
        CompositeBuilder composite = new(this, AddOpen(kind, name, 0), isPacked);
        _composites.Add(composite.Id.Value, composite);
        return composite;
    }
}
