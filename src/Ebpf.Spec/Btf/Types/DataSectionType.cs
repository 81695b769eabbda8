using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Ebpf.Btf.Reading;
using Ebpf.Btf.Types;

namespace Ebpf.Btf;

/// <summary>Represents an ELF section that holds variables. <see cref="BtfType.Name"/> is the name of the section.</summary>
/// <remarks>
/// Compilers leave the size of the section and the offsets of its variables open, since the linker decides them. For BTF that
/// was read from an ELF object they are taken from the object; for other BTF they are as they stand there, and may be 0.
/// </remarks>
public sealed class DataSectionType : BtfType
{
    private DataSectionEntry[]? _entries;

    internal DataSectionType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record)
    {
        Size = record.SizeOrType;
    }

    /// <inheritdoc/>
    public override BtfKind Kind => BtfKind.DataSection;

    /// <summary>Gets the size of the section, in bytes.</summary>
    public uint Size { get; }

    /// <summary>Gets the entries, in the order of the BTF, which need not be the order of their offsets.</summary>
    public ImmutableArray<DataSectionEntry> Entries =>
        ImmutableCollectionsMarshal.AsImmutableArray(_entries ??= ReadEntries());

    /// <summary>The variable or function of a name; <c>null</c> if there is none.</summary>
    internal DataSectionEntry? Find(ReadOnlySpan<byte> name)
    {
        foreach (DataSectionEntry entry in Entries)
        {
            if (entry.Type.NameUtf8.SequenceEqual(name)) return entry;
        }

        return null;
    }

    private DataSectionEntry[] ReadEntries()
    {
        BtfRecord record = Owner.Record(Id.Value);
        int length = record.Length;
        if (length == 0) return [];
        DataSectionEntry[] entries = new DataSectionEntry[length];
        for (int i = 0; i < entries.Length; i++)
        {
            entries[i] = new DataSectionEntry(Owner, record.Word(i * 3), record.Word((i * 3) + 1), record.Word((i * 3) + 2));
        }

        return Interlocked.CompareExchange(ref _entries, entries, null) ?? entries;
    }
}

/// <summary>Represents a variable in its data section, or a kernel function in <c>.ksyms</c>.</summary>
public sealed class DataSectionEntry
{
    private readonly BtfSpec _owner;

    internal DataSectionEntry(BtfSpec owner, uint typeId, uint offset, uint size)
    {
        _owner = owner;
        TypeId = typeId;
        Offset = offset;
        Size = size;
    }

    /// <summary>Gets the <see cref="VariableType"/>, or the <see cref="FunctionType"/> for a function in <c>.ksyms</c>.</summary>
    public BtfType Type => _owner[TypeId];

    /// <summary>Gets the variable; <c>null</c> if the entry is a function.</summary>
    public VariableType? Variable => Type as VariableType;

    /// <summary>Gets the offset from the beginning of the section, in bytes.</summary>
    public uint Offset { get; }

    /// <summary>Gets the size, in bytes.</summary>
    public uint Size { get; }

    internal uint TypeId { get; }

    /// <summary>Returns the declaration with offset and size: <c>int count at 4, 4 bytes</c>.</summary>
    public override string ToString() => $"{TypeText.Describe(_owner, TypeId)} at {Offset}, {Size} bytes";
}
