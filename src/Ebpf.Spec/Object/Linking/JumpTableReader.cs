using System.Collections.Immutable;
using System.Globalization;
using Ebpf.Asm;
using Ebpf.Common;
using Ebpf.Object.Reading;

namespace Ebpf.Object.Linking;

/// <summary>
/// Turns the jump tables of a function (clang 22 makes them of <c>switch</c>), which hold offsets in the section, into tables of
/// labels, which stay right when functions are put behind one another or instructions are added.
/// </summary>
internal sealed class JumpTableReader
{
    private readonly ObjectFile _file;
    private readonly ObjectFunction _function;
    private readonly InstructionList _code;

    /// <summary>The index of the instruction at each slot of the function; -1 for the second half of a wide load.</summary>
    private readonly List<int> _indices = [];

    /// <summary>The tables that have been read, by their places.</summary>
    private readonly Dictionary<(int Section, long Offset, int Length), Reference> _known = [];

    /// <summary>The places in the section of jump tables that have been read.</summary>
    private readonly HashSet<(int Section, long Offset)> _read = [];

    /// <param name="file">The object.</param>
    /// <param name="function">The function.</param>
    /// <param name="code">The program so far, which ends with the function.</param>
    /// <param name="first">The index of the function's first instruction.</param>
    public JumpTableReader(ObjectFile file, ObjectFunction function, InstructionList code, int first)
    {
        (_file, _function, _code) = (file, function, code);
        for (int i = first; i < code.Count; i++)
        {
            _indices.Add(i);
            if (code[i].Slots == 2) _indices.Add(-1);
        }
    }

    /// <summary>Makes an instruction refer to its table.</summary>
    /// <param name="index">The index of the instruction.</param>
    /// <param name="table">The table.</param>
    /// <exception cref="ObjectFormatException">The table leads to a place that is no instruction of the function.</exception>
    public void Refer(int index, in CodeReference table)
    {
        var place = (table.Section, table.Offset, table.Table.Length);
        if (!_known.TryGetValue(place, out Reference? reference)) _known.Add(place, reference = Read(table));
        _code[index].Source = (Register)WideLoadKind.MapValue;
        _code[index].Immediate = 0;
        _code[index].Reference = reference;
    }

    private Reference Read(in CodeReference table)
    {
        bool swap = _file.Elf.ByteOrder.NeedsSwap();
        ReadOnlySpan<byte> bytes = table.Table.Span;
        ImmutableArray<string>.Builder targets = ImmutableArray.CreateBuilder<string>(bytes.Length / sizeof(ulong));
        for (int at = 0; at < bytes.Length; at += sizeof(ulong))
        {
            // Tables that lie in one another would make the product of both what they cost.
            if (!_read.Add((table.Section, table.Offset + at)))
                throw Malformed(table, at, $"overlaps another jump table of function \"{_function.Name}\"");
            ulong offset = bytes.U64(at, swap);
            ulong slot = (offset - (ulong)_function.Start) / InstructionDecoder.SlotSize;
            if (offset % InstructionDecoder.SlotSize != 0 || slot >= (ulong)_indices.Count || _indices[(int)slot] < 0)
                throw Malformed(table, at, $"leads to 0x{offset:x}, which is no instruction of function \"{_function.Name}\"");

            ref Instruction target = ref _code[_indices[(int)slot]];
            target.Symbol ??= string.Create(CultureInfo.InvariantCulture, $"{table.Name}+{slot}");
            targets.Add(target.Symbol);
        }

        return new Reference(ReferenceKind.JumpTable, table.Name!) { Targets = targets.DrainToImmutable() };
    }

    private ObjectFormatException Malformed(in CodeReference table, int at, string problem) =>
        new(problem, _file.Elf.SectionName(table.Section), table.Name, table.Offset + at);
}
