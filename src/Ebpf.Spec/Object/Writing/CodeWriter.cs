using System.Buffers.Binary;
using System.Collections.Immutable;
using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.CoRe;
using Ebpf.Elf;

namespace Ebpf.Object.Writing;

/// <summary>Writes the functions into their sections: programs where they belong, what they call into <c>.text</c>.</summary>
internal sealed class CodeWriter(ObjectWriter writer, List<WrittenFunction> functions)
{
    private const string Text = ".text";

    /// <summary>The tables of <c>gotox</c>, by the function that jumps by them.</summary>
    private readonly Dictionary<WrittenFunction, Dictionary<string, (ImmutableArray<string> Targets, uint Offset)>> _tables = [];
    private readonly HashSet<string> _tableNames = new(StringComparer.Ordinal);
    private ElfOutputSection? _jumpTables;
    private byte[] _jumpTableBytes = [];
    private BtfExtensionBuilder? _extensions;

    /// <summary>What there is to say of the instructions: functions, lines, CO-RE; <c>null</c> for nothing.</summary>
    public BtfExtensionBuilder? Extensions => _extensions;

    private BtfExtensionBuilder Records => _extensions ??= new BtfExtensionBuilder();

    /// <summary>Gives every function its place and its symbol.</summary>
    public void Place()
    {
        HashSet<string> names = new(StringComparer.Ordinal), callbacks = new(StringComparer.Ordinal);
        foreach (WrittenFunction function in functions.Where(function => function.Program is not null))
        {
            callbacks.UnionWith(FunctionSplitter.ExceptionCallbacks(function.Code));
            function.IsGlobal = names.Add(function.Name);
            Inexpressible.CheckName(function.Program!, writer.Spec.Programs[function.Program!].Name, Inexpressible.Program);
            CheckLoadable(function.Program!, writer.Spec.Programs[function.Program!]);
        }

        foreach (WrittenFunction function in functions.Where(function => function.Program is null))
        {
            // Of several versions of one function, only one can be seen by others. What a program names for its exceptions must be,
            // whatever its type says, if it has one.
            bool isGlobal = function.Code[0].Function?.Linkage == FunctionLinkage.Global || callbacks.Contains(function.Name);
            function.IsGlobal = isGlobal && names.Add(function.Name);
        }

        List<(string Name, List<WrittenFunction> Functions)> sections = [(Text, [])];
        Dictionary<string, int> indices = new(StringComparer.Ordinal) { [Text] = 0 };
        foreach (WrittenFunction function in functions)
        {
            string name = function.Program is { } program ? ProgramSections.NameOf(program, writer.Spec.Programs[program]) : Text;
            if (!indices.TryGetValue(name, out int index))
            {
                indices.Add(name, index = sections.Count);
                sections.Add((name, []));
            }

            sections[index].Functions.Add(function);
        }

        foreach ((string name, List<WrittenFunction> inside) in sections) Place(name, inside);
        PlaceTables();
    }

    /// <summary>Writes the code, its relocations, and what there is to say of it.</summary>
    public void Write()
    {
        foreach (WrittenFunction function in functions) Write(function, function.Section.Data!);
    }

    private static void CheckLoadable(string name, ProgramSpec program)
    {
        if (program.InterfaceIndex != 0)
            throw Inexpressible.Program(name, $"it is bound to network interface {program.InterfaceIndex}, which an object cannot say");
    }

    private void Place(string name, List<WrittenFunction> inside)
    {
        uint size = 0;
        foreach (WrittenFunction function in inside)
        {
            function.Offset = size;
            if (size + (ulong)function.Size > int.MaxValue) throw new BpfException($"Write section \"{name}\": its code has more than 2 GiB");
            size += function.Size;
        }

        byte[] code = new byte[size];
        ElfOutputSection section = writer.Elf.AddSection(name, ElfSectionFlags.Allocate | ElfSectionFlags.Executable, code, sizeof(ulong));
        foreach (WrittenFunction function in inside)
        {
            function.Section = section;
            function.Symbol = writer.Elf.AddSymbol(
                function.Name,
                ElfSymbolType.Function,
                function.IsGlobal ? ElfSymbolBinding.Global : ElfSymbolBinding.Local,
                section,
                function.Offset,
                function.Size);
        }
    }

    private void PlaceTables()
    {
        uint size = 0;
        foreach (WrittenFunction function in functions)
        {
            foreach (ref readonly Instruction instruction in function.Code.AsSpan())
            {
                if (instruction.Reference is not { Kind: ReferenceKind.JumpTable } reference) continue;
                if (reference.Targets.IsEmpty) throw Refuse(function, $"jump table \"{reference.Name}\" is empty");
                if (!_tables.TryGetValue(function, out var tables)) _tables.Add(function, tables = new(StringComparer.Ordinal));
                if (tables.TryGetValue(reference.Name, out (ImmutableArray<string> Targets, uint Offset) known))
                {
                    if (known.Targets.SequenceEqual(reference.Targets)) continue;
                    throw Refuse(function, $"it has two jump tables called \"{reference.Name}\"");
                }

                tables.Add(reference.Name, (reference.Targets, size));
                size += (uint)reference.Targets.Length * sizeof(ulong);
            }
        }

        if (size == 0) return;
        _jumpTableBytes = new byte[size];
        _jumpTables = writer.Elf.AddSection(".jumptables", ElfSectionFlags.None, _jumpTableBytes, sizeof(ulong));
    }

    private void Write(WrittenFunction function, byte[] section)
    {
        InstructionList code = function.Code.Clone();
        Dictionary<string, ElfOutputSymbol> tables = WriteTables(function);
        foreach (InstructionSlot item in code.Slots())
        {
            ulong place = function.Offset + ((ulong)item.Slot * InstructionDecoder.SlotSize);
            Describe(function, in item.Instruction, (uint)place);
            if (Relocate(function, item.Index, ref item.Instruction, tables) is { } symbol)
            {
                bool isWide = item.Instruction.IsWideLoad;
                function.Section.Relocations.Add((place, symbol, isWide ? ElfRelocationType.WideLoad : ElfRelocationType.Call));
            }
        }

        try
        {
            code.Encode(section.AsSpan((int)function.Offset, (int)function.Size), writer.Spec.ByteOrder);
        }
        catch (BpfException error)
        {
            throw new BpfException($"Write function \"{function.Name}\": {error.Message}", error);
        }
    }

    private void Describe(WrittenFunction function, in Instruction instruction, uint place)
    {
        string section = function.Section.Name;
        if (instruction.Function is { } type) Records.AddFunction(section, place, writer.Types.IdOf(type));
        if (instruction.Line is { } line) Records.AddLine(section, place, line);
        if (instruction.Relocation is { } fixup)
            Records.AddRelocation(section, place, writer.Types.IdOf(fixup.Type), fixup.Accessor, fixup.Kind);
    }

    /// <summary>Gives an instruction the form that compilers give it, and finds the symbol against which it is relocated.</summary>
    private ElfOutputSymbol? Relocate(
        WrittenFunction function, int index, ref Instruction instruction, Dictionary<string, ElfOutputSymbol> tables)
    {
        if (function.Callees.TryGetValue(index, out WrittenFunction? callee)) return RelocateCall(ref instruction, callee);
        if (instruction.Reference is not { } reference || reference.Kind == ReferenceKind.Label) return null;
        bool isCall = reference.Kind == ReferenceKind.Kfunc;
        if (isCall ? instruction.OpCode != OpCode.Call : !instruction.IsWideLoad)
        {
            string wanted = isCall ? "a call" : "a wide load";
            throw Refuse(function, $"instruction {index} (`{instruction}`) is not {wanted}, and refers to {reference}");
        }

        (ElfOutputSymbol symbol, long immediate) = reference.Kind switch
        {
            ReferenceKind.Map => (writer.Symbols.Map(reference.Name, problem => Refuse(function, problem)), 0L),
            ReferenceKind.MapValue => Data(function, reference.Name, (uint)instruction.ImmediateHigh),
            ReferenceKind.Kfunc => (Extern(function, reference), -1L),
            ReferenceKind.Ksym => (Extern(function, reference), instruction.Immediate),
            ReferenceKind.Kconfig => (Extern(function, reference), 0L),
            ReferenceKind.JumpTable => (tables[reference.Name], 0L),
            _ => throw Refuse(function, $"instruction {index} (`{instruction}`) refers to {reference}, which is no part of an object"),
        };
        instruction.Source = isCall ? (Register)CallKind.Function : (Register)WideLoadKind.Immediate;
        instruction.Immediate = immediate;
        instruction.Reference = null;
        return symbol;
    }

    /// <summary>A global function is named; a static one is known by its section and the place in it, as compilers write it.</summary>
    private ElfOutputSymbol RelocateCall(ref Instruction instruction, WrittenFunction callee)
    {
        bool isCall = !instruction.IsWideLoad;
        instruction.Reference = null;
        instruction.Source = isCall ? (Register)CallKind.Function : (Register)WideLoadKind.Immediate;
        if (callee.IsGlobal)
        {
            instruction.Immediate = isCall ? -1 : 0;
            return callee.Symbol;
        }

        instruction.Immediate = isCall ? (callee.Offset / InstructionDecoder.SlotSize) - 1L : callee.Offset;
        return writer.Elf.SymbolOf(callee.Section);
    }

    private (ElfOutputSymbol Symbol, long Immediate) Data(WrittenFunction function, string map, uint offset) =>
        writer.Symbols.Data(map, offset, problem => Refuse(function, problem));

    private ElfOutputSymbol Extern(WrittenFunction function, Reference reference)
    {
        if (writer.Spec.Externs.TryGetValue(reference.Name, out ExternSpec? found)) return writer.Symbols.Extern(reference.Name, found.IsWeak);
        if (reference is { Kind: ReferenceKind.Kfunc, Name: ExternSpec.Trap }) return writer.Symbols.Extern(reference.Name, isWeak: false);
        throw Refuse(function, $"it refers to {reference}, which is none of the collection's Externs");
    }

    private Dictionary<string, ElfOutputSymbol> WriteTables(WrittenFunction function)
    {
        Dictionary<string, ElfOutputSymbol> symbols = new(StringComparer.Ordinal);
        if (!_tables.TryGetValue(function, out var tables)) return symbols;
        Dictionary<string, int> labels = new(StringComparer.Ordinal);
        foreach (InstructionSlot item in function.Code.Slots())
        {
            if (item.Instruction.Symbol is { } symbol) labels.TryAdd(symbol, item.Slot);
        }

        foreach ((string name, (ImmutableArray<string> targets, uint offset)) in tables)
        {
            for (int i = 0; i < targets.Length; i++)
            {
                if (!labels.TryGetValue(targets[i], out int slot))
                    throw Refuse(function, $"jump table \"{name}\" leads to label \"{targets[i]}\", which is not in the function");
                ulong place = function.Offset + ((ulong)slot * InstructionDecoder.SlotSize);
                Span<byte> entry = _jumpTableBytes.AsSpan((int)offset + (i * sizeof(ulong)));
                if (writer.Spec.ByteOrder == ByteOrder.LittleEndian) BinaryPrimitives.WriteUInt64LittleEndian(entry, place);
                else BinaryPrimitives.WriteUInt64BigEndian(entry, place);
            }

            symbols.Add(name, writer.Elf.AddSymbol(
                name,
                ElfSymbolType.Object,
                _tableNames.Add(name) ? ElfSymbolBinding.Global : ElfSymbolBinding.Local,
                _jumpTables,
                offset,
                (ulong)targets.Length * sizeof(ulong)));
        }

        return symbols;
    }

    private static BpfException Refuse(WrittenFunction function, string problem) =>
        function.Program is { } program
            ? Inexpressible.Program(program, problem)
            : new BpfException($"Write function \"{function.Name}\": {problem}");
}
