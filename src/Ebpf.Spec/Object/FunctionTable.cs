using System.Diagnostics.CodeAnalysis;
using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Elf;

namespace Ebpf.Object;

/// <summary>All functions of an object, in the order of sections and offsets.</summary>
/// <remarks>
/// Code belongs to a function by its symbol: what lies between functions (bodies of weak functions that the linker
/// replaced) belongs to none. Two symbols for the same code (aliases) are two functions.
/// </remarks>
internal sealed class FunctionTable
{
    private readonly List<ObjectFunction> _functions = [];

    public FunctionTable(ObjectFile file)
    {
        ElfSymbolTable symbols = file.Symbols;
        for (int i = 1; i < symbols.Count; i++)
        {
            ElfSymbol symbol = symbols[i];
            if (symbol.Type == ElfSymbolType.Function && file.Role(symbol.Section) == SectionRole.Code)
                _functions.Add(Check(file, symbol));
        }

        _functions.Sort(static (a, b) => Compare(a, b.Section, b.Start) is not 0 and int order ? order : a.Symbol.CompareTo(b.Symbol));
        RefuseOverlaps(file);
    }

    public IReadOnlyList<ObjectFunction> All => _functions;

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
    public ObjectFunction? Global(string name) =>
        _functions.Find(function => function.Binding != ElfSymbolBinding.Local && !function.IsHidden && function.Name == name);

    /// <summary>
    /// Makes hidden functions static in the types: the verifier follows calls of static ones, and verifies global ones apart
    /// from their callers, for which hiding them is not meant.
    /// </summary>
    public void HideFromKernel(BtfSpec types)
    {
        HashSet<string>? hidden = null;
        foreach (ObjectFunction function in _functions)
        {
            if (function.IsHidden) (hidden ??= new(StringComparer.Ordinal)).Add(function.Name);
        }

        if (hidden is null) return;
        foreach (BtfType type in types.OfKind(BtfKind.Function))
        {
            if (hidden.Contains(type.Name)) types.OverrideFunctionLinkage(type.Id, FunctionLinkage.Static);
        }
    }

    private static ObjectFunction Check(ObjectFile file, in ElfSymbol symbol)
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
