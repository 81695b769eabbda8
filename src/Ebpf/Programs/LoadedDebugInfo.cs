using Ebpf.Btf;
using Ebpf.Linux;

namespace Ebpf.Programs;

/// <summary>The functions and lines of a program in the kernel, with the types that it was loaded with.</summary>
internal sealed class LoadedDebugInfo
{
    private readonly BtfSpec _types;

    private LoadedDebugInfo(RawProgramInfo info, BtfSpec types)
    {
        _types = types;
        Functions = info.Functions;
        Lines = info.Lines;
    }

    /// <summary>The functions, in the order in which they stand in the program.</summary>
    public FunctionRecord[] Functions { get; }

    /// <summary>The lines, in ascending order of their slots.</summary>
    public LineRecord[] Lines { get; }

    /// <summary>Reads what the kernel knows.</summary>
    /// <returns><c>null</c> if the program was loaded without, or this process may not see it: nobody needs it.</returns>
    public static LoadedDebugInfo? TryRead(BpfHandle program)
    {
        try
        {
            RawProgramInfo info = RawProgramInfo.Read(program, "Ask about a program", ProgramParts.Functions | ProgramParts.Lines);
            if (info.Counts.BtfId == 0 || info.Functions.Length + info.Lines.Length == 0) return null;
            using BpfBtf types = BpfBtf.Open(info.Counts.BtfId, program.Kernel);
            return new LoadedDebugInfo(info, types.ReadTypes());
        }
        catch (BpfException)
        {
            return null;
        }
    }

    /// <summary>The name of a program: the whole one if it can be found; otherwise what the kernel keeps, its first 15 bytes.</summary>
    public static string FindName(BpfHandle program, in KernelProgramInfo info)
    {
        string known = info.Name.ToString();
        if (known.Length < ObjectName.Length - 1 || info.BtfId == 0) return known;

        // The program itself is the first of its functions. The kernel has replaced nothing in the name of a C function.
        string? whole = TryRead(program)?.NameOf(0);
        return whole?.StartsWith(known, StringComparison.Ordinal) == true ? whole : known;
    }

    /// <summary>The type of a function; <c>null</c> if it has none, as those that the verifier adds.</summary>
    public FunctionType? TypeOf(int function) =>
        function < Functions.Length ? _types.Find(Functions[function].TypeId) as FunctionType : null;

    /// <summary>The name of a function; <c>null</c> if it has none.</summary>
    public string? NameOf(int function) => TypeOf(function)?.Name is { Length: > 0 } name ? name : null;

    /// <summary>A line of the source.</summary>
    public LineInfo LineOf(in LineRecord line) =>
        new(_types, line.FileNameOffset, line.LineOffset, line.LineColumn);
}
