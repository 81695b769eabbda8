using Ebpf.Executables;
using Ebpf.Fuzz;

namespace Ebpf.Spec.Tests.Executables;

public sealed class SymbolTests
{
    private const int Function = 2, Resolver = 10, Local = 0, Global = 1;
    private const ulong Code = ExecutableBuilder.CodeAddress;

    [Theory]
    [MemberData(nameof(ElfExecutableTests.Kinds), MemberType = typeof(ElfExecutableTests))]
    public void Find_AnyWidthAndByteOrder_GivesTheAddress(bool is64Bit, ByteOrder order)
    {
        ElfExecutable file = new ExecutableBuilder(is64Bit, order)
            .Symbols(("other", Code + 8, Function, Local), ("wanted", Code + 16, Function, Global), ("unwanted", Code + 32, Function, Global)).Open();

        ExecutableSymbol found = Assert.Single(new ExecutableSymbols(file).Find("wanted"));

        Assert.Equal((Code + 16, 16ul, SymbolOrigin.StaticTable), (found.Address, found.Size, found.Origin));
        Assert.Empty(new ExecutableSymbols(file).Find("want"));
    }

    [Fact]
    public void Find_NameThatIsTheEndOfAnother_IsFoundWhereLinkersShareEnds()
    {
        // "wanted" stands only inside of "unwanted" here.
        ExecutableBuilder builder = new();
        byte[] names = "\0unwanted\0"u8.ToArray();
        byte[] entry = [.. builder.U32(3), 2, 0, .. builder.U16(1), .. builder.Word(Code + 4), .. builder.Word(8)];
        ElfExecutable file = builder.Section(".symtab", [.. new byte[24], .. entry], type: 2, link: 3).Section(".strtab", names, type: 3).Open();

        Assert.Equal(Code + 4, Assert.Single(new ExecutableSymbols(file).Find("wanted")).Address);
    }

    [Fact]
    public void Find_SeveralOfAName_AreOneIfTheirAddressIs()
    {
        ElfExecutable file = new ExecutableBuilder()
            .Symbols(("same", Code, Function, Local), ("same", Code, Function, Local), ("two", Code, Function, Local), ("two", Code + 8, Function, Local),
                ("preferred", Code + 16, Function, Local), ("preferred", Code + 24, Function, Global)).Open();
        ExecutableSymbols symbols = new(file);

        Assert.Single(symbols.Find("same"));
        Assert.Equal([Code, Code + 8], symbols.Find("two").Select(symbol => symbol.Address));
        Assert.Equal(Code + 24, Assert.Single(symbols.Find("preferred")).Address);
    }

    [Fact]
    public void Find_VersionInTheNameOfTheSymbol_IsTakenApart()
    {
        ElfExecutable file = new ExecutableBuilder().Symbols(("f@OLD", Code, Function, Global), ("f@@NEW", Code + 8, Function, Global)).Open();
        ExecutableSymbols symbols = new(file);

        Assert.Equal((Code + 8, "NEW"), (symbols.Find("f").Single().Address, symbols.Find("f").Single().Version));
        Assert.Equal(Code, symbols.Find("f@OLD").Single().Address);
        Assert.Equal(Code + 8, symbols.Find("f@@NEW").Single().Address);
        Assert.Empty(symbols.Find("f@NONE"));
    }

    [Fact]
    public void Match_Pattern_LeavesResolversOut()
    {
        ElfExecutable file = new ExecutableBuilder()
            .Symbols(("mem_a", Code, Function, Global), ("mem_b", Code + 8, Resolver, Global), ("mem_c", Code + 16, Function, Global), ("alias_of_c", Code + 16, Function, Global)).Open();

        List<ExecutableSymbol> found = new ExecutableSymbols(file).Match("mem_?", out int resolvers);

        Assert.Equal(["mem_a", "mem_c"], found.Select(symbol => symbol.Name));
        Assert.Equal(1, resolvers);
    }

    [Theory]
    [InlineData("*", "anything", true)]
    [InlineData("a*b*c", "a1b2b3c", true)]
    [InlineData("a*b*c", "a1b2b3", false)]
    [InlineData("a?c", "abc", true)]
    [InlineData("a?c", "ac", false)]
    [InlineData("", "", true)]
    [InlineData("ab", "abc", false)]
    [InlineData("**", "", true)]
    public void Matches_Pattern_IsThatOfFileNames(string pattern, string name, bool matches) =>
        Assert.Equal(matches, NamePattern.Matches(System.Text.Encoding.UTF8.GetBytes(pattern), System.Text.Encoding.UTF8.GetBytes(name)));

    [Theory]
    [InlineData("90", 1)]
    [InlineData("f30f1efa", 4)]
    [InlineData("48b88877665544332211", 10)]
    [InlineData("66b83412", 4)]
    [InlineData("488d05efbeadde", 7)]
    [InlineData("f6042501000000ff", 8)]
    [InlineData("f7d8", 2)]
    [InlineData("c4e2790c0500000000", 9)]
    [InlineData("62f17c4858040c", 7)]
    [InlineData("0f0b", 2)]
    [InlineData("06", 0)]
    [InlineData("48", 0)]
    public void InstructionLength_OfX64_IsThatOfTheProcessor(string code, int length) =>
        Assert.Equal(length, X86InstructionLength.Of([.. Convert.FromHexString(code), .. length > 0 ? new byte[8] : []], is64Bit: true));

    [Fact]
    public void StoredFile_InArchive_IsFoundByName()
    {
        // Local header, content, central directory, end: as zipfile of Python writes "a.so" with "ELF!".
        byte[] name = "a.so"u8.ToArray(), content = "ELF!"u8.ToArray();
        byte[] local = [.. "PK\u0003\u0004"u8, 20, 0, 0, 0, 0, 0, .. new byte[4], .. new byte[4], 4, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, .. name, .. content];
        byte[] central = [.. "PK\u0001\u0002"u8, 20, 0, 20, 0, 0, 0, 0, 0, .. new byte[4], .. new byte[4], 4, 0, 0, 0, 4, 0, 0, 0, 4, 0, .. new byte[12], .. new byte[4], .. name];
        byte[] end = [.. "PK\u0005\u0006"u8, .. new byte[4], 1, 0, 1, 0, (byte)central.Length, 0, 0, 0, (byte)local.Length, 0, 0, 0, 0, 0];
        MemorySource archive = new((byte[])[.. local, .. central, .. end]);

        Assert.Equal((34ul, 4ul), StoredFile.Find(archive, name));
        Assert.Throws<ObjectFormatException>(() => StoredFile.Find(archive, "b.so"u8));
    }
}
