using System.Collections;
using Ebpf.Common;
using Ebpf.Elf;
using Ebpf.Executables;
using Ebpf.Usdt;
using Ebpf.Usdt.Machines;

namespace Ebpf;

/// <summary>The USDT probes of a program or shared library: every location, in the order of the file.</summary>
/// <remarks>Reads the file alone, so that probes can be listed on any system. It does not change afterwards.</remarks>
public sealed class UsdtProbeList : IReadOnlyList<UsdtProbe>
{
    private readonly List<UsdtProbe> _probes = [];
    private readonly List<string> _warnings = [];

    private UsdtProbeList()
    {
    }

    /// <summary>Gets the number of locations.</summary>
    public int Count => _probes.Count;

    /// <summary>
    /// Gets whether the file has a section of notes about probes (<c>.note.stapsdt</c>). A file without one declares none, or tools have
    /// removed what is not needed to run it.
    /// </summary>
    public bool HasNotes { get; private init; }

    /// <summary>
    /// Gets a sentence for each note that was left out, because it is damaged or of another kind, and for each location or semaphore that
    /// no loaded part of the file holds; a hundred at most.
    /// </summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Gets a location.</summary>
    /// <param name="index">Its number, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is none of this number.</exception>
    public UsdtProbe this[int index] => _probes[index];

    /// <summary>Reads the probes of a file, of which it reads only the parts that say something about them.</summary>
    /// <param name="path">A program or shared library in ELF, of 32 or 64 bits and of either byte order.</param>
    /// <returns>The probes; none if the file declares none.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="ObjectFormatException">It is no ELF file, or is cut short.</exception>
    public static UsdtProbeList Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(path);
        try
        {
            return Read(new ElfExecutable(new HandleSource(file)));
        }
        catch (ObjectFormatException error)
        {
            throw error.InFile(path);
        }
    }

    /// <summary>Reads the probes of a file in memory.</summary>
    /// <param name="file">All of the file.</param>
    /// <returns>The probes; none if the file declares none.</returns>
    /// <exception cref="ObjectFormatException">It is no ELF file, or is cut short.</exception>
    public static UsdtProbeList Parse(ReadOnlyMemory<byte> file) => Read(new ElfExecutable(new MemorySource(file)));

    /// <summary>Returns the locations, in the order of the file.</summary>
    public IEnumerator<UsdtProbe> GetEnumerator() => _probes.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Returns one line that counts the locations.</summary>
    public override string ToString() => $"{Count} locations of USDT probes";

    /// <summary>Reads the probes of a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="provider">Only those of this provider; <c>null</c> for all.</param>
    /// <param name="name">Only those of this name; <c>null</c> for all.</param>
    internal static UsdtProbeList Read(ElfExecutable file, string? provider = null, string? name = null)
    {
        if (!file.TryFindSection(".note.stapsdt"u8, out ElfSection section)) return new UsdtProbeList();
        UsdtProbeList list = new() { HasNotes = true };
        if (section.Type != ElfSectionType.Note || file.TryReadSection(section, Limits.MaxNotes) is not { } contents)
        {
            throw new ObjectFormatException(
                section.Type != ElfSectionType.Note
                    ? "it holds no notes"
                    : $"its {section.Size} bytes at file offset 0x{section.Offset:x} lie outside of the file, or are more than {Limits.MaxNotes}",
                ".note.stapsdt");
        }

        // Notes are not loaded, so tools that move a file's addresses (prelink) do not see them; a section of one byte tells how far.
        ulong linkedBase = file.TryFindSection(".stapsdt.base"u8, out ElfSection marker) ? marker.Address : 0;
        UsdtArgumentReader arguments = new(
            UsdtMachine.Of(file.Machine, file.Is64Bit), file.Type == ElfFileType.Executable, new SymbolAddresses(file).Find);
        foreach (UsdtNote note in UsdtNoteReader.Read(contents, file, alignment: 4, list.Warn))
        {
            if (provider is not null && note.Provider != provider) continue;
            if (name is not null && note.Name != name) continue;
            ulong moved = linkedBase != 0 && note.Base != 0 ? unchecked(linkedBase - note.Base) : 0;
            ulong address = unchecked(note.Location + moved);
            ulong? semaphore = note.Semaphore == 0 ? null : unchecked(note.Semaphore + moved);
            list._probes.Add(new UsdtProbe(note.Provider, note.Name, note.Arguments, arguments.Read(note.Arguments, address))
            {
                Address = address,
                FileOffset = list.Place(file, note, "it", address, isCode: true),
                SemaphoreAddress = semaphore,
                SemaphoreFileOffset = semaphore is { } counter ? list.Place(file, note, "its semaphore", counter, isCode: false) : null,
            });
        }

        return list;
    }

    private ulong? Place(ElfExecutable file, in UsdtNote note, string what, ulong address, bool isCode)
    {
        if (file.TryFindSegment(address, out ElfSegment segment) && segment.IsExecutable == isCode) return segment.Offset + (address - segment.Address);
        Warn($"probe {note.Provider}:{note.Name}: {what} is at address 0x{address:x}, which no part of the file holds that is loaded as {(isCode ? "code" : "data")}");
        return null;
    }

    private void Warn(string sentence)
    {
        if (_warnings.Count < Limits.MaxWarnings) _warnings.Add(sentence);
        else if (_warnings.Count == Limits.MaxWarnings) _warnings.Add("there are more of these, which are not listed");
    }
}
