using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ebpf.TestData;

namespace Ebpf.Tests.Maps;

/// <summary>Types of keys and values against those that the object tells.</summary>
public sealed partial class TypeLayoutTests : IDisposable
{
    private readonly LoadedMaps _maps = new("map_layouts", [], "events", "numbers", "wide", "matrices");

    public void Dispose() => _maps.Dispose();

    [Fact]
    public void As_TypesThatMatch_AreTaken()
    {
        Assert.NotNull(_maps["events"].As<Flow, Event>());
        Assert.NotNull(_maps["events"].As<Flow, FlatEvent>());
        Assert.NotNull(_maps["numbers"].As<uint, ulong>());
        Assert.NotNull(_maps["wide"].As<ulong, UInt128>());
        Assert.NotNull(_maps["matrices"].As<int, Matrix>());
    }

    [Fact]
    public void As_IntegersOfTheRightSize_AreTakenWhateverTheirSign()
    {
        Assert.NotNull(_maps["numbers"].As<int, long>());
        Assert.NotNull(_maps["numbers"].As<int, nint>());
        Assert.NotNull(_maps["numbers"].As<DayOfWeek, ulong>());
        Assert.NotNull(_maps["wide"].As<long, Int128>());
        Assert.NotNull(_maps["wide"].As<long, Guid>());
    }

    [Fact]
    public void As_OpaqueTypes_AreTaken()
    {
        Assert.NotNull(_maps["events"].As<Bytes16, Bytes80>());
        Assert.NotNull(_maps["events"].As<UInt128, SizeOnly>());
        Assert.NotNull(_maps["events"].As<Guid, OnlyTheEnds>());
        Assert.NotNull(_maps["events"].As<Guid, OpaqueMiddle>());
    }

    [Fact]
    public void As_FieldInTheWrongPlace_NamesWhatIsThere()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => _maps["events"].As<Flow, Shifted>());

        Assert.Equal(
            "Map \"events\" has values of the C type `struct event`, and Ebpf.Tests.Maps.TypeLayoutTests+Shifted has another layout: "
            + "offset 8: C has `__u32 pid`, the C# struct has `long Time`.",
            error.Message.Split('\n')[0]);
    }

    [Fact]
    public void As_OtherLayout_ShowsBothDeclarationsSideBySide()
    {
        string[] lines = Assert.Throws<ArgumentException>(() => _maps["events"].As<Swapped, Event>()).Message.Split('\n');

        Assert.Equal("  offset  C               C#", lines[1]);
        Assert.Equal("       0  __u32 source    uint Target", lines[2]);
        Assert.Equal("       4  __u32 target    uint Source", lines[3]);
        Assert.Equal("       8  __u16 ports[2]  ushort From", lines[4]);
        Assert.Equal("      10                  ushort To", lines[5]);
    }

    [Fact]
    public void As_FieldsOfOneTypeThatChangedPlaces_AreNamed()
    {
        Assert.EndsWith(
            "offset 0: C has `__u32 source`, the C# struct has `uint Target`; offset 4: C has `__u32 target`, the C# struct has `uint Source`.",
            Assert.Throws<ArgumentException>(() => _maps["events"].As<Swapped, Event>()).Message.Split('\n')[0]);
        Assert.NotNull(_maps["events"].As<Renamed, Event>());
    }

    [Fact]
    public void As_FloatingPointForIntegers_IsRefused()
    {
        Assert.Contains(
            "C has `unsigned long long`, the C# struct has `double`",
            Assert.Throws<ArgumentException>(() => _maps["numbers"].As<int, double>()).Message);
        Assert.Contains(
            "C has `__u32 pid`, the C# struct has `float Pid`",
            Assert.Throws<ArgumentException>(() => _maps["events"].As<Flow, WithFloat>()).Message);
    }

    [Fact]
    public void As_Utf16CharactersForThoseOfC_AreRefused() => Assert.Contains(
        "C has `char comm[16]`, the C# struct has `char[] Comm`",
        Assert.Throws<ArgumentException>(() => _maps["events"].As<Flow, WideText>()).Message);

    [Fact]
    public void As_LayoutThatTheRuntimeChooses_IsRefused()
    {
        using BpfMap map = Make.Map(MapType.Hash, keySize: 16, valueSize: 16);

        Assert.Contains("LayoutKind.Auto", Assert.Throws<ArgumentException>(() => map.As<Flow, (ulong, ulong)>()).Message);
        Assert.Contains("LayoutKind.Auto", Assert.Throws<ArgumentException>(() => map.As<Flow, Nested>()).Message);
        Assert.Contains("LayoutKind.Auto", Assert.Throws<ArgumentException>(() => map.As<(ulong, ulong), Flow>()).Message);
        using BpfMap times = Make.Map(MapType.Hash, valueSize: 8);
        Assert.NotNull(times.As<uint, DateTime>());
        Assert.NotNull(times.As<uint, DayOfWeekAndMore>());
    }

    [Fact]
    public void As_TheSameTypesAgain_AllocatesTheViewAlone()
    {
        BpfMap map = _maps["events"];
        map.As<Flow, Event>();

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) map.As<Flow, Event>();

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100 * 64);
    }

    [Fact]
    public void As_FieldsThatDiffer_ListsThem()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => _maps["events"].As<Flow, Wrong>());

        Assert.Contains("offset 32: C has `__u16 port`, the C# struct has `uint Source.PortAndFamily`", error.Message);
        Assert.Contains("offset 36: C has `__u32 host`, the C# struct has `ushort Source.Host`", error.Message);
        Assert.Contains("offset 38: C has `__u32 host` at offset 36, the C# struct has padding", error.Message);
        Assert.Contains("offset 56: C has `__u32 counts[4]`, the C# struct has `ushort[] Counts`", error.Message);
        Assert.Contains("offset 72: C has `__u16 first_bits : 4`, the C# struct has `uint BitsAndFlag`", error.Message);
    }

    [Fact]
    public void As_ManyDifferences_TellsTheFirst()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => _maps["events"].As<Flow, Shorts>());

        Assert.Contains("offset 2: C has `__u64 time` at offset 0, the C# struct has `ushort First.B`", error.Message);
        Assert.EndsWith("; and more.", error.Message.Split('\n')[0]);
        Assert.Equal(5, error.Message.Split("the C# struct has").Length - 1);
    }

    [Fact]
    public void As_PaddingWhereCHasAMember_IsNamed()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => _maps["events"].As<Flow, WithHole>());

        Assert.EndsWith("offset 12: C has `enum state state`, the C# struct has padding.", error.Message.Split('\n')[0]);
    }

    [Fact]
    public void As_KeyOfAnotherLayout_IsNamed()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => _maps["events"].As<OtherFlow, Event>());

        Assert.StartsWith("Map \"events\" has keys of the C type `struct flow`", error.Message);
        Assert.Contains("offset 0: C has `__u32 source`, the C# struct has `ulong Addresses`", error.Message);
    }

    [Fact]
    public void As_ElementsOfAnotherLayout_AreNamed()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => _maps["matrices"].As<int, WrongMatrix>());

        Assert.Contains("offset 2: C has `__u16 family`, the C# struct has `byte Cells[0].Family`", error.Message);
        Assert.Contains("offset 10: C has `__u16 family`, the C# struct has `byte Cells[1].Family`", error.Message);
    }

    [Fact]
    public void As_MapOpenedByItsId_ChecksWhatTheKernelTells()
    {
        using BpfMap opened = BpfMap.Open(_maps["events"].Id);

        Assert.NotNull(opened.As<Flow, Event>());
        Assert.Contains(
            "offset 8: C has `__u32 pid`, the C# struct has `long Time`",
            Assert.Throws<ArgumentException>(() => opened.As<Flow, Shifted>()).Message);
    }

    [Fact]
    public void As_MapWhoseSizeWasChanged_ChecksTheSizeOnly()
    {
        CollectionSpec spec = CollectionSpec.Load(TestData.TestObject.Path("map_layouts"));
        spec.Maps["events"].ValueSize = 16;
        spec.Maps["wide"].AutoCreate = spec.Maps["matrices"].AutoCreate = false;
        using BpfCollection collection = BpfCollection.Load(spec);

        Assert.NotNull(collection.Maps["events"].As<Flow, Flow>());
    }

    [Fact]
    public void As_MapWithoutTypes_ChecksTheSizeOnly()
    {
        using BpfMap map = Make.Map(MapType.Hash, keySize: 16, valueSize: 80);

        Assert.NotNull(map.As<Flow, Shifted>());
    }

    [Fact]
    public void As_KeyWithProblemsDeepInside_NamesTheField()
    {
        using BpfMap map = Make.Map(MapType.Hash, keySize: 16);

        Assert.Contains(
            "2 bytes of padding after field Items[0].Port",
            Assert.Throws<ArgumentException>(() => map.As<PaddedItems, ulong>()).Message);
        Assert.Contains(
            "field Flags has elements of type bool",
            Assert.Throws<ArgumentException>(() => map.As<Switches, ulong>()).Message);
        Assert.Contains(
            "field Name has elements of type char",
            Assert.Throws<ArgumentException>(() => map.As<Text, ulong>()).Message);
        Assert.Contains(
            "of padding after field",
            Assert.Throws<ArgumentException>(() => map.As<(ulong, byte), ulong>()).Message);
        Assert.Contains("field Maybe can be null", Assert.Throws<ArgumentException>(() => map.As<Optional, ulong>()).Message);
        Assert.Contains(
            "4 bytes of padding at its beginning", Assert.Throws<ArgumentException>(() => map.As<Late, ulong>()).Message);
    }
}
