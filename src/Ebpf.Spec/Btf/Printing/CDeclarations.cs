using Ebpf.Btf.Reading;
using Ebpf.Common;

namespace Ebpf.Btf.Printing;

/// <summary>Writes declarations: what stands around a name to give it a type.</summary>
internal sealed class CDeclarations(
    TypeSource source, bool typeTags, CNames names, TextOutput output, CPrinter definitions)
{
    // What leads from the names that are being declared to the types that have names, the innermost declaration last.
    private readonly List<Step> _chain = [];
    private int _nesting;

    /// <summary>Writes a type, around a name unless that is empty.</summary>
    /// <param name="id">The type.</param>
    /// <param name="name">The name.</param>
    /// <param name="indent">How deep the line stands.</param>
    /// <param name="parameterNames">Whether parameters have their names, if it is a function.</param>
    public void Write(uint id, scoped ReadOnlySpan<byte> name, int indent, bool parameterNames = false)
    {
        EnterNested();
        int start = _chain.Count;
        uint named = Follow(id, start, out int qualifiers);
        WriteNamed(named, start, qualifiers, indent);
        WriteDeclarator(start, qualifiers, name, indent, parameterNames);
        _chain.RemoveRange(start, _chain.Count - start);
        LeaveNested();
    }

    /// <summary>Goes one level deeper; a bound, as the levels are on the stack.</summary>
    public void EnterNested()
    {
        if (++_nesting > Limits.MaxDeclarationNesting)
            throw new ObjectFormatException($"types without names are nested more than {Limits.MaxDeclarationNesting} deep", BtfHeader.Section);
    }

    /// <summary>Leaves the level that <see cref="EnterNested"/> has entered.</summary>
    public void LeaveNested() => _nesting--;

    /// <summary>Writes an attribute with a text of its own, or one whose text is all of it.</summary>
    public void WriteAttribute(ReadOnlySpan<byte> attribute, ReadOnlySpan<byte> text, bool whole)
    {
        if (whole)
        {
            if (!IsAttribute(text)) return;
            output.Write(" __attribute__(("u8);
            output.Write(text);
            output.Write("))"u8);
            return;
        }

        output.Write(" __attribute__(("u8);
        output.Write(attribute);
        output.Write("(\""u8);
        foreach (byte c in text)
        {
            if (c is >= 0x20 and < 0x7f and not ((byte)'"' or (byte)'\\' or (byte)'?'))
            {
                output.Write(c);
                continue;
            }

            output.Write([(byte)'\\', (byte)('0' + (c >> 6)), (byte)('0' + (c >> 3 & 7)), (byte)('0' + (c & 7))]);
        }

        output.Write("\")))"u8);
    }

    /// <summary>Collects what stands between a name and the type at the end, which it returns.</summary>
    private uint Follow(uint id, int start, out int qualifiers)
    {
        qualifiers = start;
        while (id != 0)
        {
            BtfRecord record = source.Record(id);
            switch (record.Kind)
            {
                case BtfKind.Pointer:
                    _chain.Add(new Step(id, record.Kind));
                    qualifiers = _chain.Count;
                    break;
                case BtfKind.Array:
                    // The qualifiers of an array are those of its elements.
                    _chain.Insert(qualifiers++, new Step(id, record.Kind));
                    id = record.Word(0);
                    Check(id, start);
                    continue;
                case BtfKind.FunctionPrototype:
                    // Those of a function mean nothing; GCC so marks what does not return.
                    _chain.RemoveRange(qualifiers, _chain.Count - qualifiers);
                    _chain.Add(new Step(id, record.Kind));
                    qualifiers = _chain.Count;
                    break;
                case BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict:
                    if (!IsRepeated(qualifiers, record.Kind)) _chain.Add(new Step(id, record.Kind));
                    break;
                case BtfKind.TypeTag:
                    if (typeTags) _chain.Add(new Step(id, record.Kind));
                    break;
                default:
                    return id;
            }

            id = record.SizeOrType;
            Check(id, start);
        }

        return 0;
    }

    private void Check(uint id, int start)
    {
        output.Spend(1);
        if (_chain.Count - start > Limits.MaxDeclarationChain)
            throw TypeSource.Malformed(id, $"is behind more than {Limits.MaxDeclarationChain} pointers, arrays and qualifiers");
    }

    private bool IsRepeated(int from, BtfKind kind)
    {
        for (int i = from; i < _chain.Count; i++)
        {
            if (_chain[i].Kind == kind) return true;
        }

        return false;
    }

    /// <summary>Writes the type at the end, with its qualifiers.</summary>
    private void WriteNamed(uint id, int start, int qualifiers, int indent)
    {
        BtfKind kind = source.KindOf(id);
        bool tagged = false;
        for (int i = qualifiers; i < _chain.Count; i++)
        {
            tagged |= _chain[i].Kind == BtfKind.TypeTag;

            // Only pointers are restricted, and a typedef can be one.
            if (_chain[i].Kind == BtfKind.Restrict && kind != BtfKind.Typedef) continue;
            output.Write(Word(_chain[i].Kind));
            if (_chain[i].Kind != BtfKind.TypeTag) output.Write((byte)' ');
        }

        WriteName(id, kind, start, indent);
        if (!tagged) return;
        for (int i = _chain.Count - 1; i >= qualifiers; i--) WriteTypeTag(_chain[i]);
    }

    private void WriteName(uint id, BtfKind kind, int start, int indent)
    {
        if (id == 0)
        {
            output.Write("void"u8);
            return;
        }

        BtfRecord record = source.Record(id);
        switch (kind)
        {
            case BtfKind.Int:
                WriteInteger(id, source.Text(record.NameOffset), record.SizeOrType, record.Word(0));
                break;
            case BtfKind.Float when CNumbers.IsFloatForBpf(record.SizeOrType):
                output.Write(CNumbers.FloatName(record.SizeOrType));
                break;
            case BtfKind.Float or BtfKind.Typedef:
                output.Write(names.Of(id, record.NameOffset));
                break;
            case BtfKind.Struct or BtfKind.Union when record.NameOffset == 0:
                definitions.WriteComposite(id, record, indent, named: true);
                break;
            case BtfKind.Struct or BtfKind.Union or BtfKind.Forward:
                bool isUnion = kind == BtfKind.Union || (kind == BtfKind.Forward && record.KindFlag);
                output.Write(isUnion ? "union "u8 : "struct "u8);
                output.Write(names.Of(id, record.NameOffset));
                break;
            case BtfKind.Enum or BtfKind.Enum64:
                WriteEnumName(id, record, start, indent);
                break;
            default:
                throw TypeSource.Malformed(id, $"of kind {(int)kind} is used as a type");
        }
    }

    private void WriteEnumName(uint id, BtfRecord record, int start, int indent)
    {
        bool complete = record.Length > 0 || IsPointedAt(start);
        if (record.NameOffset != 0 && complete)
        {
            output.Write("enum "u8);
            output.Write(names.Of(id, record.NameOffset));
        }
        else if (record.NameOffset == 0 && record.Length > 0 && definitions.TryDefineEnum(id))
        {
            definitions.WriteEnum(id, record, indent);
        }
        else
        {
            // C cannot name it a second time, or not use it before it is complete.
            WriteInteger(id, [], record.SizeOrType, record.KindFlag ? 1u << 24 : 0);
        }
    }

    private bool IsPointedAt(int start)
    {
        for (int i = start; i < _chain.Count; i++)
        {
            if (_chain[i].Kind is BtfKind.Pointer) return true;
        }

        return false;
    }

    private void WriteInteger(uint id, ReadOnlySpan<byte> name, uint size, uint encoding)
    {
        ReadOnlySpan<byte> inC = CNumbers.IntegerName(name, size, encoding);
        if (inC.IsEmpty) throw TypeSource.Malformed(id, $"is an integer of {size} bytes");
        output.Write(inC);
    }

    /// <summary>Writes what stands around the name, from the type at the end outwards to the left, and back on the right.</summary>
    private void WriteDeclarator(int start, int end, scoped ReadOnlySpan<byte> name, int indent, bool parameterNames)
    {
        bool space = true;
        for (int i = end - 1; i >= start; i--)
        {
            Step step = _chain[i];
            switch (step.Kind)
            {
                case BtfKind.Pointer:
                    if (space) output.Write((byte)' ');
                    output.Write((byte)'*');
                    space = false;
                    break;
                case BtfKind.Array or BtfKind.FunctionPrototype:
                    if (!IsInParentheses(i, start)) break;
                    output.Write(space ? " ("u8 : "("u8);
                    space = false;
                    break;
                case BtfKind.TypeTag:
                    WriteTypeTag(step);
                    space = true;
                    break;
                default:
                    if (space) output.Write((byte)' ');
                    output.Write(Word(step.Kind));
                    space = true;
                    break;
            }
        }

        if (!name.IsEmpty)
        {
            if (space) output.Write((byte)' ');
            output.Write(name);
        }

        for (int i = start; i < end; i++)
        {
            Step step = _chain[i];
            if (step.Kind is not (BtfKind.Array or BtfKind.FunctionPrototype)) continue;
            if (IsInParentheses(i, start)) output.Write((byte)')');
            BtfKind inner = i + 1 < end ? _chain[i + 1].Kind : BtfKind.Void;
            if (inner == BtfKind.FunctionPrototype || (inner == BtfKind.Array && step.Kind == BtfKind.FunctionPrototype))
                throw TypeSource.Malformed(step.Id, "is an array of functions, or a function that returns one");
            BtfRecord record = source.Record(step.Id);
            if (step.Kind == BtfKind.Array)
            {
                output.Write((byte)'[');
                output.Write(record.Word(2));
                output.Write((byte)']');
            }
            else
            {
                WriteParameters(step.Id, record, indent, parameterNames && i == start);
            }
        }
    }

    // Pointers bind less than arrays and parameters.
    private bool IsInParentheses(int i, int start) =>
        i > start && _chain[i - 1].Kind is not (BtfKind.Array or BtfKind.FunctionPrototype);

    private void WriteParameters(uint id, BtfRecord record, int indent, bool parameterNames)
    {
        output.Write((byte)'(');
        if (record.Length == 0) output.Write("void"u8);
        for (int i = 0; i < record.Length; i++)
        {
            uint name = record.Word(i * 2);
            uint type = record.Word((i * 2) + 1);
            if (type == 0)
            {
                if (i != record.Length - 1 || name != 0) throw TypeSource.Malformed(id, $"has a parameter {i} of type void");

                // Nothing but "..." is what compilers write for a function that was declared without a prototype.
                if (i > 0) output.Write(", ..."u8);
                break;
            }

            if (i > 0) output.Write(", "u8);
            ReadOnlySpan<byte> text = parameterNames && name != 0 ? source.Text(name) : default;
            Write(type, CIdentifiers.IsName(text) ? text : default, indent);
        }

        output.Write((byte)')');
    }

    private void WriteTypeTag(Step step)
    {
        if (step.Kind != BtfKind.TypeTag) return;
        BtfRecord record = source.Record(step.Id);
        WriteAttribute("btf_type_tag"u8, source.Text(record.NameOffset), record.KindFlag);
    }

    private static ReadOnlySpan<byte> Word(BtfKind kind) => kind switch
    {
        BtfKind.Const => "const"u8,
        BtfKind.Volatile => "volatile"u8,
        BtfKind.Restrict => "restrict"u8,
        _ => default,
    };

    /// <summary>Whether a text is names and numbers in brackets that match, and cannot end the attribute around it.</summary>
    private static bool IsAttribute(ReadOnlySpan<byte> text)
    {
        int depth = 0;
        foreach (byte c in text)
        {
            if (c == (byte)'(') depth++;
            else if (c == (byte)')' && --depth < 0) return false;
            else if (!char.IsAsciiLetterOrDigit((char)c) && c is not ((byte)'_' or (byte)')' or (byte)',' or (byte)' ')) return false;
        }

        return depth == 0 && text.Length > 0;
    }

    private readonly record struct Step(uint Id, BtfKind Kind);
}
