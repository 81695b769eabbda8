using Ebpf.Btf.Reading;
using Ebpf.Btf.Types;
using Ebpf.Common;

namespace Ebpf.Btf.Printing;

/// <summary>Reads types by their ids, without an object for each: a kernel has too many of them.</summary>
internal sealed class TypeSource(BtfSpec types)
{
    private readonly BtfSpec _types = types;

    /// <summary>The types themselves.</summary>
    public BtfSpec Types => _types;

    /// <summary>The id behind the last type.</summary>
    public uint EndId => (uint)_types.Count;

    /// <summary>A limit that the text of sound BTF stays far below: that of a kernel has half the size of its BTF.</summary>
    public long Budget
    {
        get
        {
            long size = 0;
            for (BtfSpec? spec = _types; spec is not null; spec = spec.Base) size += spec.Size;
            return (1 << 22) + (64 * size);
        }
    }

    /// <summary>Whether anything may have a name, as far as the strings tell.</summary>
    /// <param name="terminated">The name with the zero that ends it.</param>
    public bool MayHaveName(ReadOnlySpan<byte> terminated)
    {
        for (BtfStrings? strings = _types.Strings; strings is not null; strings = strings.Base)
        {
            if (strings.Bytes.IndexOf(terminated) >= 0) return true;
        }

        return false;
    }

    /// <summary>The record of a type other than <c>void</c>.</summary>
    /// <exception cref="ObjectFormatException">There is no such type.</exception>
    public BtfRecord Record(uint id)
    {
        if (id - 1 >= EndId - 1) ThrowNoType(id);
        return _types.Record(id);
    }

    /// <summary>What kind of type it is.</summary>
    /// <exception cref="ObjectFormatException">There is no such type.</exception>
    public BtfKind KindOf(uint id) => id == 0 ? BtfKind.Void : Record(id).Kind;

    /// <summary>A string.</summary>
    /// <exception cref="ObjectFormatException">There is none at this place.</exception>
    public ReadOnlySpan<byte> Text(uint offset) => _types.Strings.Utf8(offset);

    /// <summary>A member of a structure or union.</summary>
    public MemberRecord Member(BtfRecord composite, int index) => _types.MemberOf(composite, index);

    /// <summary>The structure or union of a member without a name, behind typedefs and qualifiers; 0 if it is none.</summary>
    public uint SkipToComposite(uint id)
    {
        for (int depth = 0; depth <= Limits.MaxTypeDepth && id != 0; depth++)
        {
            BtfRecord record = Record(id);
            switch (record.Kind)
            {
                case BtfKind.Struct or BtfKind.Union:
                    return id;
                case BtfKind.Typedef or BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag:
                    id = record.SizeOrType;
                    break;
                default:
                    return 0;
            }
        }

        return 0;
    }

    /// <summary>Whether a type that <see cref="SkipToComposite"/> goes through is a typedef, the first behind qualifiers.</summary>
    public bool IsBehindTypedef(uint id)
    {
        BtfRecord record = Record(id);
        while (record.Kind is BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag)
            record = Record(record.SizeOrType);
        return record.Kind == BtfKind.Typedef;
    }

    /// <summary>The error for what cannot be written.</summary>
    public static ObjectFormatException Malformed(uint id, string problem) => new($"type {id} {problem}", BtfHeader.Section);

    private void ThrowNoType(uint id) => _ = _types[id == 0 ? uint.MaxValue : id];
}
