using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Common;
using Ebpf.Elf;
using Ebpf.Object.Maps;
using Ebpf.Object.Reading;

namespace Ebpf.Object.Linking;

/// <summary>Finds out what the relocated instructions of an object refer to.</summary>
/// <remarks>Clang relocates two instructions: calls of functions, and wide loads of everything else.</remarks>
internal sealed class CodeRelocations
{
    private const byte CallCode = 0x85;
    private const byte WideLoadCode = 0x18;
    private const int FunctionCallSource = 1;

    private readonly ObjectFile _file;
    private readonly FunctionTable _functions;
    private readonly ObjectMaps _maps;
    private readonly HashSet<ObjectFunction> _referenced = [];
    private readonly bool _swap;
    private readonly int[]?[] _order;
    private readonly NameTable<ExternSpec> _externs;

    /// <param name="file">The object.</param>
    /// <param name="functions">Its functions.</param>
    /// <param name="maps">Its maps.</param>
    /// <param name="externs">What it expects of the kernel.</param>
    public CodeRelocations(
        ObjectFile file,
        FunctionTable functions,
        ObjectMaps maps,
        NameTable<ExternSpec> externs)
    {
        _file = file;
        _functions = functions;
        _maps = maps;
        _externs = externs;
        _swap = file.Elf.ByteOrder.NeedsSwap();
        _order = new int[]?[file.Elf.SectionCount];
    }

    /// <summary>Checks every relocation of every function.</summary>
    /// <exception cref="ObjectFormatException">One cannot be resolved.</exception>
    public void Check()
    {
        for (int section = 1; section < _file.Elf.SectionCount; section++)
        {
            if (_file.Role(section) != SectionRole.Code) continue;
            ElfRelocationTable relocations = _file.Relocations(section);
            ReadOnlySpan<byte> code = _file.Elf.Data(_file.Elf.Section(section)).Span;
            ulong last = 0;
            bool isSorted = true;
            for (int i = 0; i < relocations.Count; i++)
            {
                ElfRelocation relocation = relocations[i];
                isSorted &= relocation.Offset >= last;
                last = relocation.Offset;

                // Code that belongs to no function was replaced by the linker, and what it refers to may be gone.
                if (relocation.Offset <= (ulong)code.Length && _functions.Containing(section, (long)relocation.Offset) is null) continue;
                CodeReference reference = Resolve(section, code, relocation);
                if (reference.Function is { Binding: ElfSymbolBinding.Local } function) _referenced.Add(function);
            }

            if (_functions.HasStaticProgram(section)) NoteRelativeCalls(section, code);
            if (!isSorted) _order[section] = Sort(relocations);
        }
    }

    /// <summary>Whether any function calls a static function, or takes its address; known when all is checked.</summary>
    public bool IsReferenced(ObjectFunction function) => _referenced.Contains(function);

    /// <summary>The relocations of a section, in the order of their offsets.</summary>
    public ElfRelocation Sorted(in ElfRelocationTable relocations, int section, int index) =>
        relocations[_order[section] is { } order ? order[index] : index];

    /// <summary>The index of the first relocation of a section at or behind an offset.</summary>
    public int FirstAtOrAfter(in ElfRelocationTable relocations, int section, ulong offset)
    {
        int low = 0, high = relocations.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (Sorted(relocations, section, middle).Offset < offset) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    /// <summary>What the instruction refers to that <paramref name="relocation"/> relocates.</summary>
    /// <param name="section">The section of code.</param>
    /// <param name="code">Its bytes.</param>
    /// <param name="relocation">One of its relocations.</param>
    public CodeReference Resolve(int section, ReadOnlySpan<byte> code, in ElfRelocation relocation)
    {
        if (relocation.Offset > (ulong)code.Length
            || (ulong)code.Length - relocation.Offset < InstructionDecoder.SlotSize
            || relocation.Offset % InstructionDecoder.SlotSize != 0)
        {
            throw new ObjectFormatException(
                "a relocation for a place that is no instruction", _file.Elf.SectionName(section), offset: (long)relocation.Offset);
        }

        ElfSymbol symbol = _file.Symbols[relocation.Symbol];
        ReadOnlySpan<byte> instruction = code.Slice((int)relocation.Offset, InstructionDecoder.SlotSize);
        byte operation = instruction[0];
        if (operation is not (CallCode or WideLoadCode))
        {
            throw Malformed(
                section, relocation, symbol, $"a relocated instruction should be a call or a wide load, not code 0x{operation:x2}");
        }

        if (symbol.IsCommon) throw Malformed(section, relocation, symbol, ObjectFile.IsCommon);
        if (symbol.IsUndefined) return ResolveExtern(section, relocation, symbol, operation);
        int immediate = (int)instruction.U32(4, _swap);
        return _file.Role(symbol.Section) switch
        {
            SectionRole.Code => ResolveFunction(section, relocation, symbol, instruction, immediate),
            SectionRole.Maps or SectionRole.LegacyMaps when operation == WideLoadCode => ResolveMap(section, relocation, symbol),
            SectionRole.Data or SectionRole.ReadOnlyData or SectionRole.ArenaData when operation == WideLoadCode =>
                ResolveData(section, relocation, symbol, immediate),
            SectionRole.JumpTables when operation == WideLoadCode => ResolveJumpTable(section, relocation, symbol),
            SectionRole.Other or SectionRole.StructOps when operation == WideLoadCode =>
                throw Malformed(section, relocation, symbol, "refers to something that is no map, variable or function"),
            _ => throw Malformed(section, relocation, symbol, "calls something that is no function"),
        };
    }

    /// <summary>Notes calls without a relocation, as LLVM before 10 wrote those of functions of the same section.</summary>
    private void NoteRelativeCalls(int section, ReadOnlySpan<byte> code)
    {
        for (int at = 0; at + InstructionDecoder.SlotSize <= code.Length; at += InstructionDecoder.SlotSize)
        {
            byte operation = code[at];
            if (operation == WideLoadCode) at += InstructionDecoder.SlotSize;
            if (operation != CallCode || Source(code[at..]) != FunctionCallSource) continue;
            long target = at + (((int)code.U32(at + 4, _swap) + 1L) * InstructionDecoder.SlotSize);
            if (_functions.TryGet(section, target, out ObjectFunction? function) && function.Binding == ElfSymbolBinding.Local)
                _referenced.Add(function);
        }
    }

    /// <summary>The source register of an instruction: which half of the byte it is depends on the byte order.</summary>
    private int Source(ReadOnlySpan<byte> instruction) =>
        _swap == BitConverter.IsLittleEndian ? instruction[1] & 0xf : instruction[1] >> 4;

    private bool IsMap(string name)
    {
        if (_file.DataSections.Named(DataSectionTypes.Maps) is not { } maps) return false;
        foreach (DataSectionEntry entry in maps.Entries)
        {
            if (entry.Type.Name == name) return true;
        }

        return false;
    }

    private static int[] Sort(ElfRelocationTable relocations)
    {
        int[] order = new int[relocations.Count];
        for (int i = 0; i < order.Length; i++) order[i] = i;
        Array.Sort(
            order,
            (a, b) => relocations[a].Offset.CompareTo(relocations[b].Offset) is not 0 and int result ? result : a.CompareTo(b));
        return order;
    }

    private CodeReference ResolveExtern(int section, in ElfRelocation relocation, in ElfSymbol symbol, byte operation)
    {
        string name = _file.Symbols.Name(symbol);
        bool isCall = operation == CallCode;
        if (!_externs.TryGetValue(name, out ExternSpec? found))
        {
            // The compiler declares it, but not without -g.
            if (isCall && name == ExternSpec.Trap) return new CodeReference(ReferenceKind.Kfunc, name);
            throw Malformed(
                section,
                relocation,
                symbol,
                isCall
                    ? "the function is called but not defined in this object (one of the kernel's is declared with __ksym, and needs BTF)"
                    : IsMap(name) ? ObjectFile.MapNotDefined : ObjectFile.VariableNotDefined);
        }

        if (isCall && found.Kind != ExternKind.Function) throw Malformed(section, relocation, symbol, "calls an extern variable");
        return found.Kind == ExternKind.Kconfig
            ? new CodeReference(ReferenceKind.Kconfig, name, Offset: found.Offset)
            : new CodeReference(isCall ? ReferenceKind.Kfunc : ReferenceKind.Ksym, name);
    }

    private CodeReference ResolveFunction(
        int section, in ElfRelocation relocation, in ElfSymbol symbol, ReadOnlySpan<byte> instruction, int immediate)
    {
        // A static function is known by its section and the immediate alone; for a global one that is -1 or 0.
        bool isCall = instruction[0] == CallCode;
        long offset = isCall
            ? (long)symbol.Value + ((immediate + 1L) * InstructionDecoder.SlotSize)
            : (long)symbol.Value + immediate;
        if (isCall && Source(instruction) != FunctionCallSource)
            throw Malformed(section, relocation, symbol, "a helper call is relocated against a function");
        if (!_functions.TryGet(symbol.Section, offset, out ObjectFunction? function))
        {
            throw Malformed(
                section,
                relocation,
                symbol,
                $"no function begins at {_file.Elf.SectionName(symbol.Section)}+0x{offset:x} (were local symbols stripped? strip -g takes debug information only)");
        }

        return new CodeReference(isCall ? ReferenceKind.Function : ReferenceKind.FunctionAddress, Function: function);
    }

    private CodeReference ResolveMap(int section, in ElfRelocation relocation, in ElfSymbol symbol)
    {
        // A static map is known by its section alone, so that a loader cannot tell which one is meant.
        if (symbol.Type == ElfSymbolType.Section || symbol.Binding == ElfSymbolBinding.Local)
            throw Malformed(section, relocation, symbol, "refers to a static map: remove the qualifier from its definition");
        return _maps.DefinedAt(symbol.Section, symbol.Value) is { } map
            ? new CodeReference(ReferenceKind.Map, map)
            : throw Malformed(section, relocation, symbol, "no map is defined there");
    }

    private CodeReference ResolveData(int section, in ElfRelocation relocation, in ElfSymbol symbol, int immediate)
    {
        // One past the end is a place that C programs may point at.
        long offset = (long)symbol.Value + immediate;
        (string name, uint size) = _maps.DataOf(symbol.Section);
        return name is not null && offset >= 0 && offset <= size
            ? new CodeReference(ReferenceKind.MapValue, name, Offset: offset)
            : throw Malformed(section, relocation, symbol, $"offset 0x{offset:x} lies outside of the section of variables");
    }

    private CodeReference ResolveJumpTable(int section, in ElfRelocation relocation, in ElfSymbol symbol)
    {
        ReadOnlyMemory<byte> tables = _file.Elf.Data(_file.Elf.Section(symbol.Section));
        if (symbol.Size == 0
            || (symbol.Value | symbol.Size) % sizeof(ulong) != 0
            || symbol.Value > (ulong)tables.Length
            || symbol.Size > (ulong)tables.Length - symbol.Value)
        {
            throw Malformed(section, relocation, symbol, $"no jump table of {symbol.Size} bytes is there");
        }

        ReadOnlyMemory<byte> table = tables.Slice((int)symbol.Value, (int)symbol.Size);
        return new CodeReference(ReferenceKind.JumpTable, _file.Symbols.Name(symbol), Offset: (long)symbol.Value, Table: table, Section: symbol.Section);
    }

    private ObjectFormatException Malformed(int section, in ElfRelocation relocation, in ElfSymbol symbol, string problem)
    {
        string name = _file.Symbols.Name(symbol);
        if (name.Length == 0 && symbol.Section > 0) name = _file.Elf.SectionName(symbol.Section);
        return new ObjectFormatException(problem, _file.Elf.SectionName(section), name, (long)relocation.Offset);
    }
}

/// <summary>What one instruction refers to, found out from its relocation.</summary>
/// <param name="Kind">The kind of thing.</param>
/// <param name="Name">Its name; <c>null</c> for a function, which knows its own.</param>
/// <param name="Function">The function, for <see cref="ReferenceKind.Function"/> and <see cref="ReferenceKind.FunctionAddress"/>.</param>
/// <param name="Offset">The offset in a section of data or of jump tables, in bytes.</param>
/// <param name="Table">The bytes of a jump table.</param>
/// <param name="Section">The section of the jump table.</param>
internal readonly record struct CodeReference(
    ReferenceKind Kind,
    string? Name = null,
    ObjectFunction? Function = null,
    long Offset = 0,
    ReadOnlyMemory<byte> Table = default,
    int Section = 0);
