using Ebpf.Btf.Reading;

namespace Ebpf.Btf.Printing;

/// <summary>Writes definitions: structures, unions, enumerations, typedefs and functions.</summary>
/// <remarks>Every one comes out of <see cref="CPlan"/>, and so has been checked to be one that C can express.</remarks>
internal sealed partial class CPrinter
{
    private readonly TypeSource _source;
    private readonly CPlan _plan;
    private readonly CNames _names;
    private readonly TextOutput _output;
    private readonly CDeclarations _declarations;
    private readonly bool _hasTags;
    private readonly uint _firstWritten;
    private readonly HashSet<uint> _definedEnums = [];

    public CPrinter(TypeSource source, CWriterOptions options, CPlan plan, CNames names, TextOutput output)
    {
        _source = source;
        _plan = plan;
        _names = names;
        _output = output;
        _declarations = new CDeclarations(source, options.TypeTags, names, output, this);
        _firstWritten = options.IncludeBase ? 1 : source.Types.FirstId;
        _hasTags = options.DeclarationTags && source.Types.Has(BtfKind.DeclTag);
    }

    /// <summary>Writes one type at the outermost level.</summary>
    public void Write(CItem item)
    {
        BtfRecord record = _source.Record(item.Id);
        if (item.DeclareOnly)
        {
            bool isUnion = record.Kind == BtfKind.Union || (record.Kind == BtfKind.Forward && record.KindFlag);
            _output.Write(isUnion ? "union "u8 : "struct "u8);
            _output.Write(_names.Of(item.Id, record.NameOffset));
            _output.Write(";\n\n"u8);
            return;
        }

        switch (record.Kind)
        {
            case BtfKind.Struct or BtfKind.Union:
                WriteComposite(item.Id, record, 0, named: true);
                _output.Write(";\n\n"u8);
                break;
            case BtfKind.Enum or BtfKind.Enum64:
                if (record.NameOffset == 0 && !TryDefineEnum(item.Id)) break;
                bool keywords = AreKeywords(record);
                if (keywords) _output.Write(CText.BeforeC23);
                WriteEnum(item.Id, record, 0);
                _output.Write(keywords ? ";\n"u8 : ";\n\n"u8);
                if (keywords) _output.Write(CText.End);
                break;
            case BtfKind.Typedef:
                WriteTypedef(item.Id, record);
                break;
            case BtfKind.Float:
                WriteFloat(item.Id, record);
                break;
        }
    }

    /// <summary>Writes any type: its definition if it has one, else what C calls it.</summary>
    public void WriteAlone(uint id)
    {
        BtfRecord record = _source.Record(id);
        switch (record.Kind)
        {
            case BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64 or BtfKind.Typedef or BtfKind.Forward:
                Write(new CItem(id, DeclareOnly: record.Kind == BtfKind.Forward));
                break;
            case BtfKind.Function or BtfKind.Variable:
                _declarations.Write(record.SizeOrType, MemberName(record.NameOffset), 0, parameterNames: true);
                _output.Write((byte)';');
                break;
            case BtfKind.DataSection or BtfKind.DeclTag or > BtfKind.Enum64:
                throw new NotSupportedException($"C has nothing for BTF of the kind {record.Kind}.");
            default:
                _declarations.Write(id, default, 0);
                break;
        }
    }

    /// <summary>Writes a kfunc's prototype.</summary>
    public void WriteKernelFunction(KernelFunction function)
    {
        BtfRecord record = _source.Record(function.Id);
        _output.Write("extern "u8);
        if (function.IsFast) _output.Write("__bpf_fastcall "u8);
        _declarations.Write(record.SizeOrType, _source.Text(record.NameOffset), 0, parameterNames: true);
        if (_hasTags) WriteTags(function.Id, -1);
        _output.Write(" __weak __ksym;\n"u8);
    }

    /// <summary>Writes a structure or union without what may follow it.</summary>
    /// <param name="id">The type.</param>
    /// <param name="record">Its record.</param>
    /// <param name="indent">How deep it stands.</param>
    /// <param name="named">Whether its name is written.</param>
    public void WriteComposite(uint id, BtfRecord record, int indent, bool named)
    {
        _output.Write(record.Kind == BtfKind.Union ? "union "u8 : "struct "u8);
        if (named && record.NameOffset != 0)
        {
            _output.Write(_names.Of(id, record.NameOffset));
            _output.Write((byte)' ');
        }

        bool packed = _plan.Layout.IsPacked(id);
        uint alignment = 0;
        if (record.Length == 0 && record.SizeOrType == 0)
        {
            _output.Write("{}"u8);
        }
        else
        {
            _output.Write("{\n"u8);
            if (record.Kind == BtfKind.Union) alignment = WriteUnionMembers(id, record, indent + 1);
            else WriteStructMembers(id, record, indent + 1, packed);
            Indent(indent);
            _output.Write((byte)'}');
        }

        if (packed) _output.Write(" __attribute__((packed))"u8);
        if (alignment != 0)
        {
            _output.Write(" __attribute__((aligned("u8);
            _output.Write(alignment);
            _output.Write(")))"u8);
        }

        if (_hasTags && named) WriteTags(id, -1);
    }

    private void WriteTypedef(uint id, BtfRecord record)
    {
        ReadOnlySpan<byte> name = _names.Of(id, record.NameOffset);
        bool keyword = name.SequenceEqual("bool"u8);
        if (keyword) _output.Write(CText.BeforeC23);
        _output.Write("typedef "u8);
        _declarations.Write(record.SizeOrType, name, 0);
        if (_hasTags) WriteTags(id, -1);
        _output.Write(keyword ? ";\n"u8 : ";\n\n"u8);
        if (keyword) _output.Write(CText.End);
    }

    /// <summary>A number that BPF does not have becomes bytes of the same size and alignment there.</summary>
    private void WriteFloat(uint id, BtfRecord record)
    {
        ReadOnlySpan<byte> name = _names.Of(id, record.NameOffset);
        uint size = record.SizeOrType;
        uint unit = _plan.Layout.Of(id).Alignment;
        _output.Write("#ifdef __bpf__\ntypedef struct { "u8);
        _output.Write(CNumbers.IntegerName([], unit, 0));
        _output.Write(" bits["u8);
        _output.Write(size / unit);
        _output.Write("]; } "u8);
        _output.Write(name);
        _output.Write(";\n#else\ntypedef "u8);
        _output.Write(size == 2 ? "_Float16 "u8 : "long double "u8);
        _output.Write(name);
        _output.Write(";\n#endif\n\n"u8);
    }

    private uint WriteUnionMembers(uint id, BtfRecord record, int indent)
    {
        uint largest = 1;
        ulong end = 0;
        for (int i = 0; i < record.Length; i++)
        {
            MemberRecord member = _source.Member(record, i);
            if (member.IsPadding) continue;
            (uint size, uint alignment) = _plan.Layout.Of(member.TypeId);
            end = Math.Max(end, member.BitSize == 0 ? size : (member.BitSize + 7) / 8);
            largest = Math.Max(largest, alignment);
            WriteMember(id, i, member, indent);
        }

        if (_plan.Layout.IsPacked(id)) largest = 1;
        if (CLayout.IsNaturalSize((uint)end, record.SizeOrType, largest)) return 0;
        uint raised = CLayout.UnionAlignment((uint)end, record.SizeOrType, largest);
        if (raised != largest) return raised;

        // No alignment makes it so large: only a member can.
        Indent(indent);
        _output.Write("unsigned char ___size["u8);
        _output.Write(record.SizeOrType);
        _output.Write("];\n"u8);
        return 0;
    }

    private void WriteStructMembers(uint id, BtfRecord record, int indent, bool packed)
    {
        int[]? order = _plan.Layout.IsUnsorted(id) ? OrderByOffset(record) : null;
        (uint total, uint ownAlignment) = _plan.Layout.Of(id);

        // On arm64 a bit field aligns the structure even if it has no name: those for padding must not ask for more than the rest.
        ulong widest = packed ? 64 : Math.Min(64, 8ul * ownAlignment);
        ulong end = 0;
        for (int i = 0; i < record.Length; i++)
        {
            int index = order is null ? i : order[i];
            MemberRecord member = _source.Member(record, index);
            if (member.IsPadding) continue;
            if (member.BitOffset < end) throw TypeSource.Malformed(id, $"has a member {index} that overlaps another");
            (uint size, uint alignment) = _plan.Layout.Of(member.TypeId);
            ulong unit = 8ul * (packed ? 1 : alignment);
            if (member.BitSize != 0) PadTo(end, member.BitOffset, widest, indent);
            else if ((end + unit - 1) / unit * unit != member.BitOffset) PadTo(end, member.BitOffset, widest, indent);
            WriteMember(id, index, member, indent);
            end = member.BitOffset + (member.BitSize != 0 ? member.BitSize : size * 8ul);
        }

        if ((end + (8ul * ownAlignment) - 1) / (8ul * ownAlignment) * ownAlignment != total)
            PadTo(end, total * 8ul, widest, indent);
    }

    private int[] OrderByOffset(BtfRecord record)
    {
        int[] order = new int[record.Length];
        ulong[] offsets = new ulong[order.Length];
        for (int i = 0; i < order.Length; i++)
        {
            // Those of size 0 may share a place, and stay in order.
            MemberRecord member = _source.Member(record, i);
            uint size = _plan.Layout.Of(member.TypeId).Size;
            order[i] = i;
            offsets[i] = ((ulong)member.BitOffset << 25) | (size == 0 ? 0 : 1ul << 24) | (uint)i;
        }

        Array.Sort(offsets, order);
        return order;
    }

    private void WriteMember(uint parent, int index, MemberRecord member, int indent)
    {
        Indent(indent);
        if (member.NameOffset == 0 && member.BitSize == 0)
        {
            WriteUnnamedMember(parent, index, member.TypeId, indent);
        }
        else
        {
            _declarations.Write(member.TypeId, member.NameOffset == 0 ? default : MemberName(member.NameOffset), indent);
            if (member.BitSize != 0)
            {
                _output.Write(": "u8);
                _output.Write(member.BitSize);
            }
        }

        if (_hasTags) WriteTags(parent, index);
        _output.Write(";\n"u8);
    }

    private void WriteUnnamedMember(uint parent, int index, uint type, int indent)
    {
        uint inner = _source.SkipToComposite(type);
        if (inner == 0) throw TypeSource.Malformed(parent, $"has a member {index} without a name");
        BtfRecord record = _source.Record(inner);
        if (record.NameOffset == 0 && !_source.IsBehindTypedef(type))
        {
            _declarations.Write(type, default, indent);
            return;
        }

        // A type with a name (-fms-extensions) is written out: without a name for the member, C would take it for nothing.
        _declarations.EnterNested();
        WriteComposite(inner, record, indent, named: false);
        _declarations.LeaveNested();
    }

    private ReadOnlySpan<byte> MemberName(uint nameOffset)
    {
        ReadOnlySpan<byte> name = _source.Text(nameOffset);
        if (CIdentifiers.IsName(name)) return name;
        byte[] made = CIdentifiers.MakeName(name);
        return CIdentifiers.IsReserved(made) ? [.. made, .. "___2"u8] : made;
    }

    /// <summary>Fills a hole with bit fields that have no name, none of which crosses the boundary of its type.</summary>
    /// <param name="from">The first bit of the hole.</param>
    /// <param name="to">The bit behind the hole.</param>
    /// <param name="widest">How many bits the widest type may have that is used.</param>
    /// <param name="indent">How deep the lines stand.</param>
    private void PadTo(ulong from, ulong to, ulong widest, int indent)
    {
        while (from < to)
        {
            Indent(indent);
            ulong left = to - from;
            ulong bits = widest;
            while (bits >= 8 && (from % bits != 0 || bits > left)) bits /= 2;
            if (bits < 8) bits = Math.Min(8 - (from % 8), left);
            _output.Write(bits switch
            {
                64 => "long"u8,
                32 => "int"u8,
                16 => "short"u8,
                _ => "char"u8,
            });
            _output.Write(": "u8);
            _output.Write(bits);
            _output.Write(";\n"u8);
            from += bits;
        }
    }

    private void WriteTags(uint id, int component)
    {
        foreach (uint tag in _source.Types.TagIdsOf(id, component))
        {
            BtfRecord record = _source.Record(tag);
            _declarations.WriteAttribute("btf_decl_tag"u8, _source.Text(record.NameOffset), record.KindFlag);
        }
    }

    private void Indent(int depth)
    {
        ReadOnlySpan<byte> tabs = "\t\t\t\t\t\t\t\t"u8;
        for (; depth > tabs.Length; depth -= tabs.Length) _output.Write(tabs);
        _output.Write(tabs[..depth]);
    }
}
