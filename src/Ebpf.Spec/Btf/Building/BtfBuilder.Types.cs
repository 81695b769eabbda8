using Ebpf.Btf.Reading;
using Ebpf.Common;

namespace Ebpf.Btf;

/// <content>One method for each kind of type.</content>
public sealed partial class BtfBuilder
{
    /// <summary>What clang calls the type of the indices of arrays.</summary>
    private const string IndexName = "__ARRAY_SIZE_TYPE__";

    private uint _indexType;

    /// <summary>Adds an integer.</summary>
    /// <param name="name">As C has it: <c>unsigned int</c>.</param>
    /// <param name="size">1, 2, 4, 8 or 16 bytes.</param>
    /// <param name="encoding">Whether it has a sign, is a character or a truth value.</param>
    /// <returns>The id.</returns>
    public uint AddInt(string name, uint size, IntEncoding encoding = IntEncoding.None)
    {
        NameRules.CheckText(name, "an integer", nameof(name));
        if (size is not (1 or 2 or 4 or 8 or 16))
            throw new ArgumentOutOfRangeException(nameof(size), size, "Integers have 1, 2, 4, 8 or 16 bytes.");
        if (encoding is not (IntEncoding.None or IntEncoding.Signed or IntEncoding.Char or IntEncoding.Bool))
            throw new ArgumentOutOfRangeException(nameof(encoding), encoding, "The kernel takes one of the encodings, or none.");
        return Add(BtfKind.Int, name, size, words: ((uint)encoding << 24) | (size * 8));
    }

    /// <summary>Adds a floating-point number (Linux 5.13).</summary>
    /// <param name="name">As C has it: <c>double</c>.</param>
    /// <param name="size">2, 4, 8, 12 or 16 bytes.</param>
    /// <returns>The id.</returns>
    public uint AddFloat(string name, uint size)
    {
        NameRules.CheckText(name, "a floating-point number", nameof(name));
        if (size is not (2 or 4 or 8 or 12 or 16))
            throw new ArgumentOutOfRangeException(nameof(size), size, "Floating-point numbers have 2, 4, 8, 12 or 16 bytes.");
        return Add(BtfKind.Float, name, size);
    }

    /// <summary>Adds a pointer.</summary>
    /// <param name="target">The id of what it points to; 0 for <c>void *</c>.</param>
    /// <returns>The id.</returns>
    public uint AddPointer(uint target) => AddReference(BtfKind.Pointer, "", target);

    /// <summary>Adds a type with <c>const</c>.</summary>
    /// <param name="target">The id of the type that is qualified.</param>
    /// <returns>The id.</returns>
    public uint AddConst(uint target) => AddReference(BtfKind.Const, "", target);

    /// <summary>Adds a type with <c>volatile</c>.</summary>
    /// <param name="target">The id of the type that is qualified.</param>
    /// <returns>The id.</returns>
    public uint AddVolatile(uint target) => AddReference(BtfKind.Volatile, "", target);

    /// <summary>Adds a type with <c>restrict</c>.</summary>
    /// <param name="target">The id of the type that is qualified.</param>
    /// <returns>The id.</returns>
    public uint AddRestrict(uint target) => AddReference(BtfKind.Restrict, "", target);

    /// <summary>Adds a type with <c>__attribute__((btf_type_tag("…")))</c> (Linux 5.17).</summary>
    /// <param name="text">What the tag says.</param>
    /// <param name="target">The id of the type that has it.</param>
    /// <param name="isAttribute">Whether the text is a whole attribute of its own (Linux 6.14).</param>
    /// <returns>The id.</returns>
    public uint AddTypeTag(string text, uint target, bool isAttribute = false)
    {
        NameRules.CheckText(text, NameRules.Tag, nameof(text));
        return AddReference(BtfKind.TypeTag, text, target, isAttribute);
    }

    /// <summary>Adds another name for a type.</summary>
    /// <param name="name">The name.</param>
    /// <param name="target">The id of the type that it names.</param>
    /// <returns>The id.</returns>
    public uint AddTypedef(string name, uint target)
    {
        NameRules.CheckIdentifier(name, "a typedef", nameof(name));
        return AddReference(BtfKind.Typedef, name, target);
    }

    /// <summary>Adds an array; one of several dimensions is an array of arrays.</summary>
    /// <param name="element">The id of the type of an element.</param>
    /// <param name="length">How many there are; 0 for a flexible array at the end of a structure.</param>
    /// <param name="index">The id of the integer that C uses for indices; 0 for an integer made for all arrays.</param>
    /// <returns>The id.</returns>
    public uint AddArray(uint element, uint length, uint index = 0)
    {
        Check(element, nameof(element));
        Check(index, nameof(index));
        if (element == 0) throw new ArgumentException("There are no arrays of void.", nameof(element));
        if (index == 0)
        {
            if (_indexType == 0) _indexType = AddInt(IndexName, sizeof(uint));
            index = _indexType;
        }

        return Add(BtfKind.Array, "", 0, words: [element, index, length]);
    }

    /// <summary>Adds a structure without members, which the result takes; until then it can be referred to.</summary>
    /// <param name="name">The name; empty for one without.</param>
    /// <param name="isPacked">Whether members follow each other without padding, as with <c>__attribute__((packed))</c>.</param>
    public CompositeBuilder AddStruct(string name = "", bool isPacked = false) => AddComposite(BtfKind.Struct, name, isPacked);

    /// <summary>Adds a union without members, which the result takes; until then it can be referred to.</summary>
    /// <param name="name">The name; empty for one without.</param>
    /// <param name="isPacked">Whether it needs no alignment, as with <c>__attribute__((packed))</c>.</param>
    public CompositeBuilder AddUnion(string name = "", bool isPacked = false) => AddComposite(BtfKind.Union, name, isPacked);

    /// <summary>Adds a structure or union of which only the name is known.</summary>
    /// <param name="name">The name.</param>
    /// <param name="isUnion">Whether it is a union.</param>
    /// <returns>The id.</returns>
    public uint AddForward(string name, bool isUnion = false)
    {
        NameRules.CheckIdentifier(name, "a forward declaration", nameof(name));
        return Add(BtfKind.Forward, name, 0, flag: isUnion);
    }

    /// <summary>Adds an enumeration without values, which the result takes.</summary>
    /// <param name="name">The name; empty for one without.</param>
    /// <param name="size">1, 2 or 4 bytes; with 8 it is of the kind <see cref="BtfKind.Enum64"/> (Linux 6.0).</param>
    /// <param name="isSigned">Whether values can be negative (Linux 6.0 tells them apart).</param>
    public EnumBuilder AddEnum(string name = "", uint size = 4, bool isSigned = false)
    {
        NameRules.CheckOptional(name, "an enumeration", nameof(name));
        if (size is not (1 or 2 or 4 or 8))
            throw new ArgumentOutOfRangeException(nameof(size), size, "Enumerations have 1, 2, 4 or 8 bytes.");
        return new EnumBuilder(this, AddOpen(size == 8 ? BtfKind.Enum64 : BtfKind.Enum, name, size, isSigned));
    }

    /// <summary>Adds what a function takes and returns; the result takes the parameters.</summary>
    /// <param name="returns">The id of what it returns; 0 for nothing.</param>
    public FunctionPrototypeBuilder AddFunctionPrototype(uint returns = 0)
    {
        Check(returns, nameof(returns));
        return new FunctionPrototypeBuilder(this, AddOpen(BtfKind.FunctionPrototype, "", returns));
    }

    /// <summary>Adds a function.</summary>
    /// <param name="name">The name.</param>
    /// <param name="prototype">The id of what it takes and returns.</param>
    /// <param name="linkage">Who can call it.</param>
    /// <returns>The id.</returns>
    public uint AddFunction(string name, uint prototype, FunctionLinkage linkage = FunctionLinkage.Static)
    {
        NameRules.CheckIdentifier(name, "a function", nameof(name));
        CheckLinkage((uint)linkage, nameof(linkage));
        Check(prototype, nameof(prototype));
        if (KindOf(prototype) != BtfKind.FunctionPrototype)
            throw new ArgumentException($"Type {prototype} is no prototype of a function.", nameof(prototype));
        return Add(BtfKind.Function, name, prototype, (uint)linkage);
    }

    /// <summary>Adds a global variable.</summary>
    /// <param name="name">The name.</param>
    /// <param name="type">The id of the type of its value.</param>
    /// <param name="linkage">Who can use it.</param>
    /// <returns>The id.</returns>
    public uint AddVariable(string name, uint type, VariableLinkage linkage = VariableLinkage.Global)
    {
        NameRules.CheckIdentifier(name, "a variable", nameof(name));
        CheckLinkage((uint)linkage, nameof(linkage));
        Check(type, nameof(type));
        return Add(BtfKind.Variable, name, type, words: (uint)linkage);
    }

    /// <summary>Adds a section of variables, which the result takes.</summary>
    /// <param name="name">The name of the section: <c>.data</c>.</param>
    public DataSectionBuilder AddDataSection(string name)
    {
        NameRules.CheckSection(name, nameof(name));
        return new DataSectionBuilder(this, AddOpen(BtfKind.DataSection, name, 0));
    }

    /// <summary>Adds a declaration tag, <c>__attribute__((btf_decl_tag("…")))</c> (Linux 5.16).</summary>
    /// <param name="text">What the tag says.</param>
    /// <param name="target">The id of the structure, union, typedef, variable or function that has it.</param>
    /// <param name="component">Which of its members or parameters has it, from 0; -1 for itself.</param>
    /// <param name="isAttribute">Whether the text is a whole attribute of its own (Linux 6.14).</param>
    /// <returns>The id.</returns>
    public uint AddDeclTag(string text, uint target, int component = DeclTagType.WholeType, bool isAttribute = false)
    {
        NameRules.CheckText(text, NameRules.Tag, nameof(text));
        Check(target, nameof(target));
        ArgumentOutOfRangeException.ThrowIfLessThan(component, DeclTagType.WholeType);
        BtfKind kind = KindOf(target);
        if (kind is not (BtfKind.Struct or BtfKind.Union or BtfKind.Typedef or BtfKind.Variable or BtfKind.Function))
            throw new ArgumentException($"Type {target} cannot have a tag: it is of kind {kind}.", nameof(target));
        if (component != DeclTagType.WholeType && kind is BtfKind.Typedef or BtfKind.Variable)
            throw new ArgumentException($"Type {target} is of kind {kind} and has no components.", nameof(component));
        return Add(BtfKind.DeclTag, text, target, flag: isAttribute, words: (uint)component);
    }

    private static void CheckLinkage(uint linkage, string parameter)
    {
        if (linkage > (uint)FunctionLinkage.Extern) throw new ArgumentOutOfRangeException(parameter, linkage, "There is no such linkage.");
    }

    private uint Add(BtfKind kind, string name, uint sizeOrType, uint length = 0, bool flag = false, params ReadOnlySpan<uint> words)
    {
        ReadOnlySpan<uint> record = [_strings.Add(name), RecordFields.Info(kind, length, flag), sizeOrType, .. words];
        return _types.Add(record);
    }

    private uint AddOpen(BtfKind kind, string name, uint sizeOrType, bool flag = false) =>
        _types.AddOpen([_strings.Add(name), RecordFields.Info(kind, flag: flag), sizeOrType]);

    private uint AddReference(BtfKind kind, string name, uint target, bool flag = false)
    {
        Check(target, nameof(target));
        return Add(kind, name, target, flag: flag);
    }

    private CompositeBuilder AddComposite(BtfKind kind, string name, bool isPacked)
    {
        NameRules.CheckOptional(name, "a structure or union", nameof(name));
        CompositeBuilder composite = new(this, AddOpen(kind, name, 0), isPacked);
        _composites.Add(composite.Id, composite);
        return composite;
    }
}
