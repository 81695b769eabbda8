using System.Buffers.Binary;
using System.Text;
using Ebpf.Btf;

namespace Ebpf.Spec.Tests.Btf;

/// <summary>Writes BTF by hand, right or wrong.</summary>
internal sealed class BtfBlob(ByteOrder order = ByteOrder.LittleEndian, uint firstId = 1, uint firstString = 0)
{
    private readonly List<byte> _types = [];
    private readonly List<byte> _strings = firstString == 0 ? [0] : [];
    private readonly Dictionary<string, uint> _offsets = [];
    private uint _nextId = firstId;

    public ByteOrder Order => order;

    public uint NextId => _nextId;

    public uint EndOfStrings => firstString + (uint)_strings.Count;

    /// <summary>Any type: its head, and the words that follow it.</summary>
    public uint Add(int kind, string name, uint sizeOrType, uint length = 0, bool flag = false, params uint[] words)
    {
        Write(_types, String(name));
        Write(_types, ((uint)kind << 24) | length | (flag ? 1u << 31 : 0));
        Write(_types, sizeOrType);
        foreach (uint word in words) Write(_types, word);
        return _nextId++;
    }

    public uint Add(BtfKind kind, string name, uint sizeOrType, uint length = 0, bool flag = false, params uint[] words) =>
        Add((int)kind, name, sizeOrType, length, flag, words);

    /// <param name="encoding">1 signed, 2 char, 4 bool.</param>
    public uint Int(string name, uint size, uint encoding = 0, uint? bits = null, uint offset = 0) =>
        Add(BtfKind.Int, name, size, words: (encoding << 24) | (offset << 16) | (bits ?? (size * 8)));

    public uint Pointer(uint target) => Add(BtfKind.Pointer, "", target);

    public uint Array(uint element, uint index, uint length) => Add(BtfKind.Array, "", 0, words: [element, index, length]);

    public uint Typedef(string name, uint target) => Add(BtfKind.Typedef, name, target);

    public uint Const(uint target) => Add(BtfKind.Const, "", target);

    public uint Struct(string name, uint size, params (string Name, uint Type, uint BitOffset)[] members) =>
        Composite(BtfKind.Struct, name, size, false, members);

    public uint Composite(
        BtfKind kind, string name, uint size, bool flag, params (string Name, uint Type, uint BitOffset)[] members) =>
        Add(
            kind,
            name,
            size,
            (uint)members.Length,
            flag,
            [.. members.SelectMany(member => new[] { String(member.Name), member.Type, member.BitOffset })]);

    public uint Enum(string name, bool signed, params (string Name, int Value)[] values) =>
        Add(
            BtfKind.Enum,
            name,
            4,
            (uint)values.Length,
            signed,
            [.. values.SelectMany(value => new[] { String(value.Name), (uint)value.Value })]);

    public uint Enum64(string name, bool signed, params (string Name, ulong Value)[] values) =>
        Add(
            BtfKind.Enum64,
            name,
            8,
            (uint)values.Length,
            signed,
            [.. values.SelectMany(value => new[] { String(value.Name), (uint)value.Value, (uint)(value.Value >> 32) })]);

    public uint Prototype(uint returns, params (string Name, uint Type)[] parameters) =>
        Add(
            BtfKind.FunctionPrototype,
            "",
            returns,
            (uint)parameters.Length,
            false,
            [.. parameters.SelectMany(parameter => new[] { String(parameter.Name), parameter.Type })]);

    public uint Function(string name, uint prototype, FunctionLinkage linkage) =>
        Add(BtfKind.Function, name, prototype, (uint)linkage);

    public uint Variable(string name, uint type, VariableLinkage linkage) =>
        Add(BtfKind.Variable, name, type, words: (uint)linkage);

    public uint DataSection(string name, uint size, params (uint Type, uint Offset, uint Size)[] entries) =>
        Add(
            BtfKind.DataSection,
            name,
            size,
            (uint)entries.Length,
            false,
            [.. entries.SelectMany(entry => new[] { entry.Type, entry.Offset, entry.Size })]);

    public uint DeclTag(string text, uint target, int component = -1) =>
        Add(BtfKind.DeclTag, text, target, words: (uint)component);

    /// <summary>The offset of a string, which is added if it is not there.</summary>
    public uint String(string text)
    {
        if (text.Length == 0) return 0;
        if (_offsets.TryGetValue(text, out uint offset)) return offset;
        offset = EndOfStrings;
        _strings.AddRange(Encoding.UTF8.GetBytes(text));
        _strings.Add(0);
        _offsets.Add(text, offset);
        return offset;
    }

    /// <param name="header">The length of the header; from 32 on it has the layout.</param>
    /// <param name="layout">The sizes of kinds, 4 bytes each.</param>
    public byte[] Build(int header = 24, byte[]? layout = null)
    {
        layout ??= [];
        List<byte> blob = [.. order == ByteOrder.LittleEndian ? (byte[])[0x9f, 0xeb] : [0xeb, 0x9f], 1, 0];
        Write(blob, (uint)header);
        Write(blob, 0);
        Write(blob, (uint)_types.Count);
        Write(blob, (uint)(_types.Count + layout.Length));
        Write(blob, (uint)_strings.Count);
        if (header >= 32)
        {
            Write(blob, (uint)_types.Count);
            Write(blob, (uint)layout.Length);
        }

        while (blob.Count < header) blob.Add(0);
        return [.. blob, .. _types, .. layout, .. _strings];
    }

    public BtfSpec Parse(BtfSpec? baseSpec = null) => BtfSpec.Parse(Build(), baseSpec);

    public void Write(List<byte> bytes, uint value)
    {
        byte[] word = new byte[4];
        if (order == ByteOrder.LittleEndian) BinaryPrimitives.WriteUInt32LittleEndian(word, value);
        else BinaryPrimitives.WriteUInt32BigEndian(word, value);
        bytes.AddRange(word);
    }

    /// <summary>BTF with every kind in it, as a compiler could have written it.</summary>
    public static BtfBlob WithEverything(ByteOrder order)
    {
        BtfBlob blob = new(order);
        uint number = blob.Int("int", 4, 1);
        uint character = blob.Int("char", 1, 1);
        uint text = blob.Array(character, number, 16);
        uint pair = blob.Struct("pair", 24, ("key", number, 0), ("comm", text, 32), ("", number, 160));
        uint flags = blob.Composite(BtfKind.Struct, "flags", 4, true, ("low", number, 3u << 24), ("high", number, (5u << 24) | 3));
        blob.Composite(BtfKind.Union, "either", 24, false, ("pair", pair, 0), ("flags", flags, 0));
        uint alias = blob.Typedef("u32", number);
        uint constant = blob.Const(alias);
        uint fixedNumber = blob.Add(BtfKind.Volatile, "", constant);
        uint pointer = blob.Pointer(blob.Add(BtfKind.Restrict, "", fixedNumber));
        uint prototype = blob.Prototype(number, ("ctx", pointer), ("", 0));
        uint function = blob.Function("main", prototype, FunctionLinkage.Global);
        blob.Enum("color", true, ("RED", -1), ("GREEN", 1));
        blob.Enum64("wide", false, ("HUGE", ulong.MaxValue));
        blob.Add(BtfKind.Forward, "later", 0, flag: true);
        uint real = blob.Add(BtfKind.Float, "double", 8);
        uint tagged = blob.Add(BtfKind.TypeTag, "user", real);
        blob.Pointer(tagged);
        uint variable = blob.Variable("counter", alias, VariableLinkage.Global);
        uint ksym = blob.Variable("bpf_prog_active", blob.Const(0), VariableLinkage.Extern);
        uint kfunc = blob.Function("bpf_kfunc", prototype, FunctionLinkage.Extern);
        uint config = blob.Variable("CONFIG_HZ", number, VariableLinkage.Extern);
        blob.DataSection(".bss", 0, (variable, 0, 4));
        blob.DataSection(".ksyms", 0, (ksym, 0, 0), (kfunc, 0, 0));
        blob.DataSection(".kconfig", 0, (config, 0, 4));
        blob.DeclTag("whole", pair);
        blob.DeclTag("member", pair, 1);
        blob.DeclTag("arg:nonnull", function, 0);
        return blob;
    }
}
