using Ebpf.Btf;

namespace Ebpf.Object.Writing;

/// <summary>
/// Makes the BTF of an object: that of the collection, under the ids that it has, with what else the object needs behind it. BTF to
/// which nothing is added stays byte for byte as it is.
/// </summary>
internal sealed class TypesWriter
{
    /// <summary>What may stand behind the last variable of a section, in bytes; BTF that says more is not believed.</summary>
    private const uint MaxPadding = 1 << 16;

    private readonly BtfSpec? _original;
    private readonly ByteOrder _order;
    private readonly Dictionary<string, DataSectionType> _sections = new(StringComparer.Ordinal);
    private readonly HashSet<string> _written = new(StringComparer.Ordinal);
    private BtfBuilder? _builder;
    private bool _isChanged;
    private BtfTypeId _intType;

    /// <exception cref="BpfException">The BTF cannot be that of an object.</exception>
    public TypesWriter(CollectionSpec spec)
    {
        _original = spec.Types;
        _order = spec.ByteOrder;
        if (_original is null) return;
        if (_original.Base is not null) throw Inexpressible.Types("it is split BTF, and an object's stands by itself");
        if (_original.ByteOrder != _order)
        {
            throw Inexpressible.Types(
                $"it is {_original.ByteOrder}, and the collection {_order}: make it with a BtfBuilder of that order, or turn it round with "
                + "ToArray(ByteOrder)");
        }

        foreach (BtfType type in _original.OfKind(BtfKind.DataSection)) _sections.TryAdd(type.Name, (DataSectionType)type);
    }

    public BtfBuilder Builder => _builder ??= _original is null ? new BtfBuilder(_order) : BtfBuilder.From(_original);

    /// <summary>What the collection's own BTF says of sections.</summary>
    public IEnumerable<DataSectionType> Sections => _sections.Values;

    /// <summary>Whether a section has been dealt with.</summary>
    public bool IsWritten(string section) => _written.Contains(section);

    /// <summary>What the collection's own BTF says of a section; <c>null</c> if it does not know it.</summary>
    public DataSectionType? Find(string section) => _sections.GetValueOrDefault(section);

    /// <summary>The id of a type in the object; one of another BTF is copied.</summary>
    public BtfTypeId IdOf(BtfType type)
    {
        if (type is VoidType) return default;
        if (ReferenceEquals(type.Owner, _original)) return type.Id;
        _isChanged = true;
        return Builder.Add(type);
    }

    /// <summary>The name of a variable that is not static, of the collection's own BTF; <c>null</c> for anything else.</summary>
    public string? VariableName(BtfTypeId id) =>
        _original?.Find(id.Value) is VariableType { Linkage: VariableLinkage.Global } variable ? variable.Name : null;

    /// <summary>The size of a section: what BTF says, if that is no more than some padding behind its end.</summary>
    public uint SizeOf(string section, uint end) =>
        Find(section) is { } types && types.Size > end && types.Size - end <= MaxPadding ? types.Size : end;

    /// <summary>Runs a change, whose checks are those of what the kernel takes.</summary>
    /// <exception cref="BpfException">It was refused.</exception>
    public T Change<T>(string what, Func<BtfBuilder, T> change)
    {
        _isChanged = true;
        try
        {
            return change(Builder);
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            throw new BpfException($"Write {what}: {error.Message}", error);
        }
    }

    /// <summary>An integer of four bytes called <c>int</c>.</summary>
    public BtfTypeId IntType()
    {
        if (_intType != default) return _intType;
        foreach (BtfType type in _original?.Named("int") ?? [])
        {
            if (type is IntType { Size: sizeof(int) }) return _intType = type.Id;
        }

        return _intType = Change("BTF", builder => builder.AddInt("int", sizeof(int), IntEncoding.Signed));
    }

    /// <summary>Says what a section holds; nothing is changed if it holds just that already.</summary>
    /// <param name="name">The section.</param>
    /// <param name="entries">Its variables, in the order in which they are to be.</param>
    /// <param name="size">Its size, in bytes.</param>
    public void SetSection(string name, IReadOnlyList<SectionEntry> entries, uint size)
    {
        _written.Add(name);
        DataSectionType? known = Find(name);
        if (known is null && entries.Count == 0) return;
        if (known is not null && known.Size == size && known.Entries.Length == entries.Count
            && known.Entries.Zip(entries).All(pair => pair.First.TypeId == pair.Second.Type.Value
                && pair.First.Offset == pair.Second.Offset && pair.First.Size == pair.Second.Size))
        {
            return;
        }

        Change($"section \"{name}\"", builder =>
        {
            DataSectionBuilder section = known is null ? builder.AddDataSection(name) : builder.EditDataSection(known.Id).Clear();
            foreach (SectionEntry entry in entries) section.AddAt(entry.Type, entry.Offset, entry.Size);
            return size > section.Size ? section.WithSize(size) : section;
        });
    }

    /// <summary>Takes all variables out of a section that the object does not have any more.</summary>
    public void Empty(DataSectionType section, string? newName = null)
    {
        _written.Add(section.Name);
        Change($"section \"{section.Name}\"", builder =>
        {
            // The kernel wants every section to have a size.
            builder.EditDataSection(section.Id).Clear().WithSize(Math.Max(section.Size, 1));
            if (newName is not null) builder.Rename(section.Id, newName);
            return section;
        });
    }

    /// <summary>The bytes of the BTF and of .BTF.ext; <c>null</c> where there is nothing to say.</summary>
    /// <param name="extensions">What there is to say of instructions; <c>null</c> for nothing.</param>
    public (byte[]? Types, byte[]? Extensions) Finish(BtfExtensionBuilder? extensions)
    {
        byte[]? extensionBytes = extensions?.ToArray(Builder);
        if (_builder is null) return (_original?.ToArray(), extensionBytes);

        // The strings that .BTF.ext needs may all have been there.
        bool isNew = _original is null || _isChanged || _builder.Strings.End != _original.Strings.End;
        return (isNew ? Change("BTF", builder => builder.Build()).ToArray() : _original!.ToArray(), extensionBytes);
    }
}

/// <summary>A variable or function in a section.</summary>
/// <param name="Type">Its id.</param>
/// <param name="Offset">Where it begins, in bytes.</param>
/// <param name="Size">Its size, in bytes.</param>
internal readonly record struct SectionEntry(BtfTypeId Type, uint Offset, uint Size);
