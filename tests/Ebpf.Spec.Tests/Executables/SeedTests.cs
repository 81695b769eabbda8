using Ebpf.Executables;
using Ebpf.Fuzz;

namespace Ebpf.Spec.Tests.Executables;

/// <summary>What the inputs mean from which fuzzing begins: tables for the dynamic linker, and of Go in each form.</summary>
public sealed class SeedTests
{
    private const ulong Code = ExecutableBuilder.CodeAddress;

    public static TheoryData<string> Go => [.. Names("go.")];

    public static TheoryData<string> Dynamic => [.. Names("headless."), .. Names("hashed.")];

    [Theory]
    [MemberData(nameof(Go))]
    public void Find_FunctionOfStrippedGoProgram_IsInItsOwnTable(string name)
    {
        ExecutableSymbols symbols = new(Open(name));

        Assert.True(symbols.IsGo);
        Assert.Equal((Code, 8ul, SymbolOrigin.GoTable), Of(Assert.Single(symbols.Find("main.main"))));
        Assert.Equal((Code + 8, 8ul, SymbolOrigin.GoTable), Of(Assert.Single(symbols.Find("main.hat"))));
        Assert.Empty(symbols.Find("main.ha"));
        Assert.Equal(["main.main", "main.hat"], symbols.Match("main.*", out _).Select(symbol => symbol.Name));
        Assert.Equal("main.hat", symbols.FindContaining(Code + 12)!.Name);

        static (ulong, ulong, SymbolOrigin) Of(ExecutableSymbol symbol) => (symbol.Address, symbol.Size, symbol.Origin);
    }

    [Theory]
    [MemberData(nameof(Dynamic))]
    public void Find_FileWithoutSectionHeaders_IsInTheTableOfTheDynamicLinker(string name)
    {
        ElfExecutable file = Open(name);
        ExecutableSymbols symbols = new(file);

        Assert.Equal(0, file.SectionCount);
        Assert.Equal((Code, "V1", SymbolOrigin.DynamicTable), Of(Assert.Single(symbols.Find("alpha"))));
        Assert.Equal(Code, Assert.Single(symbols.Find("alpha@V1")).Address);
        Assert.Equal(2, symbols.Match("*", out _).Count);

        static (ulong, string?, SymbolOrigin) Of(ExecutableSymbol symbol) => (symbol.Address, symbol.Version, symbol.Origin);
    }

    [Fact]
    public void LoaderCache_NewFormAndOldOne_GiveThePath()
    {
        foreach (string name in (string[])["cache", "old-cache"]) Assert.Equal(["/lib/libc.so.6"], LoaderCache.Find(Seed(name), "libc.so.6"));
    }

    private static IEnumerable<string> Names(string prefix) =>
        FuzzTarget.All["executable"].Seeds().Select(seed => seed.Name).Where(name => name.StartsWith(prefix, StringComparison.Ordinal));

    private static byte[] Seed(string name) => FuzzTarget.All["executable"].Seeds().First(seed => seed.Name == name).Input;

    private static ElfExecutable Open(string name) => new(new MemorySource(Seed(name)));
}
