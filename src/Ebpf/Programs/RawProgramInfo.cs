using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Programs;

/// <summary>The lists that the kernel has about a program; each is asked for only if it is wanted.</summary>
[Flags]
internal enum ProgramParts
{
    None = 0,
    Maps = 1,
    Functions = 2,
    Lines = 4,
    Tags = 8,

    /// <summary>The addresses and the lengths of the compiled functions.</summary>
    Symbols = 16,

    /// <summary>The machine code.</summary>
    Jited = 32,

    /// <summary>The addresses at which the lines begin.</summary>
    JitedLines = 64,

    /// <summary>
    /// The instructions. Wanted alone: if the kernel hides those of a program with blinded constants, it fills nothing that follows
    /// (bpf_prog_get_info_by_fd in kernel/bpf/syscall.c).
    /// </summary>
    Translated = 128,
}

/// <summary>What the kernel tells about a program: asked once for how much there is, and again with room for it.</summary>
internal sealed unsafe class RawProgramInfo
{
    private KernelProgramInfo _counts;
    private int _known;

    /// <summary>The numbers, and how long the lists are.</summary>
    public ref readonly KernelProgramInfo Counts => ref _counts;

    /// <summary>The maps that the program uses.</summary>
    public uint[] Maps { get; private set; } = [];

    /// <summary>The functions: slot and type.</summary>
    public FunctionRecord[] Functions { get; private set; } = [];

    /// <summary>The lines: slot, file, text, number.</summary>
    public LineRecord[] Lines { get; private set; } = [];

    /// <summary>The tags of the functions.</summary>
    public ulong[] Tags { get; private set; } = [];

    /// <summary>The addresses of the functions; <c>null</c> if the kernel hides them.</summary>
    public ulong[]? Symbols { get; private set; } = [];

    /// <summary>The lengths of the functions in machine code; <c>null</c> if the kernel hides them.</summary>
    public uint[]? Lengths { get; private set; } = [];

    /// <summary>The machine code; <c>null</c> if the kernel hides it.</summary>
    public byte[]? Jited { get; private set; } = [];

    /// <summary>The addresses of the lines; <c>null</c> if the kernel hides them.</summary>
    public ulong[]? JitedLines { get; private set; } = [];

    /// <summary>The instructions; <c>null</c> if the kernel hides them.</summary>
    public byte[]? Translated { get; private set; } = [];

    /// <summary>
    /// Whether the kernel tells this process nothing but the head. A program that is loaded has instructions: none are shown to who
    /// lacks CAP_BPF.
    /// </summary>
    public bool IsHidden => _counts.TranslatedSize == 0;

    /// <summary>Asks about a program.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static RawProgramInfo Read(BpfHandle program, string operation, ProgramParts parts)
    {
        while (true)
        {
            RawProgramInfo info = new();
            Errno error = program.Kernel.GetInfo(program, ref info._counts, out info._known);

            // Of all that has a length only the list of maps can grow (BPF_PROG_BIND_MAP).
            if (error == Errno.None && (parts == ProgramParts.None || info.Fill(program, parts, out error))) return info;
            if (error != Errno.None) throw Refusal.Explain(program.Kernel, operation, error, Privileges.Bpf);
        }
    }

    /// <summary>Whether this kernel knows a field of <see cref="Counts"/>, so that zero means zero.</summary>
    /// <param name="field">One of its fields.</param>
    public bool Knows<T>(ref readonly T field)
        where T : unmanaged =>
        Unsafe.ByteOffset(ref Unsafe.As<KernelProgramInfo, byte>(ref _counts), ref Unsafe.As<T, byte>(ref Unsafe.AsRef(in field)))
        < _known;

    /// <summary>Fills the lists that are wanted.</summary>
    /// <returns>Whether they are complete.</returns>
    private bool Fill(BpfHandle program, ProgramParts parts, out Errno error)
    {
        Maps = new uint[Count(ProgramParts.Maps, _counts.MapCount)];
        byte[] functions = new byte[Count(ProgramParts.Functions, _counts.FunctionInfoCount * _counts.FunctionInfoSize)];
        byte[] lines = new byte[Count(ProgramParts.Lines, _counts.LineInfoCount * _counts.LineInfoSize)];
        Tags = new ulong[Count(ProgramParts.Tags, _counts.TagCount)];
        Symbols = new ulong[Count(ProgramParts.Symbols, _counts.JitedSymbolCount)];
        Lengths = new uint[Count(ProgramParts.Symbols, _counts.JitedLengthCount)];
        Jited = new byte[Count(ProgramParts.Jited, _counts.JitedSize)];
        JitedLines = new ulong[Count(ProgramParts.JitedLines, _counts.JitedLineInfoCount)];
        Translated = new byte[Count(ProgramParts.Translated, _counts.TranslatedSize)];
        fixed (uint* maps = Maps, lengths = Lengths)
        fixed (byte* functionInfo = functions, lineInfo = lines, jited = Jited, translated = Translated)
        fixed (ulong* tags = Tags, symbols = Symbols, jitedLines = JitedLines)
        {
            KernelProgramInfo info = new()
            {
                MapCount = (uint)Maps.Length,
                MapIds = maps,
                FunctionInfoCount = functions.Length == 0 ? 0 : _counts.FunctionInfoCount,
                FunctionInfoSize = functions.Length == 0 ? 0 : _counts.FunctionInfoSize,
                FunctionInfo = functionInfo,
                LineInfoCount = lines.Length == 0 ? 0 : _counts.LineInfoCount,
                LineInfoSize = lines.Length == 0 ? 0 : _counts.LineInfoSize,
                LineInfo = lineInfo,
                TagCount = (uint)Tags.Length,
                Tags = tags,
                JitedSymbolCount = (uint)Symbols.Length,
                JitedSymbols = symbols,
                JitedLengthCount = (uint)Lengths.Length,
                JitedLengths = lengths,
                JitedSize = (uint)Jited.Length,
                Jited = jited,
                JitedLineInfoCount = (uint)JitedLines.Length,
                JitedLineInfoSize = JitedLines.Length == 0 ? 0 : _counts.JitedLineInfoSize,
                JitedLineInfo = jitedLines,
                TranslatedSize = (uint)Translated.Length,
                Translated = translated,
            };
            error = program.Kernel.GetInfo(program, ref info);
            if (error != Errno.None) return false;

            // What the kernel does not show it marks by a pointer that it sets to null.
            if (info.JitedSymbols != symbols) Symbols = null;
            if (info.JitedLengths != lengths) Lengths = null;
            if (info.Jited != jited) Jited = null;
            if (info.JitedLineInfo != jitedLines) JitedLines = null;
            if (info.Translated != translated) Translated = null;
            Functions = Records<FunctionRecord>(functions, _counts.FunctionInfoSize);
            Lines = Records<LineRecord>(lines, _counts.LineInfoSize);
            return Maps.Length == 0 || info.MapCount <= Maps.Length;
        }

        int Count(ProgramParts part, uint count) => parts.HasFlag(part) ? (int)count : 0;
    }

    /// <summary>The known beginnings of records, of which a newer kernel may have longer ones.</summary>
    private static T[] Records<T>(ReadOnlySpan<byte> bytes, uint size)
        where T : unmanaged
    {
        if (bytes.IsEmpty || size < sizeof(T)) return [];
        T[] records = new T[bytes.Length / size];
        for (int i = 0; i < records.Length; i++) records[i] = MemoryMarshal.Read<T>(bytes[(int)(i * size)..]);
        return records;
    }
}

/// <summary>The hash of a program's or function's instructions.</summary>
internal static class ProgramTag
{
    /// <summary>The eight bytes in the order in which they stand in memory, as everybody writes them.</summary>
    public static string Format(ulong tag) =>
        Convert.ToHexStringLower(MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in tag)));
}
