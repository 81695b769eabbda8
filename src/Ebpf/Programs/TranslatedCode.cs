using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.BtfObjects;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Programs;

/// <summary>
/// Makes the instructions of a program in the kernel readable: gives functions, lines, maps and what is called their names back.
/// </summary>
/// <param name="kernel">The kernel.</param>
/// <param name="code">The instructions as the kernel has them.</param>
/// <param name="debug">Functions and lines; <c>null</c> if they are not known.</param>
internal sealed class TranslatedCode(LinuxKernel kernel, InstructionList code, LoadedDebugInfo? debug)
{
    private readonly int[] _indexBySlot = code.IndexBySlot();
    private readonly Dictionary<int, string> _maps = [];

    /// <summary>Does all of it, in place.</summary>
    /// <param name="program">The name of the program.</param>
    public void Name(string program)
    {
        NameFunctions(program);
        NameLines();
        Dictionary<int, string> called = KernelSymbols.FindCallTargets(kernel, CalledDistances());
        foreach (InstructionSlot item in code.Slots())
        {
            ref Instruction instruction = ref item.Instruction;
            if (instruction.IsFunctionCall) SetDistance(ref instruction, item.Slot);
            else if (instruction.IsFunctionAddress) instruction.Immediate = (uint)instruction.ImmediateLow;
            else if (instruction.IsMapLoad) instruction.Reference = MapOf(in instruction);
            else if (instruction.IsHelperCall || instruction.IsKfuncCall) instruction.Reference = CalleeOf(in instruction, called);
        }
    }

    private void NameFunctions(string program)
    {
        if (code.Count == 0) return;
        code[0].Symbol = program;
        for (int i = 0; i < debug?.Functions.Length; i++)
        {
            if (IndexAt(debug.Functions[i].Slot) is not (>= 0 and var index)) continue;
            code[index].Function = debug.TypeOf(i);
            code[index].Symbol = debug.NameOf(i) ?? code[index].Symbol;
        }
    }

    private void NameLines()
    {
        if (debug is null) return;
        foreach (ref readonly LineRecord line in debug.Lines.AsSpan())
        {
            // Lines without a file are those that were made up, since each function begins with one.
            if (line.FileNameOffset != 0 && IndexAt(line.Slot) is >= 0 and var index) code[index].Line = debug.LineOf(in line);
        }
    }

    private int IndexAt(uint slot) => slot < _indexBySlot.Length ? _indexBySlot[slot] : -1;

    /// <summary>
    /// The kernel has moved the distance of a call to the offset, which may be too short for it, and put the number of the function
    /// in its place (jit_subprogs in kernel/bpf/verifier.c); or the interpreter's address.
    /// </summary>
    private void SetDistance(ref Instruction call, int slot)
    {
        long distance = call.Offset;
        if (call.Immediate >= 0 && call.Immediate < debug?.Functions.Length)
        {
            long exact = debug.Functions[call.Immediate].Slot - (slot + 1L);
            if ((short)exact == call.Offset) distance = exact;
        }

        call.Offset = 0;
        call.Immediate = distance;
    }

    /// <summary>The kernel has put the id of the map in the place of the descriptor.</summary>
    private Reference MapOf(in Instruction load)
    {
        int id = load.ImmediateLow;
        if (!_maps.TryGetValue(id, out string? name)) _maps.Add(id, name = FindMap((uint)id) ?? $"id:{(uint)id}");
        return new Reference(load.WideLoadKind == WideLoadKind.Map ? ReferenceKind.Map : ReferenceKind.MapValue, name);
    }

    private string? FindMap(uint id)
    {
        using BpfHandle? map = kernel.OpenById(BpfCommand.MapGetById, id, out _);
        if (map is null) return null;
        KernelMapInfo info = default;
        return kernel.GetInfo(map, ref info) == Errno.None && !info.Name.IsEmpty ? info.Name.ToString() : null;
    }

    private HashSet<int> CalledDistances()
    {
        HashSet<int> distances = [];
        foreach (ref readonly Instruction instruction in code.AsSpan())
        {
            if ((instruction.IsHelperCall && instruction.Helper?.KernelName() is null) || instruction.IsKfuncCall)
                distances.Add(instruction.ImmediateLow);
        }

        // What the kernel hides it has replaced by 0.
        distances.Remove(0);
        return distances;
    }

    private Reference? CalleeOf(in Instruction call, Dictionary<int, string> called)
    {
        if (called.TryGetValue(call.ImmediateLow, out string? name))
            return new Reference(call.IsKfuncCall ? ReferenceKind.Kfunc : ReferenceKind.Symbol, name);

        // Where a call can be too far for a distance, the kernel leaves the type of the kfunc in it.
        return call is { IsKfuncCall: true, ImmediateLow: > 0, Offset: 0 }
            && KernelTypes.Of(kernel).Read()?.Find((uint)call.ImmediateLow) is FunctionType kfunc
                ? new Reference(ReferenceKind.Kfunc, kfunc.Name)
                : null;
    }
}
