namespace Ebpf.Programs;

/// <summary>Takes the machine code of a program apart.</summary>
internal static class JitedCode
{
    /// <summary>The functions, in the order in which they stand in the program.</summary>
    /// <param name="info">What the kernel tells; its machine code is not hidden.</param>
    /// <param name="debug">The names and lines; <c>null</c> if they are not known.</param>
    /// <param name="program">The name of the program.</param>
    public static JitedFunction[] Split(RawProgramInfo info, LoadedDebugInfo? debug, string program)
    {
        ReadOnlyMemory<byte> rest = info.Jited;
        if (rest.IsEmpty) return [];

        // Before Linux 4.18 the kernel tells no lengths, and of the program itself only.
        uint[] lengths = info.Lengths is { Length: > 0 } known ? known : [(uint)rest.Length];
        JitedFunction[] functions = new JitedFunction[lengths.Length];
        for (int i = 0; i < functions.Length; i++)
        {
            ReadOnlyMemory<byte> code = rest[..(int)Math.Min(lengths[i], (uint)rest.Length)];
            rest = rest[code.Length..];
            ulong? address = info.Symbols is { } symbols && i < symbols.Length ? symbols[i] : null;
            functions[i] = new JitedFunction
            {
                Name = debug?.NameOf(i) ?? (i == 0 ? program : ""),
                Address = address,
                Code = code,
                Lines = LinesOf(info, debug, address, code.Length),
            };
        }

        return functions;
    }

    /// <summary>The lines whose addresses are in a function: each goes with the line of the same number.</summary>
    private static List<JitedLine> LinesOf(RawProgramInfo info, LoadedDebugInfo? debug, ulong? address, int length)
    {
        List<JitedLine> lines = [];
        if (address is not { } start || debug is null || info.JitedLines is not { } addresses) return lines;
        for (int i = 0; i < addresses.Length && i < debug.Lines.Length; i++)
        {
            if (addresses[i] - start < (ulong)length && debug.Lines[i].FileNameOffset != 0)
                lines.Add(new JitedLine { Offset = (int)(addresses[i] - start), Line = debug.LineOf(in debug.Lines[i]) });
        }

        return lines;
    }
}
