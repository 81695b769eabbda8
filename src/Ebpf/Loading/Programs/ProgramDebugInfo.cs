using Ebpf.Asm;
using Ebpf.BtfObjects;
using Ebpf.Linux;

namespace Ebpf.Loading.Programs;

/// <summary>
/// What the kernel is told of a program's functions and lines: the names in stack traces, the source in the verifier's log.
/// </summary>
internal readonly struct ProgramDebugInfo
{
    private ProgramDebugInfo(FunctionRecord[] functions, LineRecord[] lines)
    {
        Functions = functions;
        Lines = lines;
    }

    /// <summary><c>struct bpf_func_info</c>, for every function or for none.</summary>
    public FunctionRecord[] Functions { get; }

    /// <summary><c>struct bpf_line_info</c>; every function begins with one, or there are none at all.</summary>
    public LineRecord[] Lines { get; }

    /// <summary>Gathers what the instructions say, as far as the kernel has the types and strings for it.</summary>
    public static ProgramDebugInfo Collect(InstructionList code, LoadedTypes types)
    {
        HashSet<string> called = new(StringComparer.Ordinal);
        foreach (ref readonly Instruction instruction in code.AsSpan())
        {
            if (instruction.Reference is { Kind: ReferenceKind.Function or ReferenceKind.FunctionAddress } reference)
                called.Add(reference.Name);
        }

        List<FunctionRecord> functions = [];
        List<LineRecord> lines = [];
        bool allFunctions = true, anyLine = false;
        uint slot = 0;
        foreach (ref readonly Instruction instruction in code.AsSpan())
        {
            // No instruction calls the callback of exceptions; it has its type, which labels have not.
            bool isStart = slot == 0
                || (instruction.Symbol is { } symbol && (instruction.Function is not null || called.Contains(symbol)));
            if (isStart)
            {
                uint function = types.IdOf(instruction.Function);
                if (function != 0) functions.Add(new(slot, function));
                else allFunctions = false;
            }

            if (instruction.Line is { } line && types.TryGetStrings(line, out uint file, out uint text))
            {
                lines.Add(new(slot, file, text, line.LineColumn));
                anyLine = true;
            }
            else if (isStart)
            {
                // The kernel wants every function to begin with a line: here one that says nothing.
                lines.Add(new(slot, 0, 0, 0));
            }

            slot += (uint)instruction.Slots;
        }

        return new ProgramDebugInfo(allFunctions ? [.. functions] : [], anyLine ? [.. lines] : []);
    }
}
