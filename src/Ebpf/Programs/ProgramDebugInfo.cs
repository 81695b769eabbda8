using System.Runtime.InteropServices;
using Ebpf.Asm;
using Ebpf.Btf;

namespace Ebpf;

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

    /// <summary><c>struct bpf_line_info</c>; every function begins with one, or there are none.</summary>
    public LineRecord[] Lines { get; }

    /// <summary>Gathers what the instructions say, as far as it is about <paramref name="types"/>.</summary>
    public static ProgramDebugInfo Collect(InstructionList code, BtfSpec types)
    {
        HashSet<string> called = new(StringComparer.Ordinal);
        foreach (ref readonly Instruction instruction in code.AsSpan())
        {
            if (instruction.Reference is { Kind: ReferenceKind.Function or ReferenceKind.FunctionAddress } reference)
                called.Add(reference.Name);
        }

        List<FunctionRecord> functions = [];
        List<LineRecord> lines = [];
        bool allFunctions = true, allStarts = true;
        uint slot = 0;
        foreach (ref readonly Instruction instruction in code.AsSpan())
        {
            if (slot == 0 || (instruction.Symbol is { } symbol && called.Contains(symbol)))
            {
                FunctionType? function = instruction.Function;
                if (function is not null && ReferenceEquals(function.Owner, types)) functions.Add(new(slot, function.Id));
                else allFunctions = false;
                allStarts &= instruction.Line is { } first && ReferenceEquals(first.Owner, types);
            }

            if (instruction.Line is { } line && ReferenceEquals(line.Owner, types))
                lines.Add(new(slot, line.FileNameOffset, line.LineOffset, line.LineColumn));
            slot += (uint)instruction.Slots;
        }

        return new ProgramDebugInfo(
            allFunctions ? [.. functions] : [], allFunctions && allStarts ? [.. lines] : []);
    }

    [StructLayout(LayoutKind.Sequential)]
    internal readonly record struct FunctionRecord(uint Slot, uint TypeId);

    [StructLayout(LayoutKind.Sequential)]
    internal readonly record struct LineRecord(uint Slot, uint FileNameOffset, uint LineOffset, uint LineColumn);
}
