using Ebpf.TestData;

namespace Ebpf.Tests;

/// <summary>Objects of unusual shape, in the kernel.</summary>
public sealed class ObjectShapeTests
{
    [Fact]
    public void Load_TwoSectionsOfOneName_AllHaveMapsAndTypes()
    {
        Requires.Kernel(5, 5, "global variables and their mapping");
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("same_sections"));
        byte[] packet = Packets.Udp();

        using BpfCollection collection = BpfCollection.Load(spec);

        // limit * factor, table[0], and what total and start come to.
        Assert.Equal(28u, collection.Programs["pick"].TestRun(packet));
        Assert.Equal(12, collection.Variables["total"].Get<int>());
        Assert.Equal(7L, collection.Variables["start"].Get<long>());
        foreach (string map in spec.Maps.Keys) Assert.Equal(spec.Maps[map].ValueType!.Id, collection.Maps[map].GetInfo().ValueTypeId);
    }

    [Theory]
    [InlineData("static_functions")]
    [InlineData("static_functions.sections")]
    public void Load_StaticFunctionsOutsideOfText_AreCalled(string name)
    {
        byte[] packet = Packets.Udp();

        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path(name)));

        // 3 * length without the Ethernet header, 3 * 1 + 1, 3 * 2 + 1, 2 + 7.
        Assert.Equal((3 * (uint)(packet.Length - 14)) + 20, collection.Programs["calls"].TestRun(packet));
    }

    [Fact]
    public void Load_WhatReadingLeftOut_IsToldToTheLogger()
    {
        CollectionSpec spec = new() { Warnings = ["Symbol \"f\" in section \"xdp\" is left out."] };
        ListLogger logger = new();

        BpfCollection.Load(spec, new CollectionOptions { Logger = logger }).Dispose();

        Assert.Equal(["Warning: Symbol \"f\" in section \"xdp\" is left out."], logger.Messages);
    }
}
