using Ebpf.Common;
using Ebpf.Elf;

namespace Ebpf.Executables;

/// <summary>One note: what a tool has left in a file for others.</summary>
/// <param name="Name">Who defines its type, without the zero: <c>GNU</c>, <c>stapsdt</c>.</param>
/// <param name="Type">What it is.</param>
/// <param name="Content">The description.</param>
internal readonly record struct ElfNote(ReadOnlyMemory<byte> Name, uint Type, ReadOnlyMemory<byte> Content);

/// <summary>Reads notes one after the other.</summary>
/// <param name="notes">The contents of a note section or segment.</param>
/// <param name="swap">Whether numbers must be turned round.</param>
/// <param name="alignment">To what descriptions and notes are aligned: 8 in sections that say so, 4 otherwise.</param>
internal struct ElfNoteReader(ReadOnlyMemory<byte> notes, bool swap, ulong alignment = 4)
{
    private readonly int _alignment = alignment == 8 ? 8 : 4;
    private int _position;

    /// <summary>Whether the last note is cut short, so that what follows cannot be read.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>Reads the next note.</summary>
    /// <returns>Whether there was one.</returns>
    public bool TryRead(out ElfNote note)
    {
        const int headerSize = 12;
        note = default;
        ReadOnlySpan<byte> left = notes.Span[_position..];
        if (left.Length < headerSize)
        {
            IsDamaged |= left.ContainsAnyExcept((byte)0);
            return false;
        }

        long nameSize = left.U32(0, swap), contentSize = left.U32(4, swap);
        long contentStart = Align(headerSize + nameSize);
        if (contentStart + contentSize > left.Length)
        {
            IsDamaged = true;
            return false;
        }

        ReadOnlyMemory<byte> name = notes.Slice(_position + headerSize, (int)nameSize);
        if (nameSize > 0 && name.Span[^1] == 0) name = name[..^1];
        note = new ElfNote(name, left.U32(8, swap), notes.Slice(_position + (int)contentStart, (int)contentSize));
        _position += (int)Math.Min(Align(contentStart + contentSize), left.Length);
        return true;
    }

    private readonly long Align(long position) => (position + _alignment - 1) & -_alignment;
}

/// <content>Notes.</content>
internal sealed partial class ElfExecutable
{
    /// <summary>The bytes by which a build of the file is known, and its debug file found (<c>NT_GNU_BUILD_ID</c>).</summary>
    /// <returns><c>null</c> if it has none.</returns>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public ReadOnlyMemory<byte>? ReadBuildId()
    {
        // A debug file keeps the program headers of the executable, which mean nothing in it, and has the note as a section.
        for (int i = 1; i < SectionCount; i++)
        {
            ElfSection section = SectionAt(i);
            if (section.Type == ElfSectionType.Note
                && TryReadSection(section, Limits.MaxNotes) is { } notes
                && BuildIdIn(notes, 4) is { } id)
            {
                return id;
            }
        }

        foreach (ElfSegment segment in _segments)
        {
            if (segment.Type == ElfSegmentType.Note
                && Source.TryRead(segment.Offset, segment.FileSize, Limits.MaxNotes) is { } notes
                && BuildIdIn(notes, segment.Alignment) is { } id)
            {
                return id;
            }
        }

        return null;
    }

    private ReadOnlyMemory<byte>? BuildIdIn(byte[] notes, ulong alignment)
    {
        const uint buildId = 3;
        ElfNoteReader reader = new(notes, Swap, alignment);
        while (reader.TryRead(out ElfNote note))
        {
            if (note.Type == buildId && note.Name.Span.SequenceEqual("GNU"u8) && note.Content.Length is > 0 and <= 64) return note.Content;
        }

        return null;
    }
}
