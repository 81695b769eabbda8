using System.Text;
using Ebpf.Common;
using Ebpf.Executables;

namespace Ebpf.Usdt;

/// <summary>One note about a location of a probe, as it stands in the file.</summary>
/// <param name="Provider">The provider.</param>
/// <param name="Name">The name of the probe.</param>
/// <param name="Arguments">The descriptions of the arguments; empty for none.</param>
/// <param name="Location">The address of the probe when the file was linked.</param>
/// <param name="Base">The address of the section <c>.stapsdt.base</c> then; 0 if the note does not say.</param>
/// <param name="Semaphore">The address of the semaphore then; 0 for none.</param>
internal readonly record struct UsdtNote(string Provider, string Name, string Arguments, ulong Location, ulong Base, ulong Semaphore);

/// <summary>Reads the notes of probes (<c>stapsdt</c>, type 3): three addresses and three strings.</summary>
/// <remarks>https://sourceware.org/systemtap/wiki/UserSpaceProbeImplementation.</remarks>
internal static class UsdtNoteReader
{
    private const uint ProbeType = 3;

    /// <summary>Reads a section.</summary>
    /// <param name="section">Its contents.</param>
    /// <param name="file">The file, whose addresses and byte order the notes have.</param>
    /// <param name="alignment">The alignment of the section.</param>
    /// <param name="warn">Gets a sentence for each note that is left out, because it is damaged or of another kind.</param>
    public static List<UsdtNote> Read(ReadOnlyMemory<byte> section, ElfExecutable file, ulong alignment, Action<string> warn)
    {
        List<UsdtNote> notes = [];
        ElfNoteReader reader = new(section, file.Swap, alignment);
        for (int number = 1; reader.TryRead(out ElfNote note); number++)
        {
            if (Problem(note, file, out UsdtNote read) is { } problem) warn($"note {number}: {problem}: it is left out");
            else notes.Add(read);
        }

        if (reader.IsDamaged) warn("a note goes beyond the section's end: it is left out, and what follows");
        return notes;
    }

    private static string? Problem(in ElfNote note, ElfExecutable file, out UsdtNote read)
    {
        read = default;
        if (!note.Name.Span.SequenceEqual("stapsdt"u8)) return $"it is not of stapsdt but of \"{Shown(note.Name.Span)}\"";
        if (note.Type != ProbeType) return $"its type is {note.Type}, that of a probe {ProbeType}";
        ReadOnlySpan<byte> content = note.Content.Span;
        int word = file.Is64Bit ? 8 : 4;
        if (content.Length < 3 * word) return $"{content.Length} bytes do not hold three addresses";
        ReadOnlySpan<byte> texts = content[(3 * word)..];
        if (!TryTakeText(ref texts, out string provider)) return "its provider does not end";
        if (!TryTakeText(ref texts, out string name)) return "the name of its probe does not end";
        if (name.Length == 0) return "its probe has no name";
        if (!TryTakeText(ref texts, out string arguments)) return "its arguments do not end";
        if (arguments.StartsWith(':')) arguments = "";
        read = new UsdtNote(provider, name, arguments.Trim(), file.Word(content, 0), file.Word(content, word), file.Word(content, 2 * word));
        return null;
    }

    private static bool TryTakeText(ref ReadOnlySpan<byte> texts, out string text)
    {
        int end = texts.IndexOf((byte)0);
        text = end < 0 ? "" : Encoding.UTF8.GetString(texts[..end]);
        if (end >= 0) texts = texts[(end + 1)..];
        return end >= 0;
    }

    private static string Shown(ReadOnlySpan<byte> name) => Encoding.UTF8.GetString(name[..Math.Min(name.Length, Limits.MaxNameInText)]);
}
