using System.Text;
using Ebpf.Elf;
using Ebpf.Executables;
using Ebpf.Fuzz;

namespace Ebpf.Spec.Tests.Executables;

public sealed class ElfExecutableTests
{
    public static TheoryData<bool, ByteOrder> Kinds => new()
    {
        { true, ByteOrder.LittleEndian }, { true, ByteOrder.BigEndian }, { false, ByteOrder.LittleEndian }, { false, ByteOrder.BigEndian },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Open_AnyWidthAndByteOrder_ReadsSegmentsSectionsAndNotes(bool is64Bit, ByteOrder order)
    {
        ExecutableBuilder builder = new(is64Bit, order);
        byte[] id = [1, 2, 3, 4, 5];
        builder.Section(".note.gnu.build-id", builder.Note("GNU", 3, id), type: 7).Section(".probes", [7, 8], address: 0x5000);

        ElfExecutable file = builder.Open();

        Assert.Equal((is64Bit, order, ElfFileType.Executable, ElfMachine.X86_64), (file.Is64Bit, file.ByteOrder, file.Type, file.Machine));
        Assert.Equal(ExecutableBuilder.CodeAddress, file.Entry);
        Assert.True(file.TryFindSection(".probes"u8, out ElfSection probes));
        Assert.Equal((0x5000ul, 2ul), (probes.Address, probes.Size));
        Assert.Equal([7, 8], file.TryReadSection(probes, 10));
        Assert.Equal(id, file.ReadBuildId()!.Value.ToArray());
        Assert.False(file.TryFindSection(".nothing"u8, out _));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Sections_CountInSectionZero_AreRead(bool is64Bit, ByteOrder order)
    {
        ElfExecutable file = new ExecutableBuilder(is64Bit, order) { HasExtendedCounts = true }.Section(".more", [1]).Open();

        Assert.Equal(4, file.SectionCount);
        Assert.True(file.TryFindSection(".more"u8, out _));
    }

    [Fact]
    public void Open_WithoutSectionHeaders_HasSegmentsAlone()
    {
        ElfExecutable file = new ExecutableBuilder { HasSectionHeaders = false }.Open();

        Assert.Equal(0, file.SectionCount);
        Assert.Equal(1, file.Segments.Length);
        Assert.False(file.TryFindSection(".text"u8, out _));
    }

    [Fact]
    public void Open_SectionHeadersOutsideOfTheFile_HasSegmentsAlone()
    {
        byte[] image = new ExecutableBuilder().Build();

        ElfExecutable file = new(new MemorySource(image.AsMemory(0, image.Length - 70)));

        Assert.Equal(0, file.SectionCount);
        Assert.True(file.IsCode(ExecutableBuilder.CodeAddress));
    }

    [Fact]
    public void Offsets_AreThoseOfTheProgramHeaders()
    {
        ElfExecutable file = new ExecutableBuilder().Segment(ElfSegmentType.Load, 6, 0x800, 0x7000, 0x100).Open();

        Assert.True(file.TryGetOffset(ExecutableBuilder.CodeAddress + 5, out ulong code));
        Assert.True(file.TryGetOffset(0x70ff, out ulong data));
        Assert.False(file.TryGetOffset(0x7100, out _));
        Assert.Equal((ExecutableBuilder.CodeOffset + 5, 0x8fful), (code, data));
        Assert.True(file.TryGetAddress(0x1005, out ulong address));
        Assert.Equal(ExecutableBuilder.CodeAddress + 5, address);
        Assert.False(file.IsCode(0x7000));
    }

    [Fact]
    public void Notes_CutShort_EndThere()
    {
        ExecutableBuilder builder = new();
        byte[] notes = [.. builder.Note("stapsdt", 3, [1, 2, 3]), .. builder.Note("stapsdt", 3, [4])];
        ElfNoteReader reader = new(notes.AsMemory(0, notes.Length - 4), swap: !BitConverter.IsLittleEndian);

        Assert.True(reader.TryRead(out ElfNote note));
        Assert.Equal("stapsdt", Encoding.UTF8.GetString(note.Name.Span));
        Assert.Equal([1, 2, 3], note.Content.ToArray());
        Assert.False(reader.TryRead(out _));
        Assert.True(reader.IsDamaged);
    }

    [Theory]
    [InlineData(0, "not an ELF file: the magic number is missing")]
    [InlineData(10, "truncated: the ELF header lies outside of the file of 10 bytes")]
    [InlineData(100, "truncated: the table of program headers lies outside of the file of 100 bytes")]
    public void Open_Truncated_SaysSo(int length, string problem)
    {
        byte[] image = new ExecutableBuilder().Build();

        ObjectFormatException error =
            Assert.Throws<ObjectFormatException>(() => new ElfExecutable(new MemorySource(image.AsMemory(0, length))));

        Assert.Equal(problem, error.Problem);
    }

    [Fact]
    public void Open_LargeFile_ReadsSmallPartsOfIt()
    {
        CountingSource source = new(new ExecutableBuilder().Section(".big", new byte[10_000_000]).Section(".small", new byte[10]).Build());

        ElfExecutable file = new(source);
        Assert.True(file.TryFindSection(".small"u8, out ElfSection section));
        Assert.NotNull(file.TryReadSection(section, 100));

        Assert.InRange(source.BytesRead, 1, 2000);
    }

    internal sealed class CountingSource(byte[] bytes) : ByteSource
    {
        public long BytesRead { get; private set; }

        public override ulong Length => (ulong)bytes.Length;

        public override int ReadAt(ulong offset, Span<byte> buffer)
        {
            int read = new MemorySource(bytes).ReadAt(offset, buffer);
            BytesRead += read;
            return read;
        }
    }
}
