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
    private DataSectionEntry[]? _entries;

    internal DataSectionType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record)
    {
        Size = record.SizeOrType;
    }

    /// <inheritdoc/>
    public override BtfKind Kind => BtfKind.DataSection;

    /// <summary>The size of the section, in bytes.</summary>
    public uint Size { get; }

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
