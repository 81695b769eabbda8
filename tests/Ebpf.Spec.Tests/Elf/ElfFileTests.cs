using System.Buffers.Binary;
using Ebpf.Elf;
using Ebpf.TestData;

namespace Ebpf.Spec.Tests.Elf;

public sealed class ElfFileTests
{
    private const int Machine = 18, Type = 16, SectionTable = 40, EntrySize = 58, Count = 60, NameIndex = 62;

    [Theory]
    [InlineData(ByteOrder.LittleEndian)]
    [InlineData(ByteOrder.BigEndian)]
    public void Constructor_Object_ReadsSectionsSymbolsAndRelocations(ByteOrder order)
    {
        ElfFile elf = new(TestObject.Read("counter", order));

        Assert.Equal(order, elf.ByteOrder);
        List<string> names = [.. Enumerable.Range(0, elf.SectionCount).Select(elf.SectionName)];
        Assert.Contains("xdp", names);
        Assert.Contains(".maps", names);
        Assert.Contains(".relxdp", names);

        ElfSection table = elf.Section(names.IndexOf(".symtab"));
        ElfSymbolTable symbols = elf.Symbols(table);
        ElfSymbol program = Enumerable.Range(0, symbols.Count).Select(i => symbols[i]).Single(s => symbols.Name(s) == "count_packets");
        Assert.Equal(ElfSymbolType.Function, program.Type);
        Assert.Equal(ElfSymbolBinding.Global, program.Binding);
        Assert.Equal(names.IndexOf("xdp"), program.Section);
        Assert.Equal(elf.Section(program.Section).Size, program.Size);

        ElfRelocationTable relocations = elf.Relocations(elf.Section(names.IndexOf(".relxdp")));
        Assert.True(relocations.Count > 0);
        Assert.All(
            Enumerable.Range(0, relocations.Count).Select(i => relocations[i]),
            relocation => Assert.Equal(0u, (uint)relocation.Offset % 8));
    }

    [Fact]
    public void Constructor_NoElf_SaysSo()
    {
        ObjectFormatException error = Refused("#!/bin/sh\necho I am a script, not an object, and rather long at that"u8.ToArray());

        Assert.Equal("offset 0x0: not an ELF file: the magic number is missing", error.Message);
    }

    [Fact]
    public void Constructor_Empty_SaysSo() => Assert.Contains("not an ELF file", Refused([]).Message);

    [Fact]
    public void Constructor_OtherMachine_NamesBoth()
    {
        byte[] image = TestObject.Read("minimal");
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(Machine), 62);

        ObjectFormatException error = Refused(image);

        Assert.Equal(Machine, error.Offset);
        Assert.Contains("its machine is 62, BPF's is 247", error.Message);
    }

    [Fact]
    public void Constructor_MachineNone_IsRead()
    {
        byte[] image = TestObject.Read("minimal");
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(Machine), 0);

        Assert.True(new ElfFile(image).SectionCount > 1);
    }

    [Fact]
    public void Constructor_Executable_SaysWhatIsWanted()
    {
        byte[] image = TestObject.Read("minimal");
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(Type), 2);

        Assert.Contains("not a relocatable object: its ELF type is 2", Refused(image).Message);
    }

    [Fact]
    public void Constructor_32Bit_SaysSo()
    {
        byte[] image = TestObject.Read("minimal");
        image[4] = 1;

        Assert.Contains("not a 64-bit ELF file", Refused(image).Message);
    }

    [Fact]
    public void Constructor_SectionTableBeyondEnd_IsTruncated()
    {
        byte[] image = TestObject.Read("minimal");
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(SectionTable), ulong.MaxValue - 8);

        Assert.Contains("truncated: the section table at 0xfffffffffffffff7", Refused(image).Message);
    }

    [Fact]
    public void Constructor_MoreSectionsThanBytes_IsTruncated()
    {
        byte[] image = TestObject.Read("minimal");
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(Count), 0xfeff);

        Assert.Contains("truncated", Refused(image).Message);
    }

    [Fact]
    public void Constructor_OddSectionHeaderSize_SaysSo()
    {
        byte[] image = TestObject.Read("minimal");
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(EntrySize), 40);

        Assert.Contains("section headers have 40 bytes", Refused(image).Message);
    }

    [Fact]
    public void Constructor_NameTableOutOfRange_SaysSo()
    {
        byte[] image = TestObject.Read("minimal");
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(NameIndex), 0x1234);

        Assert.Contains("the section name table is section 4660", Refused(image).Message);
    }

    [Fact]
    public void Data_SectionBeyondEnd_NamesIt()
    {
        byte[] image = TestObject.Read("minimal");
        ElfFile elf = new(image);
        int index = Enumerable.Range(0, elf.SectionCount).First(i => elf.SectionName(i) == "license");
        int header = (int)BinaryPrimitives.ReadUInt64LittleEndian(image.AsSpan(SectionTable)) + (index * 64);
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(header + 24), (ulong)image.Length - 1);
        elf = new ElfFile(image);

        ObjectFormatException error = Assert.Throws<ObjectFormatException>(() => elf.Data(elf.Section(index)));

        Assert.Equal("license", error.Section);
    }

    private static ObjectFormatException Refused(byte[] image) =>
        Assert.Throws<ObjectFormatException>(() => new ElfFile(image));
}
