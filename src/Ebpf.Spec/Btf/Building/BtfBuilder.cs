using System.Diagnostics;
using Ebpf.Btf.Building;
using Ebpf.Btf.Reading;
using Ebpf.Common;

namespace Ebpf.Btf;

/// <summary>Builds BTF: from nothing, on top of other BTF, or by changing BTF that exists.</summary>
/// <remarks>
/// <para>
/// The <c>Add…</c> methods give every type the next id, by which other types refer to it. Equal types are not merged; see
/// <see cref="BtfSpec.Deduplicate()"/> for that. Names and references are checked when they are given, as the kernel checks them.
/// A structure can be referred to before it has its members, so that lists and trees can be described:
/// </para>
/// <code>
/// BtfBuilder types = new();
/// BtfTypeId u32 = types.AddInt("unsigned int", 4);
/// BtfTypeId text = types.AddArray(types.AddInt("char", 1, IntEncoding.Signed), 16);
/// CompositeBuilder record = types.AddStruct("event").Add("pid", u32).Add("comm", text);
/// record.Add("next", types.AddPointer(record.Id));
/// BtfSpec built = types.Build();
/// </code>
/// <para>Not safe for use by several threads at once.</para>
/// </remarks>
[DebuggerDisplay("Count = {Count}")]
public sealed partial class BtfBuilder
{
    private readonly BtfSpec? _base;
    private readonly BtfSpec? _source;
    private readonly TypeStore _types;
    private readonly StringPool _strings;

    /// <summary>Creates a builder of BTF without a base, in the byte order of this machine.</summary>
    public BtfBuilder()
        : this(EndianReader.Host)
    {
    }

    /// <summary>Creates a builder of BTF without a base.</summary>
    /// <param name="byteOrder">The byte order of the machine that the BTF is for.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="byteOrder"/> is not defined.</exception>
    public BtfBuilder(ByteOrder byteOrder)
    {
        byteOrder.Check(nameof(byteOrder));
        ByteOrder = byteOrder;
        _types = new TypeStore(1);
        _strings = new StringPool(null);
    }

    private BtfBuilder(BtfSpec? baseSpec, BtfSpec? source)
    {
        BtfSpec origin = source ?? baseSpec!;
        _base = baseSpec;
        _source = source;
        ByteOrder = origin.ByteOrder;
        _types = source is null ? new TypeStore((uint)origin.Count) : TypeStore.Of(source);
        _strings = new StringPool(baseSpec?.Strings, source is null ? default : source.Strings.Bytes);
        IncludesLayout = source?.HasLayout ?? false;
    }

    /// <summary>Gets the base of the result; <c>null</c> for BTF that is not split.</summary>
    public BtfSpec? Base => _base;

    /// <summary>
    /// Gets the byte order of the result. Types that are copied from BTF of the other byte order are converted.
    /// </summary>
    public ByteOrder ByteOrder { get; }

    /// <summary>
    /// Gets or sets whether the result has the table of the sizes of kinds (<c>struct btf_layout</c>), with which readers skip kinds
    /// that they do not know. Kernels before Linux 7.1 refuse it; it is left out when the BTF is loaded into one of these.
    /// </summary>
    public bool IncludesLayout { get; set; }

    /// <summary>Gets the number of types, including <c>void</c> and those of the base. It is the id of the next type.</summary>
    public int Count => (int)_types.EndId;

    /// <summary>The types that are built here, and their names.</summary>
    internal TypeStore Types => _types;

    /// <summary>The strings.</summary>
    internal StringPool Strings => _strings;

    /// <summary>Creates a builder of split BTF, like that of a kernel module, whose types can refer to those of a base.</summary>
    /// <param name="baseSpec">The base. Its byte order is that of the result.</param>
    public static BtfBuilder OnTopOf(BtfSpec baseSpec)
    {
        ArgumentNullException.ThrowIfNull(baseSpec);
        return new BtfBuilder(baseSpec, null);
    }

    /// <summary>
    /// Creates a builder with all types of existing BTF, which keep their ids and string offsets, to add and change types.
    /// </summary>
    /// <param name="spec">
    /// The BTF. It is not changed. If it is split, the result has the same base, whose types cannot be changed.
    /// </param>
    /// <exception cref="ObjectFormatException">The BTF has types of an unknown kind.</exception>
    public static BtfBuilder From(BtfSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return new BtfBuilder(spec.Base, spec);
    }

    /// <summary>Adds a string that no type uses, for what refers to the strings of the BTF: <c>.BTF.ext</c>.</summary>
    /// <param name="text">The string.</param>
    /// <returns>The offset of the string in the BTF; if there is an equal string, the offset of that.</returns>
    /// <exception cref="ArgumentException"><paramref name="text"/> contains a zero character.</exception>
    public uint AddString(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException("The string has a zero in it, which ends strings in BTF.", nameof(text));
        return _strings.Add(text);
    }

    /// <summary>Builds the BTF from what has been added so far. The builder can be used further.</summary>
    /// <exception cref="InvalidOperationException">
    /// A member ends outside of its structure, or the BTF would have 2 GiB or more.
    /// </exception>
    public BtfSpec Build()
    {
        foreach (CompositeBuilder composite in _composites.Values) composite.CheckExtent();
        byte[] raw = BtfWriter.Write(ByteOrder, _types.ToWords(), _strings.Bytes, IncludesLayout);
        return BtfSpec.Parse(raw, _base);
    }

    /// <summary>The kind of a type that exists.</summary>
    internal BtfKind KindOf(uint id)
    {
        if (id == 0) return BtfKind.Void;
        return id < _types.FirstId ? _base![id].Kind : RecordWords.KindOf(_types[id]);
    }
}
