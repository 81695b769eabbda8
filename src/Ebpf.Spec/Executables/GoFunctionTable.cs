using System.Buffers;
using System.Text;
using Ebpf.Common;
using Ebpf.Elf;

namespace Ebpf.Executables;

/// <summary>The functions of a Go program, which it carries for its own stack traces, stripped or not (<c>.gopclntab</c>).</summary>
/// <remarks>Written by Go 1.2, 1.16, 1.18 and 1.20 and later, in forms that their first bytes tell apart (runtime/symtab.go, debug/gosym).</remarks>
internal sealed class GoFunctionTable
{
    private const uint Go1_2 = 0xfffffffb, Go1_16 = 0xfffffffa, Go1_18 = 0xfffffff0, Go1_20 = 0xfffffff1;

    private readonly ElfExecutable _file;
    private readonly ulong _start, _end, _functions, _base, _names, _text, _count;
    private readonly int _word;
    private readonly bool _isRelative;

    private GoFunctionTable(ElfExecutable file, ulong start, ulong size, uint magic, int word)
    {
        _file = file;
        _start = start;
        _end = start + size;
        _word = word;
        _isRelative = magic is Go1_18 or Go1_20;
        _count = Field(0);
        switch (magic)
        {
            case Go1_2:
                (_names, _base, _functions) = (start, start, start + 8 + (ulong)word);
                break;
            case Go1_16:
                (_names, _functions) = (start + Field(2), start + Field(6));
                _base = _functions;
                break;
            default:
                (_text, _names, _functions) = (Field(2), start + Field(3), start + Field(7));
                _base = _functions;
                if (_text == 0) _text = TextStart(start + 8 + (2 * (ulong)word));
                break;
        }

        _count = Math.Min(_count, (_end - Math.Min(_functions, _end)) / (ulong)EntrySize);
    }

    /// <summary>How many functions there are.</summary>
    public ulong Count => _count;

    private int EntrySize => _isRelative ? 8 : 2 * _word;

    /// <summary>Whether a file was written by Go: its functions must not be probed where they return, since Go moves stacks.</summary>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public static bool IsGo(ElfExecutable file)
    {
        if (file.TryFindSection(".go.buildinfo"u8, out _) || file.TryFindSection(".gopclntab"u8, out _) || file.TryFindSection(".note.go.buildid"u8, out _))
            return true;
        foreach (ElfSegment segment in file.Segments)
        {
            if (segment.Type == ElfSegmentType.Note && file.Source.TryRead(segment.Offset, segment.FileSize, Limits.MaxNotes) is { } notes)
            {
                ElfNoteReader reader = new(notes, file.Swap, segment.Alignment);
                while (reader.TryRead(out ElfNote note))
                {
                    if (note.Name.Span.TrimEnd((byte)0).SequenceEqual("Go"u8)) return true;
                }
            }

            // Where the Go linker puts it, in the first bytes of the data (debug/buildinfo).
            if (segment is { IsLoaded: true, IsWritable: true, IsExecutable: false }
                && file.Windows.At(segment.Offset, ByteWindows.MaxPiece).IndexOf(" Go buildinf:"u8) >= 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Finds the table of a file.</summary>
    /// <returns><c>null</c> if there is none, or it has a form that is not known.</returns>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public static GoFunctionTable? Of(ElfExecutable file)
    {
        if (file.TryFindSection(".gopclntab"u8, out ElfSection section) || file.TryFindSection(".data.rel.ro.gopclntab"u8, out section))
            return At(file, section.Offset, section.Size);
        if (file.SectionCount > 0 || !IsGo(file)) return null;
        foreach (ElfSegment segment in file.Segments)
        {
            if (segment is { IsLoaded: true, IsExecutable: false } && FindHeader(file, segment) is { } start)
                return At(file, start, segment.Offset + segment.FileSize - start);
        }

        return null;
    }

    /// <summary>Finds the functions of a name: <c>main.main</c>, <c>net/http.(*conn).serve</c>.</summary>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public void Find(ReadOnlySpan<byte> name, List<ExecutableSymbol> found)
    {
        if (TextSearch.Find(_file.Source, _names, _end, name) is not { Count: > 0 } texts) return;
        byte[] wanted = name.ToArray();
        ForEachEntry(entry =>
        {
            if (texts.BinarySearch(entry.NameOffset) >= 0 && _file.Windows.TextAt(_names + entry.NameOffset, _end) is var text && text.SequenceEqual(wanted))
                found.Add(Symbol(entry, text));
            return true;
        });
    }

    /// <summary>Looks at each function, in the order of addresses.</summary>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public void ForEach(SymbolVisitor visit) => ForEachEntry(entry =>
    {
        ReadOnlySpan<byte> text = _file.Windows.TextAt(_names + entry.NameOffset, _end);
        return text.IsEmpty || visit(entry, text);
    });

    /// <summary>The symbol of an entry.</summary>
    public static ExecutableSymbol Symbol(in SymbolEntry entry, ReadOnlySpan<byte> name) => new()
    {
        Name = Encoding.UTF8.GetString(name),
        Address = entry.Address,
        Size = entry.Size,
        Origin = SymbolOrigin.GoTable,
    };

    private static GoFunctionTable? At(ElfExecutable file, ulong start, ulong size)
    {
        const int headerSize = 8;
        ReadOnlySpan<byte> header = file.Windows.At(start, headerSize);
        if (header.Length < headerSize || !file.Source.Contains(start, size)) return null;
        uint magic = header.U32(0, file.Swap);
        return magic is Go1_2 or Go1_16 or Go1_18 or Go1_20 && header[7] is 4 or 8 ? new GoFunctionTable(file, start, size, magic, header[7]) : null;
    }

    /// <summary>The table in a part of the file, by how it begins: magic number, two zeros, the size of an instruction and of an address.</summary>
    private static ulong? FindHeader(ElfExecutable file, in ElfSegment segment)
    {
        const int headerSize = 8, chunkSize = 64 * 1024;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(chunkSize + headerSize);
        try
        {
            ulong end = Math.Min(segment.Offset + segment.FileSize, file.Source.Length);
            for (ulong start = segment.Offset; start < end && end - start >= headerSize; start += chunkSize)
            {
                int length = file.Source.ReadAt(start, buffer.AsSpan(0, (int)Math.Min(end - start, chunkSize + headerSize)));
                ReadOnlySpan<byte> bytes = buffer.AsSpan(0, length);
                for (int at = 0; at + headerSize <= length; at += 4)
                {
                    if (bytes.U32(at, file.Swap) is Go1_2 or Go1_16 or Go1_18 or Go1_20
                        && bytes[at + 4] == 0 && bytes[at + 5] == 0 && bytes[at + 6] is 1 or 2 or 4 && bytes[at + 7] is 4 or 8)
                    {
                        return start + (ulong)at;
                    }
                }
            }

            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void ForEachEntry(Func<SymbolEntry, bool> visit)
    {
        // Of their own: names are asked for in between.
        ByteWindows entries = new(_file.Source), functions = new(_file.Source);
        for (ulong i = 0; i < _count; i++)
        {
            ReadOnlySpan<byte> entry = entries.At(_functions + (i * (ulong)EntrySize), EntrySize + (EntrySize / 2));
            if (entry.Length < EntrySize) return;
            ulong address = Value(entry, 0), function = _base + Value(entry, 1);
            ulong next = entry.Length < EntrySize + (EntrySize / 2) ? 0 : Value(entry, 2);
            if (function >= _end) continue;
            ReadOnlySpan<byte> name = functions.At(function + (ulong)(_isRelative ? 4 : _word), 4);
            if (name.Length < 4) continue;
            ulong size = next > address ? next - address : 0;
            if (!visit(new SymbolEntry((long)i, name.U32(0, _file.Swap), _text + address, size, (byte)ElfSymbolType.Function, 1))) return;
        }
    }

    private ulong Value(ReadOnlySpan<byte> entry, int index) =>
        _isRelative || _word == 4 ? entry.U32(index * 4, _file.Swap) : entry.U64(index * 8, _file.Swap);

    private ulong Field(int index)
    {
        ReadOnlySpan<byte> bytes = _file.Windows.At(_start + 8 + (ulong)(index * _word), _word);
        return bytes.Length < _word ? 0 : _word == 8 ? bytes.U64(0, _file.Swap) : bytes.U32(0, _file.Swap);
    }

    /// <summary>
    /// Where code begins for a program that can be loaded anywhere: a relocation writes it. Otherwise where the section begins; with cgo
    /// there is C code before it, and the symbol says where that of Go begins.
    /// </summary>
    private ulong TextStart(ulong field)
    {
        if (_file.TryGetAddress(field, out ulong address) && RelocatedValue(address) is { } value) return value;
        List<ExecutableSymbol> found = [];
        ExecutableSymbolTable.InSection(_file, ElfSectionType.SymbolTable, SymbolOrigin.StaticTable)?.Find("runtime.text"u8, found);
        if (found.Count > 0) return found[0].Address;
        return _file.TryFindSection(".text"u8, out ElfSection section) ? section.Address : 0;
    }

    /// <summary>What a relocation that adds the place of the file writes at an address.</summary>
    private ulong? RelocatedValue(ulong address)
    {
        if (!_file.Is64Bit || !_file.TryFindSection(".rela.dyn"u8, out ElfSection section)) return null;
        const int size = 24;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(size * 2048);
        try
        {
            ulong end = Math.Min(section.Offset + section.Size, _file.Source.Length);
            for (ulong at = section.Offset; at < end;)
            {
                int length = _file.Source.ReadAt(at, buffer.AsSpan(0, (int)Math.Min(end - at, size * 2048)));
                ReadOnlySpan<byte> entries = buffer.AsSpan(0, length);
                for (int i = 0; i + size <= length; i += size)
                {
                    if (entries.U64(i, _file.Swap) == address) return entries.U64(i + 16, _file.Swap);
                }

                if (length < size) break;
                at += (ulong)length;
            }

            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
