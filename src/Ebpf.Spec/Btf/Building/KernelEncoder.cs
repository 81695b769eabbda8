using System.Runtime.InteropServices;
using Ebpf.Btf.Reading;
using Ebpf.Common;

namespace Ebpf.Btf.Building;

/// <summary>
/// Writes BTF as the kernel accepts it: without what an older kernel would refuse, and with other names where no kernel accepts
/// those of the compiler. Every type keeps its id, since instructions and .BTF.ext refer to it; types that are needed besides follow
/// the last one.
/// </summary>
/// <remarks>The replacements are those of libbpf: each has the length of what it replaces. The names are in a file of their own.</remarks>
internal sealed partial class KernelEncoder
{
    private const string Ksyms = ".ksyms";

    /// <summary>Externs of .ksyms stand in BTF as integers of 4 bytes, whatever they are.</summary>
    private const uint KsymSize = 4;

    private readonly BtfSpec _spec;
    private readonly BtfKernelSupport _support;
    private readonly BtfImage _image;
    private readonly uint[] _types;
    private readonly List<uint> _added = [];
    private readonly Dictionary<uint, uint> _renamedSections = [];
    private StringPool? _strings;
    private uint _intId;
    private uint _ksymId;
    private uint _enum64Id;
    private uint _nextId;

    private KernelEncoder(BtfSpec spec, BtfImage image, BtfKernelSupport support)
    {
        _spec = spec;
        _image = image;

        // A tag on what is rewritten to something that has no tags would be refused.
        const BtfKernelSupport tagged = BtfKernelSupport.Function | BtfKernelSupport.DataSection;
        _support = (support & tagged) == tagged ? support : support & ~BtfKernelSupport.DeclTag;
        _nextId = image.EndId;
        _types = MemoryMarshal.Cast<byte, uint>(image.Types).ToArray();
    }

    /// <summary>Encodes the types of an object.</summary>
    /// <exception cref="BpfException">The BTF has another byte order than this machine, or builds on another one.</exception>
    /// <exception cref="ObjectFormatException">The BTF is malformed.</exception>
    public static byte[] Encode(BtfSpec spec, BtfImage image, BtfKernelSupport support)
    {
        if (image.Swap)
            throw new BpfException($"The BTF is {spec.ByteOrder}, and the kernel of this machine takes only its own byte order.");
        CheckLimits(image);
        if (image.IsSplit) throw new BpfException("Split BTF cannot be loaded: the kernel takes none.");

        KernelEncoder encoder = new(spec, image, support);
        if (image.Has(BtfKind.DataSection)) encoder.PlaceVariables();
        encoder.Rewrite();
        return encoder.Write();
    }

    private static void CheckLimits(BtfImage image)
    {
        if (image.EndId > Limits.MaxKernelTypes + 1)
            throw new BpfException($"The BTF has {image.EndId - 1} types, and the kernel takes {Limits.MaxKernelTypes}: deduplicate it.");
        if (image.Strings.End > Limits.MaxKernelStrings)
            throw new BpfException($"The BTF has {image.Strings.End} bytes of strings, and the kernel takes {Limits.MaxKernelStrings}: deduplicate it.");
    }

    private byte[] Write()
    {
        ReadOnlySpan<byte> strings = _strings is null ? _image.Strings.Bytes : _strings.Bytes;
        return BtfWriter.Write(EndianReader.Host, [.. _types, .. _added], strings, Supports(BtfKernelSupport.Layout) ? _image.Layout : default);
    }

    private uint AddString(string text) => Strings().Add(text);

    private StringPool Strings() => _strings ??= new StringPool(null, _image.Strings.Bytes);

    private uint AddInt(string name, uint size, IntEncoding encoding = IntEncoding.None) =>
        Add([AddString(name), RecordWords.Info(BtfKind.Int), size, ((uint)encoding << 24) | (size * 8)]);

    private uint AddVariable(string name, uint type) =>
        Add([AddString(name), RecordWords.Info(BtfKind.Variable), type, (uint)VariableLinkage.Global]);

    /// <summary>Adds a type behind all others.</summary>
    /// <returns>Its id.</returns>
    private uint Add(ReadOnlySpan<uint> record)
    {
        _added.AddRange(record);
        return _nextId++;
    }

    private bool Supports(BtfKernelSupport feature) => (_support & feature) != 0;

    private bool SupportsTag(BtfKernelSupport kind, ReadOnlySpan<uint> words) =>
        Supports(kind) && ((words[1] & RecordWords.Flag) == 0 || Supports(BtfKernelSupport.AttributeTag));

    private Span<uint> Words(uint id) => _types.AsSpan(_image.OffsetOf(id) / sizeof(uint));

    private static Span<uint> Elements(Span<uint> words) => words[RecordWords.HeadWords..];

    private void PlaceVariables()
    {
        for (uint id = 1; id < _image.EndId; id++)
        {
            if (BtfRecord.KindOf(Words(id)[1]) != BtfKind.DataSection) continue;
            DataSectionType section = (DataSectionType)_spec[id];
            switch (section.Name)
            {
                case Ksyms:
                    ReplaceKsyms(section);
                    break;
                case KconfigLayout.Section when section.Size == 0:
                    PlaceKconfig(section);
                    break;
                default:
                    Sort(Entries(Words(id)));
                    break;
            }
        }
    }

    /// <summary>The section of an object is placed when it is read; that of BTF that was read by itself is not.</summary>
    private void PlaceKconfig(DataSectionType section)
    {
        (uint size, uint[] offsets) = KconfigLayout.Of(section);
        Span<uint> words = Words(section.Id.Value);
        words[2] = size;
        Span<Entry> entries = Entries(words);
        for (int i = 0; i < entries.Length; i++) entries[i].Offset = offsets[i];
        Sort(entries);
    }

    /// <summary>The kernel wants them ascending; compilers write them as the source has them.</summary>
    private static void Sort(Span<Entry> entries) =>
        entries.Sort(static (a, b) => a.Offset != b.Offset ? a.Offset.CompareTo(b.Offset) : a.TypeId.CompareTo(b.TypeId));

    /// <summary>
    /// The kernel knows neither extern variables nor functions in a data section. Their types do not matter to it: the
    /// instructions that use them refer to the kernel's own BTF.
    /// </summary>
    private void ReplaceKsyms(DataSectionType section)
    {
        Span<uint> words = Words(section.Id.Value);
        Span<Entry> entries = Entries(words);
        for (int i = 0; i < entries.Length; i++)
        {
            ref Entry entry = ref entries[i];
            switch (_spec.Find(entry.TypeId))
            {
                case VariableType variable:
                    Words(variable.Id.Value)[2] = IntId();
                    break;
                case FunctionType:
                    entry.TypeId = KsymId();
                    break;
            }

            entry.Offset = (uint)i * KsymSize;
            entry.Size = KsymSize;
        }

        words[2] = (uint)entries.Length * KsymSize;
    }

    private void Rewrite()
    {
        for (uint id = 1; id < _image.EndId; id++)
        {
            Span<uint> words = Words(id);
            switch (BtfRecord.KindOf(words[1]))
            {
                case BtfKind.Function:
                    RewriteFunction(words);
                    break;
                case BtfKind.FunctionPrototype when !Supports(BtfKernelSupport.Function):
                    NameParameters(words, all: true);
                    words[1] = RecordWords.Info(BtfKind.Enum, (uint)BtfRecord.LengthOf(words[1]));
                    words[2] = sizeof(uint);
                    break;
                case BtfKind.Variable:
                    RewriteVariable(words);
                    break;
                case BtfKind.DataSection:
                    RewriteDataSection(words);
                    break;
                case BtfKind.Float when !Supports(BtfKernelSupport.Float):
                    words[0] = 0;
                    words[1] = RecordWords.Info(BtfKind.Struct);
                    break;
                case BtfKind.DeclTag when !SupportsTag(BtfKernelSupport.DeclTag, words):
                    MakeByte(words);
                    break;
                case BtfKind.TypeTag when !SupportsTag(BtfKernelSupport.TypeTag, words):
                    words[0] = 0;
                    words[1] = RecordWords.Info(BtfKind.Const);
                    break;
                case BtfKind.Enum when !Supports(BtfKernelSupport.Enum64):
                    words[1] = RecordWords.Info(BtfKind.Enum, (uint)BtfRecord.LengthOf(words[1]));
                    break;
                case BtfKind.Enum64 when !Supports(BtfKernelSupport.Enum64):
                    RewriteEnum64(words);
                    break;
            }
        }

        // Prototypes get names for parameters when their functions are met, which may be later.
        for (uint id = 1; id < _image.EndId; id++) CleanNames(_types.AsSpan((_image.OffsetOf(id) / sizeof(uint))..(_image.OffsetOf(id + 1) / sizeof(uint))));

        // The kernel refuses BTF without a single type.
        if (_image.OwnCount == 0) IntId();
    }

    private void RewriteFunction(Span<uint> words)
    {
        uint linkage = (uint)BtfRecord.LengthOf(words[1]);

        // No kernel knows extern functions; and those that are not need names for their parameters.
        if (linkage == (uint)FunctionLinkage.Extern) linkage = (uint)FunctionLinkage.Global;
        if (_spec.Find(words[2]) is FunctionPrototypeType prototype) NameParameters(Words(prototype.Id.Value), all: false);

        if (!Supports(BtfKernelSupport.GlobalFunction)) linkage = (uint)FunctionLinkage.Static;
        words[1] = Supports(BtfKernelSupport.Function)
            ? RecordWords.Info(BtfKind.Function, linkage)
            : RecordWords.Info(BtfKind.Typedef);
    }

    /// <param name="words">A prototype.</param>
    /// <param name="all">Whether <c>...</c> gets a name too, since it becomes a value of an enumeration.</param>
    private void NameParameters(Span<uint> words, bool all)
    {
        Span<uint> parameters = Elements(words)[..(BtfRecord.LengthOf(words[1]) * 2)];
        for (int i = 0; i < parameters.Length; i += 2)
        {
            if (parameters[i] == 0 && (all || parameters[i + 1] != 0)) parameters[i] = AddString("param");
        }
    }

    private void RewriteVariable(Span<uint> words)
    {
        if (!Supports(BtfKernelSupport.DataSection))
        {
            MakeByte(words);
            return;
        }

        ref uint linkage = ref Elements(words)[0];
        if (linkage == (uint)VariableLinkage.Extern) linkage = (uint)VariableLinkage.Global;
    }

    private void RewriteDataSection(Span<uint> words)
    {
        if (!Supports(BtfKernelSupport.DataSection))
        {
            words[0] = RenamedSection(words[0], wholeName: true);
            words[1] = RecordWords.Info(BtfKind.Struct, (uint)BtfRecord.LengthOf(words[1]));
            foreach (ref Entry entry in Entries(words))
                entry = new Entry { TypeId = MemberName(entry.TypeId), Offset = entry.TypeId, Size = entry.Offset * 8 };
        }
        else if (!Supports(BtfKernelSupport.QuestionMarkDataSection) && _image.Strings.Tail(words[0])[0] == '?')
        {
            words[0] = RenamedSection(words[0], wholeName: false);
        }
    }

    // Variables that are local to a function are called "function.variable"; members cannot be.
    private uint MemberName(uint variable) =>
        _spec.Find(variable) is { } type && !type.NameUtf8.Contains((byte)'.') ? type.NameOffset : 0;

    private void RewriteEnum64(Span<uint> words)
    {
        if (_enum64Id == 0) _enum64Id = AddInt("enum64_placeholder", 1);
        Span<uint> values = Elements(words)[..(BtfRecord.LengthOf(words[1]) * 3)];
        words[1] = RecordWords.Info(BtfKind.Union, (uint)values.Length / 3);
        for (int i = 0; i < values.Length; i += 3)
        {
            values[i + 1] = _enum64Id;
            values[i + 2] = 0;
        }
    }

    // One byte, as nothing that stands for a variable may be longer than it.
    private static void MakeByte(Span<uint> words)
    {
        words[1] = RecordWords.Info(BtfKind.Int);
        words[2] = 1;
        Elements(words)[0] = 8;
    }

    private uint IntId()
    {
        for (uint id = 1; id < _image.EndId && _intId == 0; id++)
        {
            if (BtfRecord.KindOf(Words(id)[1]) == BtfKind.Int && Words(id)[2] == KsymSize) _intId = id;
        }

        if (_intId == 0) _intId = AddInt("int", KsymSize, IntEncoding.Signed);
        return _intId;
    }

    /// <summary>What stands for a function in a data section; where there are none, in the structure that stands for it.</summary>
    private uint KsymId()
    {
        if (!Supports(BtfKernelSupport.DataSection)) return IntId();
        if (_ksymId == 0) _ksymId = AddVariable("dummy_ksym", IntId());
        return _ksymId;
    }

    private static Span<Entry> Entries(Span<uint> words) =>
        MemoryMarshal.Cast<uint, Entry>(Elements(words)[..(BtfRecord.LengthOf(words[1]) * 3)]);

    /// <summary><c>struct btf_var_secinfo</c>; and, with other meanings, <c>struct btf_member</c>.</summary>
    private struct Entry
    {
        public uint TypeId;
        public uint Offset;
        public uint Size;
    }
}
