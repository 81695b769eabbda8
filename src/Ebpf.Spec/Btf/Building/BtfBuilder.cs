using System.Diagnostics;
using Ebpf.Btf.Building;
using Ebpf.Btf.Reading;
using Ebpf.Common;

namespace Ebpf.Btf;

/// <summary>Makes BTF: from nothing, on top of another one, or by changing one that exists.</summary>
/// <remarks>
/// <para>
/// <c>Add…</c> gives every type the next id, which other types then refer to; 0 is <c>void</c>. Nothing is merged: what is
/// added twice is there twice, see <see cref="BtfSpec.Deduplicate()"/>. Names and ids are checked as the kernel checks
/// them, when they are given. A structure can be referred to before it has its members, so that lists and trees can be made:
/// </para>
/// <code>
/// BtfBuilder types = new();
/// uint u32 = types.AddInt("unsigned int", 4);
/// uint text = types.AddArray(types.AddInt("char", 1, IntEncoding.Signed), 16);
/// CompositeBuilder record = types.AddStruct("event").Add("pid", u32).Add("comm", text);
/// record.Add("next", types.AddPointer(record.Id));
/// BtfSpec built = types.Build();
/// </code>
/// <para>Not safe for use by several threads at once.</para>
/// </remarks>
[DebuggerDisplay("Count = {Count}")]
public sealed partial class BtfBuilder
{
    /// <summary>The most elements that a type can have: 24 bits since Linux 7.1. Kernels before take 65,535.</summary>
    internal const int MostElements = 0xff_ffff;

    private readonly BtfSpec? _base;
    private readonly BtfSpec? _source;
    private readonly TypeStore _types;
    private readonly StringPool _strings;

    /// <summary>Begins BTF of its own, in the byte order of this machine.</summary>
    public BtfBuilder()
        : this(EndianReader.Host)
    {
    }

    /// <summary>Begins BTF of its own.</summary>
    /// <param name="byteOrder">The byte order of the machine that it is for.</param>
    public BtfBuilder(ByteOrder byteOrder)
    {
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

    /// <summary>What the result builds on; <c>null</c> if it stands by itself.</summary>
    public BtfSpec? Base => _base;

    /// <summary>The byte order of the result. Copied types are turned round where theirs is another.</summary>
    public ByteOrder ByteOrder { get; }

    /// <summary>
    /// Whether the result has the table of the sizes of kinds, with which readers step over kinds that they do not know.
    /// Kernels before Linux 7.1 refuse it; it is left out where the types are loaded for one.
    /// </summary>
    public bool IncludesLayout { get; set; }

    /// <summary>How many types there are, <c>void</c> and the base's included: the id of the next one.</summary>
    public int Count => (int)_types.EndId;

    /// <summary>The types that are built here, and their names.</summary>
    internal TypeStore Types => _types;

    /// <summary>The strings.</summary>
    internal StringPool Strings => _strings;

    /// <summary>Begins split BTF, as that of a kernel module: its types can refer to those of another one.</summary>
    /// <param name="baseSpec">What the result builds on; its ids and strings go on from there, in the same byte order.</param>
    public static BtfBuilder OnTopOf(BtfSpec baseSpec)
    {
        ArgumentNullException.ThrowIfNull(baseSpec);
        return new BtfBuilder(baseSpec, null);
    }

    /// <summary>Begins with all types of a BTF, under the ids and string offsets that they have, to add and change some.</summary>
    /// <param name="spec">The BTF, which stays as it is. Of split BTF the result has the same base, which cannot be changed.</param>
    /// <exception cref="ObjectFormatException">It has types of a kind that is not known.</exception>
    public static BtfBuilder From(BtfSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return new BtfBuilder(spec.Base, spec);
    }

    /// <summary>Adds a string that no type has: what <c>.BTF.ext</c> refers to.</summary>
    /// <returns>Its offset; that of the same string if it is there already.</returns>
    public uint AddString(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException("The string has a zero in it, which ends strings in BTF.", nameof(text));
        return _strings.Add(text);
    }

    /// <summary>Makes the BTF of what has been added so far; the builder can be used further.</summary>
    /// <exception cref="InvalidOperationException">
    /// A member lies outside of its structure, an offset is too large for a structure with bit fields, or all together has
    /// 2 GiB or more.
    /// </exception>
    public BtfSpec Build()
    {
        foreach (CompositeBuilder composite in _composites.Values) composite.CheckExtent();
        byte[] raw = BtfWriter.Write(ByteOrder, _types.ToWords(), _strings.Bytes, IncludesLayout);
        return BtfSpec.Parse(raw, _base);
    }

    /// <summary>Whether a type of the base or of this builder has an id.</summary>
    internal bool Exists(uint id) => id < _types.EndId;

    /// <summary>The kind of a type that exists.</summary>
    internal BtfKind KindOf(uint id)
    {
        if (id == 0) return BtfKind.Void;
        return id < _types.FirstId ? _base![id].Kind : RecordFields.KindOf(_types[id]);
    }

    /// <summary>Checks that a type exists.</summary>
    internal void Check(uint id, string parameter)
    {
        if (!Exists(id))
            throw new ArgumentOutOfRangeException(parameter, id, $"There is no type {id}: the last one is {_types.EndId - 1}.");
    }
}
