using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Ebpf.Btf.Reading;

namespace Ebpf.Btf;

/// <summary>An ELF section that holds variables; <see cref="BtfType.Name"/> is the section's.</summary>
/// <remarks>
/// Compilers leave the size and the places of variables open, since the linker decides them: they come from the ELF
/// object. In <see cref="BtfSpec"/> read from elsewhere they are as they stand there, perhaps 0.
/// </remarks>
public sealed class DataSectionType : BtfType
{
    private readonly uint _size;
    private DataSectionEntry[]? _entries;
    private DataSectionLayout? _layout;

    internal DataSectionType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record)
    {
        _size = record.SizeOrType;
        _layout = owner.LayoutOf(id);
    }

    /// <inheritdoc/>
    public override BtfKind Kind => BtfKind.DataSection;

    /// <summary>The size of the section, in bytes.</summary>
    public uint Size => _layout?.Size ?? _size;

    /// <summary>What it holds, in the order of the BTF, which need not be that of the offsets.</summary>
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

    /// <summary>Puts what the object file says over what the compiler left open; only before the BTF is shared.</summary>
    internal void Override(DataSectionLayout layout)
    {
        _layout = layout;
        _entries = null;
    }

    private DataSectionEntry[] ReadEntries()
    {
        BtfRecord record = Owner.Record(Id);
        int length = record.Length;
        if (length == 0) return [];
        DataSectionEntry[] entries = new DataSectionEntry[length];
        for (int i = 0; i < entries.Length; i++)
        {
            uint offset = _layout is null ? record.Word((i * 3) + 1) : _layout.Offsets[i];
            entries[i] = new DataSectionEntry(Owner, record.Word(i * 3), offset, record.Word((i * 3) + 2));
        }

        return Interlocked.CompareExchange(ref _entries, entries, null) ?? entries;
    }
}

/// <summary>The size of a data section and the offsets of its entries, which the object file knows.</summary>
internal sealed record DataSectionLayout(uint Size, uint[] Offsets);
