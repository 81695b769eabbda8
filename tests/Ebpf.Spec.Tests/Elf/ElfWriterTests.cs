using Ebpf.Elf;

namespace Ebpf.Spec.Tests.Elf;

public sealed class ElfWriterTests
{
    [Theory]
    [InlineData(ByteOrder.LittleEndian)]
    [InlineData(ByteOrder.BigEndian)]
    public void ToArray_SectionsSymbolsAndRelocations_ReadBack(ByteOrder order)
    {
        ElfWriter writer = new(order);
        ElfOutputSection code = writer.AddSection("xdp", ElfSectionFlags.Allocate | ElfSectionFlags.Executable, new byte[16], 8);
        ElfOutputSection zeros = writer.AddZeros(".bss", ElfSectionFlags.Allocate | ElfSectionFlags.Write, 1 << 20, 8);
        ElfOutputSymbol global = writer.AddSymbol("main", ElfSymbolType.Function, ElfSymbolBinding.Global, code, 8, 8);
        ElfOutputSymbol local = writer.AddSymbol("helper", ElfSymbolType.Function, ElfSymbolBinding.Local, code, 0, 8);
        ElfOutputSymbol absent = writer.AddSymbol("bpf_do", ElfSymbolType.None, ElfSymbolBinding.Weak, section: null);
        code.Relocations.Add((8, absent, ElfRelocationType.Call));
        code.Relocations.Add((0, writer.SymbolOf(zeros), ElfRelocationType.WideLoad));

        ElfFile file = new(writer.ToArray());

        Assert.Equal(order, file.ByteOrder);
        Assert.Equal(["xdp", ".relxdp", ".bss", ".symtab", ".strtab"], Enumerable.Range(1, file.SectionCount - 1).Select(file.SectionName));
        Assert.Equal((ElfSectionType.NoBits, 1ul << 20), (file.Section(3).Type, file.Section(3).Size));
        ElfSymbolTable symbols = file.Symbols(file.Section(4));
        Assert.Equal((5, 1, 2), (symbols.Count, local.Index, zeros.Symbol!.Index));
        Assert.Equal(["helper", "", "main", "bpf_do"], Enumerable.Range(1, 4).Select(i => symbols.Name(symbols[i])));
        Assert.Equal(3u, file.Section(4).Info);
        Assert.Equal((1, 8ul, 8ul), (symbols[global.Index].Section, symbols[global.Index].Value, symbols[global.Index].Size));
        Assert.True(symbols[absent.Index].IsUndefined);
        ElfRelocationTable relocations = file.Relocations(file.Section(2));
        Assert.Equal(
            [new ElfRelocation(8, absent.Index, 10), new ElfRelocation(0, zeros.Symbol.Index, 1)],
            Enumerable.Range(0, relocations.Count).Select(i => relocations[i]));
    }

    [Fact]
    public void ToArray_MoreSectionsThanTheHeaderCounts_ReadBack()
    {
        const int count = 0xff00 + 10;
        ElfWriter writer = new(ByteOrder.LittleEndian);
        ElfOutputSection last = null!;
        for (int i = 0; i < count; i++) last = writer.AddSection("x", ElfSectionFlags.Allocate, new byte[8], 8);
        writer.AddSymbol("last", ElfSymbolType.Object, ElfSymbolBinding.Global, last, 0, 8);

        ElfFile file = new(writer.ToArray());

        Assert.Equal(count + 4, file.SectionCount);
        ElfSymbolTable symbols = file.Symbols(file.Section(count + 1));
        Assert.Equal(("last", count), (symbols.Name(symbols[1]), symbols[1].Section));
        Assert.Equal(".strtab", file.SectionName(count + 3));
    }
}
