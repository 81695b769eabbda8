using System.Diagnostics.CodeAnalysis;
using Ebpf.Asm;
using Ebpf.Elf;
using Ebpf.Sections;

namespace Ebpf.Object.Reading;

/// <summary>All functions of an object, in the order of sections and offsets.</summary>
/// <remarks>
/// Code belongs to a function by its symbol: what lies between functions (bodies of weak functions that the linker
/// replaced) belongs to none. Two symbols for the same code (aliases) are two functions.
/// </remarks>
internal sealed class FunctionTable
{
    private readonly List<ObjectFunction> _functions = [];
    private readonly bool[] _hasStatic;
    private Dictionary<string, ObjectFunction>? _globals;

    /// <exception cref="ObjectFormatException">A function lies outside of its section, or overlaps another one.</exception>
    public FunctionTable(ObjectFile file)
    {
        _hasStatic = new bool[file.Elf.SectionCount];
        bool[] hasTyped = new bool[file.Elf.SectionCount];
        List<ElfSymbol> untyped = [];
        for (int i = 1; i < file.Symbols.Count; i++)
        {
            ElfSymbol symbol = file.Symbols[i];
            if (file.Role(symbol.Section) != SectionRole.Code) continue;
            if (symbol.Type == ElfSymbolType.Function)
            {
                _functions.Add(Check(file, symbol));
                hasTyped[symbol.Section] = true;
            }
            else if (symbol.Type == ElfSymbolType.None && symbol.Value % InstructionDecoder.SlotSize == 0)
            {
                untyped.Add(symbol);
            }
        }

        AddUntyped(file, untyped, hasTyped);
        _functions.Sort(static (a, b) => Compare(a, b.Section, b.Start) is not 0 and int order ? order : a.Symbol.CompareTo(b.Symbol));
        RefuseOverlaps(file);
        for (int i = 1; i < hasTyped.Length; i++)
        {
            if (file.Role(i) == SectionRole.Code && !hasTyped[i])
                file.Warn($"Section \"{file.Elf.SectionName(i)}\" holds {file.Elf.Section(i).Size} bytes of code, of which no symbol says that they are a function: they are left out.");
        }

        foreach (ElfSymbol symbol in untyped)
        {
            if (symbol.Binding != ElfSymbolBinding.Local && Containing(symbol.Section, (long)symbol.Value) is null)
            {
                file.Warn($"Symbol \"{file.Symbols.Name(symbol)}\" in section \"{file.Elf.SectionName(symbol.Section)}\" is left out: it has no type, "
                    + "so that it is no function (assembler: .type NAME, @function and .size).");
            }
        }
    }

    public IReadOnlyList<ObjectFunction> All => _functions;

    /// <summary>Whether a function is static that stands in a section of programs, not among functions for others to call.</summary>
    /// <param name="section">The section.</param>
    public bool HasStaticProgram(int section) => _hasStatic[section];

    /// <summary>The function that begins at <paramref name="offset"/> of <paramref name="section"/>.</summary>
    public bool TryGet(int section, long offset, [NotNullWhen(true)] out ObjectFunction? function)
    {
        int index = LastAtOrBefore(section, offset);
        function = index >= 0 && _functions[index].Section == section && _functions[index].Start == offset
            ? _functions[index]
            : null;
        return function is not null;
    }

    /// <summary>The function whose code holds <paramref name="offset"/> of <paramref name="section"/>.</summary>
    public ObjectFunction? Containing(int section, long offset)
    {
        int index = LastAtOrBefore(section, offset);
        if (index < 0) return null;
        ObjectFunction candidate = _functions[index];
        return candidate.Section == section && offset < candidate.End ? candidate : null;
    }

    /// <summary>The function of a name that other objects could call; <c>null</c> if there is none.</summary>
    public ObjectFunction? Global(string name)
    {
        if (_globals is null)
        {
            _globals = new(StringComparer.Ordinal);
            foreach (ObjectFunction function in _functions)
            {
                if (function.Binding != ElfSymbolBinding.Local && !function.IsHidden) _globals.TryAdd(function.Name, function);
            }
        }

        return _globals.GetValueOrDefault(name);
    }

    /// <summary>
    /// Adds the functions of sections in which no symbol has a type: clang before 8 gave symbols neither types nor sizes, so that
    /// each function ends where the next begins.
    /// </summary>
    private void AddUntyped(ObjectFile file, List<ElfSymbol> symbols, bool[] hasTyped)
    {
        List<ElfSymbol> found = symbols.FindAll(symbol => !hasTyped[symbol.Section] && IsFunctionName(file.Symbols.NameUtf8(symbol)));
        found.Sort(static (a, b) =>
            a.Section != b.Section ? a.Section.CompareTo(b.Section)
            : a.Value != b.Value ? a.Value.CompareTo(b.Value)
            : a.Index.CompareTo(b.Index));
        ulong end = 0;
        for (int i = found.Count - 1; i >= 0; i--)
        {
            ElfSymbol symbol = found[i];
            if (i + 1 == found.Count || found[i + 1].Section != symbol.Section) end = file.Elf.Section(symbol.Section).Size;
            else if (found[i + 1].Value != symbol.Value) end = found[i + 1].Value;
            if (symbol.Value >= end) continue;
            _functions.Add(Check(file, symbol with { Size = end - symbol.Value }));
            hasTyped[symbol.Section] = true;
        }
    }

    /// <summary>Whether a symbol is not one of the labels that compilers put into functions (<c>LBB0_1</c>).</summary>
    private static bool IsFunctionName(ReadOnlySpan<byte> name) =>
        !name.IsEmpty && name[0] != '.' && !name.StartsWith("LBB"u8) && !name.StartsWith("Ltmp"u8) && !name.StartsWith("Lfunc"u8);

    private ObjectFunction Check(ObjectFile file, in ElfSymbol symbol)
    {
        ElfSection section = file.Elf.Section(symbol.Section);
        if (file.Symbols.NameUtf8(symbol).IsEmpty)
        {
            throw new ObjectFormatException(
                $"the function of symbol {symbol.Index} has no name", file.Elf.SectionName(section), offset: (long)symbol.Value);
        }

        if (symbol.Size == 0 || symbol.Value > section.Size || symbol.Size > section.Size - symbol.Value)
        {
            throw new ObjectFormatException(
                $"the function's {symbol.Size} bytes do not lie inside of the section of {section.Size}",
                file.Elf.SectionName(section),
                file.Symbols.Name(symbol),
                (long)symbol.Value);
        }

        if ((symbol.Value | symbol.Size) % InstructionDecoder.SlotSize != 0)
        {
            throw new ObjectFormatException(
                $"the function's offset and size ({symbol.Size}) are no multiples of {InstructionDecoder.SlotSize}",
                file.Elf.SectionName(section),
                file.Symbols.Name(symbol),
                (long)symbol.Value);
        }

        // Reads nothing, but refuses a section that lies outside of the file.
        file.Elf.Data(section);
        if (symbol.Binding == ElfSymbolBinding.Local && !_hasStatic[symbol.Section])
            _hasStatic[symbol.Section] = !SectionResolver.IsSubprogramSection(file.Elf.SectionName(section));
        return new ObjectFunction(file, symbol);
    }

    private static int Compare(ObjectFunction function, int section, long offset) =>
        function.Section != section ? function.Section.CompareTo(section) : ((long)function.Start).CompareTo(offset);

    private int LastAtOrBefore(int section, long offset)
    {
        int low = 0, high = _functions.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            if (Compare(_functions[middle], section, offset) <= 0) low = middle + 1;
            else high = middle - 1;
        }

        return high;
    }

    private void RefuseOverlaps(ObjectFile file)
    {
        for (int i = 1; i < _functions.Count; i++)
        {
            ObjectFunction before = _functions[i - 1], function = _functions[i];
            if (before.Section == function.Section && function.Start < before.End
                && (function.Start, function.End) != (before.Start, before.End))
            {
                throw new ObjectFormatException(
                    $"the function overlaps \"{before.Name}\"",
                    file.Elf.SectionName(function.Section),
                    function.Name,
                    function.Start);
            }
        }
    }
}

/// <summary>A function in the object: where its code is.</summary>
internal sealed class ObjectFunction(ObjectFile file, ElfSymbol symbol)
{
    private string? _name;

    public string Name => _name ??= file.Symbols.Name(symbol);

    /// <summary>The index of the symbol.</summary>
    public int Symbol => symbol.Index;

    public int Section => symbol.Section;

    /// <summary>Where the function begins in its section, in bytes.</summary>
    public int Start => (int)symbol.Value;

    /// <summary>Where it ends in its section, in bytes.</summary>
    public int End => (int)(symbol.Value + symbol.Size);

    public ElfSymbolBinding Binding => symbol.Binding;

    /// <summary>Whether another object that is linked with this one could not see the function.</summary>
    public bool IsHidden => symbol.IsHidden;
}
