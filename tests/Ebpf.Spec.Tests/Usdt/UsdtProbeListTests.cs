using System.Text;
using Ebpf.Executables;
using Ebpf.Fuzz;

namespace Ebpf.Spec.Tests.Usdt;

public sealed class UsdtProbeListTests
{
    private const ulong Base = 0x402000, DataAddress = 0x404000, DataOffset = 0x800;

    public static TheoryData<bool, ByteOrder> Kinds => new()
    {
        { true, ByteOrder.LittleEndian }, { true, ByteOrder.BigEndian }, { false, ByteOrder.LittleEndian }, { false, ByteOrder.BigEndian },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Parse_AnyWidthAndByteOrder_ReadsEveryLocation(bool is64Bit, ByteOrder order)
    {
        ExecutableBuilder builder = new(is64Bit, order) { Machine = is64Bit ? ElfMachine.S390 : ElfMachine.Arm };
        string arguments = is64Bit ? "8@%r2 -4@-8(%r15)" : "4@r1 -4@[sp, #8]";
        byte[] file = Build(
            builder,
            Probe(builder, "app", "start", arguments, ExecutableBuilder.CodeAddress + 0x10, semaphore: DataAddress + 4),
            Probe(builder, "app", "stop", "", ExecutableBuilder.CodeAddress + 0x20));

        UsdtProbeList probes = UsdtProbeList.Parse(file);

        Assert.Equal((2, true, 0), (probes.Count, probes.HasNotes, probes.Warnings.Count));
        UsdtProbe start = probes[0];
        Assert.Equal(("app", "start", arguments), (start.Provider, start.Name, start.ArgumentText));
        Assert.Equal((ExecutableBuilder.CodeAddress + 0x10, ExecutableBuilder.CodeOffset + 0x10), (start.Address, start.FileOffset));
        Assert.Equal((DataAddress + 4, DataOffset + 4), (start.SemaphoreAddress, start.SemaphoreFileOffset));
        Assert.Equal([UsdtArgumentKind.Register, UsdtArgumentKind.Memory], start.Arguments.Select(argument => argument.Kind));
        Assert.Equal((null, null, 0), (probes[1].SemaphoreAddress, probes[1].SemaphoreFileOffset, probes[1].Arguments.Count));
        Assert.Equal("app:stop", probes[1].ToString());
    }

    [Fact]
    public void Parse_PrelinkedFile_MovesLocationAndSemaphore()
    {
        ExecutableBuilder builder = new();
        const ulong moved = 0x1000;
        byte[] probe = Probe(
            builder, "app", "start", "", ExecutableBuilder.CodeAddress - moved, semaphore: DataAddress - moved, linkedBase: Base - moved);

        UsdtProbe read = Assert.Single(UsdtProbeList.Parse(Build(builder, probe)));

        Assert.Equal((ExecutableBuilder.CodeAddress, ExecutableBuilder.CodeOffset), (read.Address, read.FileOffset));
        Assert.Equal((DataAddress, DataOffset), (read.SemaphoreAddress, read.SemaphoreFileOffset));
    }

    [Fact]
    public void Parse_NoteWithoutBase_IsNotMoved()
    {
        ExecutableBuilder builder = new();
        byte[] file = Build(builder, Probe(builder, "app", "start", "", ExecutableBuilder.CodeAddress, linkedBase: 0));

        Assert.Equal(ExecutableBuilder.CodeAddress, Assert.Single(UsdtProbeList.Parse(file)).Address);
    }

    [Fact]
    public void Parse_DamagedAndForeignNotes_AreLeftOutWithAWord()
    {
        ExecutableBuilder builder = new();
        byte[] file = Build(
            builder,
            builder.Note("GNU", 3, [1]),
            builder.Note("stapsdt", 4, [1]),
            builder.Note("stapsdt", 3, [1, 2]),
            builder.Note("stapsdt", 3, [.. new byte[24], (byte)'a']),
            builder.Note("stapsdt", 3, [.. new byte[24], .. "app\0start"u8]),
            builder.Note("stapsdt", 3, [.. new byte[24], .. "app\0\0\0"u8]),
            builder.Note("stapsdt", 3, [.. new byte[24], .. "app\0start\0"u8, .. "8@%rax"u8]),
            Probe(builder, "app", "good", ":", ExecutableBuilder.CodeAddress),
            [8, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f, 3, 0, 0, 0]);

        UsdtProbeList probes = UsdtProbeList.Parse(file);

        Assert.Equal(("good", 0), (Assert.Single(probes).Name, probes[0].Arguments.Count));
        Assert.Equal(
            [
                "note 1: it is not of stapsdt but of \"GNU\": it is left out",
                "note 2: its type is 4, that of a probe 3: it is left out",
                "note 3: 2 bytes do not hold three addresses: it is left out",
                "note 4: its provider does not end: it is left out",
                "note 5: the name of its probe does not end: it is left out",
                "note 6: its probe has no name: it is left out",
                "note 7: its arguments do not end: it is left out",
                "a note goes beyond the section's end: it is left out, and what follows",
            ],
            probes.Warnings);
    }

    [Fact]
    public void Parse_LocationsOutsideOfTheFile_AreNamed()
    {
        ExecutableBuilder builder = new();
        byte[] file = Build(
            builder,
            Probe(builder, "app", "gone", "", 0),
            Probe(builder, "app", "data", "", DataAddress),
            Probe(builder, "app", "semaphore", "", ExecutableBuilder.CodeAddress, semaphore: ExecutableBuilder.CodeAddress));

        UsdtProbeList probes = UsdtProbeList.Parse(file);

        Assert.Equal([null, null, ExecutableBuilder.CodeOffset], probes.Select(probe => probe.FileOffset));
        Assert.Equal((ExecutableBuilder.CodeAddress, null), (probes[2].SemaphoreAddress, probes[2].SemaphoreFileOffset));
        Assert.Equal(
            [
                "probe app:gone: it is at address 0x0, which no part of the file holds that is loaded as code",
                "probe app:data: it is at address 0x404000, which no part of the file holds that is loaded as code",
                "probe app:semaphore: its semaphore is at address 0x401000, which no part of the file holds that is loaded as data",
            ],
            probes.Warnings);
    }

    [Fact]
    public void Parse_FileWithoutNotes_SaysThatItHasNone()
    {
        UsdtProbeList probes = UsdtProbeList.Parse(new ExecutableBuilder().Build());

        Assert.Equal((0, false), (probes.Count, probes.HasNotes));
    }

    [Fact]
    public void Parse_SymbolsOfArguments_AreLookedUp()
    {
        ExecutableBuilder builder = new();
        builder.Symbols(("counter", DataAddress + 8, 1, 0), ("twice", DataAddress, 1, 0), ("twice", DataAddress + 4, 1, 0), ("thread", 8, 6, 0));
        byte[] file = Build(builder, Probe(builder, "app", "start", "4@counter(%rip) 4@twice(%rip) 4@thread(%rip)", ExecutableBuilder.CodeAddress));

        IReadOnlyList<UsdtArgument> arguments = Assert.Single(UsdtProbeList.Parse(file)).Arguments;

        Assert.Equal((long)(DataAddress + 8 - ExecutableBuilder.CodeAddress), arguments[0].Value);
        Assert.Equal("the file has 2 symbols \"twice\": which one is meant is not known", arguments[1].Problem);
        Assert.StartsWith("the file has no symbol \"thread\"", arguments[2].Problem);
    }

    [Fact]
    public void Parse_SectionThatIsNoNoteOrNoElf_Refuses()
    {
        ObjectFormatException other = Assert.Throws<ObjectFormatException>(
            () => UsdtProbeList.Parse(new ExecutableBuilder().Section(".note.stapsdt", [1, 2, 3]).Build()));

        Assert.Equal("section \".note.stapsdt\": it holds no notes", other.Message);
        Assert.Throws<ObjectFormatException>(() => UsdtProbeList.Parse("not an ELF file"u8.ToArray()));
    }

    private static byte[] Build(ExecutableBuilder builder, params byte[][] notes) => builder
        .Segment(ElfSegmentType.Load, 6, DataOffset, DataAddress, 16)
        .Section(".stapsdt.base", [0], address: Base)
        .Section(".note.stapsdt", [.. notes.SelectMany(note => note)], type: 7)
        .Build();

    private static byte[] Probe(
        ExecutableBuilder builder, string provider, string name, string arguments, ulong location, ulong semaphore = 0, ulong linkedBase = Base) =>
        builder.Note(
            "stapsdt",
            3,
            [.. builder.Word(location), .. builder.Word(linkedBase), .. builder.Word(semaphore), .. Encoding.UTF8.GetBytes($"{provider}\0{name}\0{arguments}\0")]);
}
