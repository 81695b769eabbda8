using System.Text;
using Ebpf.Common;
using Ebpf.Elf;

namespace Ebpf.Executables;

/// <summary>The functions of an executable, from all places that name them.</summary>
/// <remarks>
/// Addresses are those of the executed file, whatever file names the function: a debug file has program headers that mean nothing.
/// Places are opened when those before them do not know a name.
/// </remarks>
/// <param name="file">The executable.</param>
/// <param name="openDebugFile">Opens the file that has its debug information; <c>null</c> if there is none.</param>
internal sealed class ExecutableSymbols(ElfExecutable file, Func<ElfExecutable, ElfExecutable?>? openDebugFile = null)
{
    private static readonly SymbolOrigin[] Places = Enum.GetValues<SymbolOrigin>();

    private readonly Lazy<DynamicSymbols?> _dynamic = new(() => DynamicSymbols.Of(file), LazyThreadSafetyMode.None);
    private readonly Lazy<ExecutableSymbolTable?> _static =
        new(() => ExecutableSymbolTable.InSection(file, ElfSectionType.SymbolTable, SymbolOrigin.StaticTable), LazyThreadSafetyMode.None);

    private readonly Lazy<ExecutableSymbolTable?> _compressed = new(() => OfCompressed(file), LazyThreadSafetyMode.None);
    private readonly Lazy<ExecutableSymbolTable?> _separate = new(() => OfDebugFile(file, openDebugFile), LazyThreadSafetyMode.None);
    private readonly Lazy<GoFunctionTable?> _go = new(() => GoFunctionTable.Of(file), LazyThreadSafetyMode.None);
    private bool? _isGo;

    /// <summary>Whether it was written by Go.</summary>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public bool IsGo => _isGo ??= GoFunctionTable.IsGo(file);

    /// <summary>Whether nothing names the functions that it does not show to other files.</summary>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public bool IsStripped => _static.Value is null && _compressed.Value is null && _separate.Value is null && _go.Value is null;

    /// <summary>Whether stripping took even the names away that the dynamic linker uses.</summary>
    public bool HasNone => IsStripped && _dynamic.Value is null;

    /// <summary>Finds the functions of a name, in the first place that knows it.</summary>
    /// <param name="name">The name; with a version as <c>memcpy@GLIBC_2.14</c>.</param>
    /// <returns>
    /// Functions at different addresses; without a version in the name those of the default version, if there is one. Empty if nothing
    /// knows the name.
    /// </returns>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public List<ExecutableSymbol> Find(string name)
    {
        int at = name.IndexOf('@', StringComparison.Ordinal);
        string? version = at < 0 ? null : name[at..].TrimStart('@');
        byte[] text = Encoding.UTF8.GetBytes(at < 0 ? name : name[..at]);
        List<ExecutableSymbol> found = [];
        for (SymbolOrigin origin = 0; found.Count == 0 && origin <= SymbolOrigin.GoTable; origin++)
        {
            Find(origin, text, found);
            if (version is not null) found.RemoveAll(symbol => symbol.Version != version);
        }

        return Choose(found, version is not null);
    }

    /// <summary>Finds the functions whose names match a pattern: one for each address, without resolvers (IFUNC).</summary>
    /// <param name="pattern">The pattern, of <c>*</c> and <c>?</c>.</param>
    /// <param name="resolvers">How many resolvers match, which are left out.</param>
    /// <returns>The functions by address; as many as <see cref="Limits.MaxFunctionsMatched"/> and one if there are more.</returns>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public List<ExecutableSymbol> Match(string pattern, out int resolvers)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(pattern);
        Dictionary<ulong, ExecutableSymbol> found = [];
        HashSet<ulong> indirect = [];

        // Names that share ends can be longer together than the table that has them, but not many times.
        ulong bytesLeft = (Limits.MaxNameBytesPerByte * file.Source.Length) + Limits.MaxSymbolName;
        foreach (SymbolOrigin origin in Places)
        {
            ExecutableSymbolTable? table = Table(origin);
            ForEach(origin, (in SymbolEntry entry, ReadOnlySpan<byte> name) =>
            {
                if (entry.Type == ElfSymbolType.None) return true;
                int end = name.IndexOf((byte)'@');
                if (!NamePattern.Matches(wanted, end < 0 ? name : name[..end])) return true;
                ExecutableSymbol symbol = table is null ? GoFunctionTable.Symbol(entry, name) : table.Symbol(entry, name);
                if ((ulong)name.Length > bytesLeft) throw new ObjectFormatException("the symbol tables name more than the file can hold");
                bytesLeft -= (ulong)name.Length;
                if (symbol.IsIndirect) indirect.Add(symbol.Address);
                else found.TryAdd(symbol.Address, symbol);
                return found.Count <= Limits.MaxFunctionsMatched;
            });
        }

        resolvers = indirect.Count;
        return [.. found.Values.OrderBy(symbol => symbol.Address)];
    }

    /// <summary>The function in which an address lies.</summary>
    /// <returns><c>null</c> if none is known to begin before it.</returns>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public ExecutableSymbol? FindContaining(ulong address)
    {
        ExecutableSymbol? best = null;
        foreach (SymbolOrigin origin in Places)
        {
            ExecutableSymbol? candidate = Table(origin)?.FindContaining(address);
            if (origin == SymbolOrigin.GoTable)
            {
                _go.Value?.ForEach((in SymbolEntry entry, ReadOnlySpan<byte> name) =>
                {
                    if (entry.Address <= address && (entry.Size == 0 || address - entry.Address < entry.Size)) candidate = GoFunctionTable.Symbol(entry, name);
                    return entry.Address <= address;
                });
            }

            if (candidate is not null && (best is null || candidate.Address > best.Address)) best = candidate;
            if (best is { Size: > 0 }) break;
        }

        return best;
    }

    /// <summary>Names of functions, for messages; those of code that looks like what was wanted come first.</summary>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public List<string> Names(int limit)
    {
        List<string> names = [];
        foreach (SymbolOrigin origin in Places)
        {
            ForEach(origin, (in SymbolEntry _, ReadOnlySpan<byte> name) =>
            {
                if (name.Length <= Limits.MaxNameCompared) names.Add(Encoding.UTF8.GetString(name));
                return names.Count < limit;
            });
        }

        return names;
    }

    private static List<ExecutableSymbol> Choose(List<ExecutableSymbol> found, bool hasVersion)
    {
        // Several names of one address are one function. A resolver and a function at one address: it is a resolver.
        List<ExecutableSymbol> distinct = [];
        foreach (ExecutableSymbol symbol in found)
        {
            if (!distinct.Exists(other => other.Address == symbol.Address)) distinct.Add(symbol);
        }

        if (distinct.Count > 1 && !hasVersion && distinct.Exists(symbol => symbol.IsDefault)) distinct.RemoveAll(symbol => !symbol.IsDefault);

        // As a linker has it: what others can see, before what the files of the program have for themselves.
        if (distinct.Count > 1 && distinct.Exists(IsGlobal)) distinct.RemoveAll(symbol => !IsGlobal(symbol));
        return distinct;

        static bool IsGlobal(ExecutableSymbol symbol) => symbol.Binding == ElfSymbolBinding.Global;
    }

    private static ExecutableSymbolTable? OfCompressed(ElfExecutable file)
    {
        if (!file.TryFindSection(".gnu_debugdata"u8, out ElfSection section) || file.TryReadSection(section, Limits.MaxMiniDebugInformation) is not { } packed)
            return null;
        long limit = Limits.MinMiniDebugInformation + ((long)Limits.MaxUnpackedPerByte * packed.Length);
        try
        {
            ReadOnlyMemory<byte> unpacked = XzDecoder.Decode(packed, (int)Math.Min(limit, Limits.MaxMiniDebugInformation));
            return OfOther(new ElfExecutable(new MemorySource(unpacked)), file, SymbolOrigin.MiniDebugInformation);
        }
        catch (ObjectFormatException)
        {
            // What is damaged names nothing; the file itself works.
            return null;
        }
    }

    private static ExecutableSymbolTable? OfDebugFile(ElfExecutable file, Func<ElfExecutable, ElfExecutable?>? open) =>
        open?.Invoke(file) is { } debug ? OfOther(debug, file, SymbolOrigin.DebugFile) : null;

    /// <summary>Prelinking moves the executed file, not the one with its symbols.</summary>
    private static ExecutableSymbolTable? OfOther(ElfExecutable symbols, ElfExecutable file, SymbolOrigin origin)
    {
        ulong shift = file.TryFindSection(".text"u8, out ElfSection here) && symbols.TryFindSection(".text"u8, out ElfSection there)
            ? here.Address - there.Address
            : 0;
        return ExecutableSymbolTable.InSection(symbols, ElfSectionType.SymbolTable, origin, shift);
    }

    private ExecutableSymbolTable? Table(SymbolOrigin origin) => origin switch
    {
        SymbolOrigin.DynamicTable => _dynamic.Value?.Table,
        SymbolOrigin.StaticTable => _static.Value,
        SymbolOrigin.MiniDebugInformation => _compressed.Value,
        SymbolOrigin.DebugFile when _static.Value is null => _separate.Value,
        _ => null,
    };

    private void Find(SymbolOrigin origin, byte[] name, List<ExecutableSymbol> found)
    {
        if (origin == SymbolOrigin.GoTable) _go.Value?.Find(name, found);
        else if (origin == SymbolOrigin.DynamicTable) _dynamic.Value?.Find(name, found);
        else Table(origin)?.Find(name, found);
    }

    private void ForEach(SymbolOrigin origin, SymbolVisitor visit)
    {
        if (origin == SymbolOrigin.GoTable) _go.Value?.ForEach(visit);
        else Table(origin)?.ForEach(visit);
    }
}
