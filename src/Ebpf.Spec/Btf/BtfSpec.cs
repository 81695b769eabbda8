using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Ebpf.Btf;
using Ebpf.Btf.Reading;
using Ebpf.Btf.Types;
using Ebpf.Common;

namespace Ebpf;

/// <summary>Represents BTF: the types of an object, of the kernel, or of a kernel module.</summary>
/// <remarks>
/// Opening BTF finds the types but decodes none; each is decoded once, when it is asked for. The BTF of the kernel itself (some
/// 130,000 types in 5 MB) is therefore cheap to open. Immutable, and safe for use by several threads at once.
/// </remarks>
[DebuggerDisplay("Count = {Count}")]
public sealed partial class BtfSpec
{
    /// <summary>So many names are looked for without an index, which costs as much as some ten such searches.</summary>
    private const int SearchesBeforeIndex = 8;

    /// <summary>How many types share an array for those that are decoded: of a kernel's, few ever are.</summary>
    private const int PageSize = 64;

    private readonly BtfImage _image;
    private readonly BtfSpec? _base;
    private BtfType?[]?[]? _decoded;
    private NameIndex? _names;
    private TagIndex? _tags;
    private int _searches;

    /// <summary>The types of an image that nobody changes any more.</summary>
    internal BtfSpec(BtfImage image) => _image = image;

    private BtfSpec(ReadOnlyMemory<byte> raw, BtfSpec? baseSpec)
    {
        _base = baseSpec;
        _image = BtfImage.Parse(raw, baseSpec?._image);
    }

    /// <summary>Gets the byte order of the BTF, which is that of the machine it describes.</summary>
    public ByteOrder ByteOrder =>
        _image.Swap == BitConverter.IsLittleEndian ? ByteOrder.BigEndian : ByteOrder.LittleEndian;

    /// <summary>
    /// Gets the number of types, including <c>void</c> and the types of the base: one more than the largest id.
    /// </summary>
    public int Count => (int)_image.EndId;

    /// <summary>Gets all types except <c>void</c>, in the order of their ids; those of the base come first.</summary>
    public IEnumerable<BtfType> All
    {
        get
        {
            for (uint id = 1; id < _image.EndId; id++) yield return this[id];
        }
    }

    /// <summary>Gets the BTF that split BTF is based on; <c>null</c> for BTF that is not split.</summary>
    public BtfSpec? Base => _base;

    /// <summary>The id of the first type that is not the base's.</summary>
    internal uint FirstId => _image.FirstId;

    internal BtfStrings Strings => _image.Strings;

    /// <summary>How many bytes the types and strings take, without the base's.</summary>
    internal long Size => (long)_image.Types.Length + _image.Strings.Bytes.Length;

    /// <summary>Whether a type is one of these, of the base, or <c>void</c>.</summary>
    internal bool Owns(BtfType type)
    {
        for (BtfSpec? spec = this; spec is not null; spec = spec._base)
        {
            if (type is VoidType || ReferenceEquals(spec, type.Owner)) return true;
        }

        return false;
    }

    /// <summary>Whether any type is of a kind, the base's included.</summary>
    internal bool Has(BtfKind kind) => _image.Has(kind);

    /// <summary>Gets the type with the given id.</summary>
    /// <param name="id">The id; 0 is <c>void</c>.</param>
    /// <exception cref="ObjectFormatException">
    /// There is no such type. Ids are taken from the object that the BTF is part of.
    /// </exception>
    public BtfType this[BtfTypeId id] => this[id.Value];

    /// <summary>The type of a number, as records hold it.</summary>
    internal BtfType this[uint id] =>
        Find(id)
        ?? throw new ObjectFormatException($"there is no type {id}: the last one is {_image.EndId - 1}", BtfHeader.Section);

    /// <summary>Reads raw BTF: the contents of a section <c>.BTF</c>, or of a file in <c>/sys/kernel/btf</c>.</summary>
    /// <param name="raw">The bytes, in either byte order. Not copied: they must not change while the result is used.</param>
    /// <param name="baseSpec">
    /// The base of split BTF (that of a kernel module), whose ids and strings it continues; <c>null</c> for BTF that is not
    /// split.
    /// </param>
    /// <exception cref="ObjectFormatException">The bytes are malformed.</exception>
    public static BtfSpec Parse(ReadOnlyMemory<byte> raw, BtfSpec? baseSpec = null) => new(raw, baseSpec);

    /// <summary>Returns all types with the given name, in the order of their ids.</summary>
    /// <param name="name">The name, without <c>struct</c>. Case matters.</param>
    public IEnumerable<BtfType> Named(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        byte[] utf8 = Encoding.UTF8.GetBytes(name);
        return Matches();

        IEnumerable<BtfType> Matches()
        {
            for (uint id = NextNamed(utf8, 0); id != 0; id = NextNamed(utf8, id)) yield return this[id];
        }
    }

    /// <summary>Gets the type of the given kind and name.</summary>
    /// <typeparam name="T">The kind: <see cref="StructType"/> for example, or <see cref="BtfType"/> for any kind.</typeparam>
    /// <param name="name">The name, without <c>struct</c>. Case matters.</param>
    /// <exception cref="KeyNotFoundException">There is no such type.</exception>
    /// <exception cref="AmbiguousNameException">Several types have the name. <see cref="Named"/> returns them all.</exception>
    public T Get<T>(string name)
        where T : BtfType => TryGet(name, out T? type) ? type : throw new KeyNotFoundException(NotFound<T>(name));

    /// <summary>Gets the type of the given kind and name, if there is one.</summary>
    /// <typeparam name="T">The kind: <see cref="StructType"/> for example, or <see cref="BtfType"/> for any kind.</typeparam>
    /// <param name="name">The name, without <c>struct</c>. Case matters.</param>
    /// <param name="type">The type.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="AmbiguousNameException">Several types have the name. <see cref="Named"/> returns them all.</exception>
    public bool TryGet<T>(string name, [NotNullWhen(true)] out T? type)
        where T : BtfType => TryGet(name, own: false, out type);

    /// <summary>Looks for the first type of a name and kind, as libbpf does; others may follow.</summary>
    internal bool TryGetFirst<T>(string name, [NotNullWhen(true)] out T? type)
        where T : BtfType
    {
        type = Named(name).OfType<T>().FirstOrDefault();
        return type is not null;
    }

    /// <summary>As <see cref="TryGet{T}(string, out T)"/>, among the types that are not the base's.</summary>
    internal bool TryGetOwn<T>(string name, [NotNullWhen(true)] out T? type)
        where T : BtfType => TryGet(name, own: true, out type);

    /// <summary>The type of a number; <c>null</c> if there is none.</summary>
    internal BtfType? Find(uint id)
    {
        if (id < _image.FirstId) return id == 0 ? VoidType.Instance : _base!.Find(id);
        if (id >= _image.EndId) return null;
        int index = (int)(id - _image.FirstId);
        BtfType?[]?[] pages = _decoded ?? MakePages();
        BtfType?[] page = pages[index / PageSize] ?? MakePage(ref pages[index / PageSize], index);
        ref BtfType? slot = ref page[index % PageSize];
        return Volatile.Read(ref slot) ?? Decode(id, ref slot);
    }

    /// <summary>A type as it stands in the BTF, without an object for it; the id must exist and not be 0.</summary>
    internal BtfRecord Record(uint id) => _image.Record(id);

    /// <summary>The id of the first type of this name after <paramref name="previous"/>; 0 when there is none.</summary>
    /// <param name="name">The name.</param>
    /// <param name="previous">An id that this method returned for the same name; 0 to begin.</param>
    internal uint NextNamed(ReadOnlySpan<byte> name, uint previous)
    {
        if (_base is not null && previous < _image.FirstId)
        {
            uint found = _base.NextNamed(name, previous);
            if (found != 0) return found;
            previous = 0;
        }

        return NextOwnNamed(name, previous);
    }

    /// <summary>As <see cref="NextNamed"/>, among the types that are not the base's.</summary>
    internal uint NextOwnNamed(ReadOnlySpan<byte> name, uint previous)
    {
        if (_names is null
            && (previous == 0 ? Interlocked.Increment(ref _searches) : Volatile.Read(ref _searches)) <= SearchesBeforeIndex)
        {
            return _image.Search(name, previous + 1);
        }

        NameIndex names = Names();
        for (uint id = previous == 0 ? names.First(name) : names.Next(previous); id != 0; id = names.Next(id))
        {
            if (Strings.IsAt(Record(id).NameOffset, name)) return id;
        }

        return 0;
    }

    /// <summary>
    /// The id of the first type after <paramref name="previous"/> whose name without a flavour (<c>___old</c>) is this;
    /// 0 when there is none.
    /// </summary>
    /// <param name="essentialName">A name without its flavour.</param>
    /// <param name="previous">An id that this method returned for the same name; 0 to begin.</param>
    internal uint NextWithEssentialName(ReadOnlySpan<byte> essentialName, uint previous)
    {
        if (_base is not null && previous < _image.FirstId)
        {
            uint found = _base.NextWithEssentialName(essentialName, previous);
            if (found != 0) return found;
            previous = 0;
        }

        NameIndex names = Names();
        for (uint id = previous == 0 ? names.First(essentialName) : names.Next(previous); id != 0; id = names.Next(id))
        {
            ReadOnlySpan<byte> name = Strings.Utf8(Record(id).NameOffset);
            if (!name.StartsWith(essentialName) || name.Length > Limits.MaxBtfName) continue;
            if (NameIndex.EssentialLength(name) == essentialName.Length) return id;
        }

        return 0;
    }

    /// <summary>The texts of the tags on a component of a type, -1 for the type itself.</summary>
    internal IReadOnlyList<string> TagsOf(uint target, int component)
    {
        if (!_image.Has(BtfKind.DeclTag)) return [];
        List<string>? tags = null;
        for (BtfSpec? spec = this; spec is not null; spec = spec._base)
        {
            foreach (TagIndex.Tag tag in spec.OwnTags().Find(target, component))
                (tags ??= []).Add(Strings.Text(Record(tag.Id).NameOffset));
        }

        return tags is null ? [] : tags;
    }

    /// <summary>The declaration tags among the own types.</summary>
    internal TagIndex OwnTags()
    {
        if (_tags is null) Interlocked.CompareExchange(ref _tags, new TagIndex(_image), null);
        return _tags;
    }

    /// <summary>The ids of the tags on a component of a type, -1 for the type itself.</summary>
    internal IEnumerable<uint> TagIdsOf(uint target, int component)
    {
        for (BtfSpec? spec = this; spec is not null; spec = spec._base)
        {
            TagIndex tags = spec.OwnTags();
            int count = tags.Find(target, component).Length;
            for (int i = 0; i < count; i++) yield return tags.Find(target, component)[i].Id;
        }
    }

    /// <summary>A member of a structure or union, read from the record of that.</summary>
    internal MemberRecord MemberOf(BtfRecord composite, int index) => _image.Member(composite, index);

    /// <inheritdoc cref="BtfImage.TryGetLegacyBitField"/>
    internal bool TryGetLegacyBitField(uint typeId, out uint shift, out uint bits) =>
        _image.TryGetLegacyBitField(typeId, out shift, out bits);

    private bool TryGet<T>(string name, bool own, [NotNullWhen(true)] out T? type)
        where T : BtfType
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        byte[] utf8 = Encoding.UTF8.GetBytes(name);
        type = null;
        for (uint id = Next(0); id != 0; id = Next(id))
        {
            if (this[id] is not T match) continue;
            if (type is not null)
                throw new AmbiguousNameException($"Several types are called \"{name}\": {type.Id} and {match.Id} for example.", name);
            type = match;
        }

        return type is not null;

        uint Next(uint previous) => own ? NextOwnNamed(utf8, previous) : NextNamed(utf8, previous);
    }

    private BtfType Decode(uint id, ref BtfType? slot)
    {
        BtfRecord record = _image.Record(id);
        BtfType type = record.Kind switch
        {
            BtfKind.Int => new IntType(this, id, record),
            BtfKind.Pointer => new PointerType(this, id, record),
            BtfKind.Array => new ArrayType(this, id, record),
            BtfKind.Struct => new StructType(this, id, record),
            BtfKind.Union => new UnionType(this, id, record),
            BtfKind.Enum or BtfKind.Enum64 => new EnumType(this, id, record),
            BtfKind.Forward => new ForwardType(this, id, record),
            BtfKind.Typedef => new TypedefType(this, id, record),
            BtfKind.Volatile => new VolatileType(this, id, record),
            BtfKind.Const => new ConstType(this, id, record),
            BtfKind.Restrict => new RestrictType(this, id, record),
            BtfKind.Function => new FunctionType(this, id, record),
            BtfKind.FunctionPrototype => new FunctionPrototypeType(this, id, record),
            BtfKind.Variable => new VariableType(this, id, record),
            BtfKind.DataSection => new DataSectionType(this, id, record),
            BtfKind.Float => new FloatType(this, id, record),
            BtfKind.DeclTag => new DeclTagType(this, id, record),
            BtfKind.TypeTag => new TypeTagType(this, id, record),
            _ => new UnknownType(this, id, record),
        };
        return Interlocked.CompareExchange(ref slot, type, null) ?? type;
    }

    private BtfType?[]?[] MakePages()
    {
        BtfType?[]?[] pages = new BtfType?[(_image.OwnCount + PageSize - 1) / PageSize][];
        return Interlocked.CompareExchange(ref _decoded, pages, null) ?? pages;
    }

    private BtfType?[] MakePage(ref BtfType?[]? place, int index)
    {
        BtfType?[] page = new BtfType?[Math.Min(PageSize, _image.OwnCount - (index / PageSize * PageSize))];
        return Interlocked.CompareExchange(ref place, page, null) ?? page;
    }

    private NameIndex Names()
    {
        if (_names is null) Interlocked.CompareExchange(ref _names, new NameIndex(_image), null);
        return _names;
    }

    private string NotFound<T>(string name)
    {
        string kind = typeof(T) == typeof(BtfType) ? "type" : typeof(T).Name;
        string others = string.Join(", ", Named(name).Take(5).Select(type => $"{type.GetType().Name} {type.Id}"));
        return others.Length == 0
            ? $"No {kind} is called \"{name}\", nor anything else in this BTF."
            : $"No {kind} is called \"{name}\"; there is: {others}.";
    }
}
