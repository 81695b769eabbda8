using System.Globalization;
using System.Text;
using Ebpf.Common;
using Ebpf.Executables;

namespace Ebpf.Links.Uprobes;

/// <summary>Finds the places in a file that names, addresses and patterns mean, and says what is wrong where it finds none.</summary>
/// <param name="file">The file.</param>
/// <param name="what">What is attached to what, for messages.</param>
internal sealed class PlaceSearch(ProbedFile file, string what)
{
    /// <summary>How many names a message lists of functions that a resolver chooses from.</summary>
    private const int MaxListed = 8;

    /// <summary>A place, and what is known about the code there.</summary>
    /// <param name="Place">The place.</param>
    /// <param name="Address">Its address; <c>null</c> in a file that is not ELF.</param>
    /// <param name="Function">The function in which it is; <c>null</c> if none is known.</param>
    internal readonly record struct Found(UprobePlace Place, ulong? Address, ExecutableSymbol? Function)
    {
        /// <summary>Whether it is where a function begins.</summary>
        public bool IsEntry => Function is { } function && function.Address == Address;
    }

    /// <summary>Finds a place.</summary>
    /// <exception cref="BpfException">There is none, or more than one.</exception>
    public Found Find(CodeLocation location)
    {
        string name = location.ToString();
        if (location.Position is { } offset)
        {
            ulong? address = Elf() is { } elf && elf.TryGetAddress(offset, out ulong at) && elf.IsCode(at) ? at : null;
            if (Elf() is not null && address is null) throw Fail(Errno.EINVAL, $"{name} is in no part of {file.Path} that is loaded as code");
            return Make(name, offset, address, address is { } known ? file.Symbols!.FindContaining(known) : null);
        }

        ElfExecutable executable = Elf() ?? throw Fail(
            Errno.ENOEXEC, $"{file.Path} is no ELF file, so that it has no functions and addresses: give an offset in the file ({nameof(CodeLocation)}.{nameof(CodeLocation.FileOffset)})");
        if (location.VirtualAddress is { } virtualAddress)
            return Make(name, OffsetOf(executable, virtualAddress, name), virtualAddress, file.Symbols!.FindContaining(virtualAddress));

        ExecutableSymbol function = FindFunction(location.Name!);
        if (location.Distance != 0 && function.Size != 0 && location.Distance >= function.Size)
            throw Fail(Errno.EINVAL, $"{name} is behind the end of the function, which has {function.Size} bytes");
        ulong place = function.Address + location.Distance;
        return Make(name, OffsetOf(executable, place, name), place, function);
    }

    /// <summary>Finds all functions whose names match a pattern; without <c>*</c> and <c>?</c>, the function of the name.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="most">How many there may be.</param>
    /// <exception cref="BpfException">There are none, or too many.</exception>
    public List<Found> Match(string pattern, int most)
    {
        if (!NamePattern.IsPattern(pattern)) return [Find(CodeLocation.Parse(pattern))];
        ElfExecutable executable = Elf() ?? throw Fail(Errno.ENOEXEC, $"{file.Path} is no ELF file, so that it has no functions");
        List<Found> found = [];
        List<ExecutableSymbol> symbols = file.Symbols!.Match(pattern, out int resolvers);
        foreach (ExecutableSymbol symbol in symbols)
        {
            if (executable.IsCode(symbol.Address) && executable.TryGetOffset(symbol.Address, out ulong offset))
                found.Add(Make(symbol.ToString(), offset, symbol.Address, symbol));
        }

        if (found.Count > most)
        {
            throw Fail(
                Errno.E2BIG,
                string.Create(CultureInfo.InvariantCulture, $"{found.Count} functions match \"{pattern}\", and {nameof(UprobeMultiOptions.MaxFunctions)} is {most}"));
        }

        return found.Count > 0
            ? found
            : throw Fail(Errno.ENOENT, resolvers > 0
                ? $"\"{pattern}\" matches only resolvers of {file.Path} (IFUNC), which run once to choose the function that is called"
                : $"no function of {file.Path} matches \"{pattern}\"{Stripped()}");
    }

    private static string Hex(ulong address) => string.Create(CultureInfo.InvariantCulture, $"0x{address:x}");

    private ElfExecutable? Elf()
    {
        try
        {
            return file.Elf;
        }
        catch (ObjectFormatException error)
        {
            throw new BpfException($"Attach {what}: {file.Path}: {error.Message}", error);
        }
    }

    private ExecutableSymbol FindFunction(string name)
    {
        ExecutableSymbols symbols = file.Symbols!;
        List<ExecutableSymbol> found = symbols.Find(name);
        switch (found)
        {
            case [{ IsIndirect: false } one]:
                return one;
            case [{ } resolver]:
                throw Fail(
                    Errno.EOPNOTSUPP,
                    $"\"{name}\" is a resolver in {file.Path} (IFUNC), which runs once to choose the function that is called; probe {Implementations(resolver.Name)}, "
                    + $"or the resolver by its address, {Hex(resolver.Address)}");
            case []:
                throw Fail(Errno.ENOENT, $"{file.Path} has no function \"{name}\"{NearNames.Suggest(name, symbols.Names(Limits.MaxNamesCompared))}{Stripped()}");
            default:
                IEnumerable<string> listed = found.Take(MaxListed).Select(symbol => $"{symbol} at {Hex(symbol.Address)}");
                throw Fail(
                    Errno.EADDRNOTAVAIL,
                    $"{file.Path} has {found.Count} functions \"{name}\" ({string.Join(", ", listed)}): give an address or a version");
        }
    }

    /// <summary>The functions from which a resolver chooses have its name in theirs: <c>__memmove_avx_unaligned_erms</c>.</summary>
    private string Implementations(string name)
    {
        string pattern = $"*{name}_*";
        List<ExecutableSymbol> found = file.Symbols!.Match(pattern, out _);
        return found.Count == 0
            ? "one of those, whose names are not in this file: debug symbols of it have them"
            : $"those instead ({string.Join(", ", found.Take(MaxListed).Select(symbol => symbol.Name))}{(found.Count > MaxListed ? ", …" : "")})";
    }

    private string Stripped() => file.Symbols switch
    {
        { HasNone: true } => "; it is stripped, and has no names at all: give an address, or put its debug file below /usr/lib/debug",
        { IsStripped: true, IsGo: true } => "; it is a stripped Go program, whose table of functions this library cannot read: give an address",
        { IsStripped: true } => "; it is stripped, and has the names only of what other files can use: give an address, or put its debug file below /usr/lib/debug",
        _ => "",
    };

    private ulong OffsetOf(ElfExecutable executable, ulong address, string name) =>
        executable.IsCode(address) && executable.TryGetOffset(address, out ulong offset)
            ? offset
            : throw Fail(Errno.EINVAL, $"{name} is in no part of {file.Path} that is loaded as code");

    private Found Make(string name, ulong offset, ulong? address, ExecutableSymbol? function) =>
        new(new UprobePlace(file.Start + offset) { Name = name }, address, function);

    private BpfException Fail(Errno error, string advice) => new($"Attach {what}", error, advice);
}
