using System.Globalization;
using Ebpf.Asm;
using Ebpf.Btf;

namespace Ebpf.Verifier;

/// <summary>A program's instructions by the numbers that the verifier gives them, with functions and lines.</summary>
internal sealed class ProgramListing
{
    private readonly InstructionList _code;
    private readonly int[] _indexBySlot;
    private readonly string?[] _functions;
    private readonly LineInfo?[] _lines;
    private readonly int[] _lineIds;
    private readonly List<SourceLine> _distinct = [];

    /// <summary>Lists a program.</summary>
    /// <param name="program">Its name.</param>
    /// <param name="code">Its instructions, which must not change any more.</param>
    public ProgramListing(string program, InstructionList code)
    {
        _code = code;
        _indexBySlot = code.IndexBySlot();
        _functions = new string?[code.Count];
        _lines = new LineInfo?[code.Count];
        _lineIds = new int[code.Count];
        HashSet<string> called = CalledFunctions(code);
        Dictionary<SourceLine, int> ids = [];
        string? function = program;
        LineInfo? line = null;
        int id = -1;
        for (int i = 0; i < code.Count; i++)
        {
            ref readonly Instruction instruction = ref code[i];
            if (i > 0 && NameOfFunction(instruction, called) is { } name)
            {
                function = name;
                line = null;
                id = -1;
            }

            if (instruction.Line is { } own)
            {
                line = own;
                SourceLine key = SourceLine.Of(own, function);
                if (!ids.TryGetValue(key, out id))
                {
                    id = _distinct.Count;
                    ids.Add(key, id);
                    _distinct.Add(key);
                }
            }

            _functions[i] = function;
            _lines[i] = line;
            _lineIds[i] = id;
        }
    }

    /// <summary>The lines of source from which instructions come, each once.</summary>
    public IReadOnlyList<SourceLine> SourceLines => _distinct;

    /// <summary>Which of <see cref="SourceLines"/> an instruction comes from; -1 if that is not known.</summary>
    public int LineIdAt(int slot) => IndexOf(slot) is >= 0 and int index ? _lineIds[index] : -1;

    /// <summary>How many slots an instruction takes; 1 for what is none.</summary>
    public int SlotsAt(int slot) => IndexOf(slot) is >= 0 and int index ? _code[index].Slots : 1;

    /// <summary>The instruction; <c>null</c> if none begins there.</summary>
    public Instruction? InstructionAt(int slot) => IndexOf(slot) is >= 0 and int index ? _code[index] : null;

    /// <summary>The instruction with what is known about it.</summary>
    public VerifierStep StepAt(int slot, int? jumpedFrom = null) =>
        IndexOf(slot) is >= 0 and int index
            ? new VerifierStep(slot, InstructionFormatter.Format(in _code[index]), _functions[index], _lines[index], jumpedFrom)
            : new VerifierStep(slot, "", null, null, jumpedFrom);

    /// <summary>The slot of the first instruction with an opcode; <c>null</c> if there is none.</summary>
    public int? FirstWithOpCode(byte code)
    {
        foreach (InstructionSlot item in _code.Slots())
        {
            if (item.Instruction.OpCode.Value == code) return item.Slot;
        }

        return null;
    }

    /// <summary>
    /// The line of source in the function of an instruction that has a name in it and is nearest to the instruction; <c>null</c> if none
    /// has.
    /// </summary>
    /// <param name="slot">The instruction.</param>
    /// <param name="name">A name of C, which must stand there as a whole.</param>
    public LineInfo? LineNaming(int slot, ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || IndexOf(slot) is not (>= 0 and var start)) return null;
        for (int distance = 0; distance < _code.Count; distance++)
        {
            // Code of the same line before it, then the line that follows.
            if (At(start - distance, name) is { } before) return before;
            if (At(start + distance, name) is { } behind) return behind;
        }

        return null;

        LineInfo? At(int index, ReadOnlySpan<char> word) =>
            (uint)index < (uint)_lines.Length && _functions[index] == _functions[start] && _lineIds[index] is >= 0 and var id
            && HasWord(_distinct[id].Text, word) ? _lines[index] : null;
    }

    private static bool HasWord(ReadOnlySpan<char> text, ReadOnlySpan<char> word)
    {
        while (text.IndexOf(word, StringComparison.Ordinal) is >= 0 and var at)
        {
            int end = at + word.Length;
            if ((at == 0 || !IsNamePart(text[at - 1])) && (end == text.Length || !IsNamePart(text[end]))) return true;
            text = text[end..];
        }

        return false;

        static bool IsNamePart(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';
    }

    private static HashSet<string> CalledFunctions(InstructionList code)
    {
        HashSet<string> called = new(StringComparer.Ordinal);
        foreach (ref readonly Instruction instruction in code.AsSpan())
        {
            if (instruction.Reference is { Kind: ReferenceKind.Function or ReferenceKind.FunctionAddress } reference)
                called.Add(reference.Name);
        }

        return called;
    }

    private static string? NameOfFunction(in Instruction instruction, HashSet<string> called)
    {
        if (instruction.Symbol is { } symbol && (instruction.Function is not null || called.Contains(symbol))) return symbol;
        return instruction.Function?.Name;
    }

    private int IndexOf(int slot) => (uint)slot < (uint)_indexBySlot.Length ? _indexBySlot[slot] : -1;
}

/// <summary>A line of source in a function.</summary>
internal sealed record SourceLine(string? Function, string File, int Line, string Text)
{
    /// <summary>The line to which line information belongs. Its strings are read from the object only now.</summary>
    public static SourceLine Of(LineInfo line, string? function)
    {
        try
        {
            return new SourceLine(function, line.File, line.Line, line.Text.Trim());
        }
        catch (ObjectFormatException malformed)
        {
            return new SourceLine(function, "", line.Line, malformed.Message);
        }
    }

    /// <summary>The file without its directories, and the line: <c>prog.bpf.c:12</c>.</summary>
    public string Place => string.Create(CultureInfo.InvariantCulture, $"{File[(File.LastIndexOf('/') + 1)..]}:{Line}");
}
