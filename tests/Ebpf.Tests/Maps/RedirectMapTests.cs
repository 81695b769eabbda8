using System.Globalization;
using Ebpf.Links;

namespace Ebpf.Tests.Maps;

public sealed class RedirectMapTests
{
    [Theory]
    [InlineData("interfaces", "to_interface")]
    [InlineData("interface_hash", "to_interface_by_hash")]
    public void DevMap_Interface_GetsTheRedirectedPackets(string name, string program)
    {
        Requires.Kernel(5, 15, "second programs in generic XDP");
        using LoadedMaps maps = new("map_network", [program, "on_way_out"], name);
        using VirtualInterfaces from = new(), to = new();
        BpfDevMap interfaces = maps[name].AsDevMap();
        maps.Set("slot", 3u);
        interfaces.Update(3, to.Name, maps.Program("on_way_out"));
        using BpfLink link = maps.Program(program).AttachXdp(from.Name, new XdpOptions { Mode = XdpMode.Generic });
        long before = Sent(to);

        for (int i = 0; i < 5; i++) from.SendFromPeer(Packets.Udp());

        Assert.True(SpinWait.SpinUntil(() => Sent(to) - before == 5, TimeSpan.FromSeconds(20)));
        Assert.Equal(5UL, maps.Get<ulong>("passed"));
    }

    [Theory]
    [InlineData("interfaces")]
    [InlineData("interface_hash")]
    public void DevMap_TellsWhatIsThere(string name)
    {
        using LoadedMaps maps = new("map_network", ["on_way_out"], name);
        using VirtualInterfaces one = new(), two = new();
        BpfDevMap interfaces = maps[name].AsDevMap();
        BpfProgram program = maps.Program("on_way_out");

        interfaces.Update(1, one.Index);
        interfaces.Update(2, two.Name, program);

        Assert.True(interfaces.TryGetValue(1, out DevMapTarget target));
        Assert.Equal(new DevMapTarget(one.Index, 0), target);
        Assert.Equal(
            [KeyValuePair.Create(1u, target), KeyValuePair.Create(2u, new DevMapTarget(two.Index, program.Id))],
            interfaces.OrderBy(pair => pair.Key));
        Assert.Equal(2, interfaces.Count());
        interfaces.Remove(1);
        interfaces.Remove(1);
        Assert.False(interfaces.TryGetValue(1, out target));
        Assert.Equal(default, target);
        interfaces.Clear();
        Assert.Empty(interfaces);
    }

    [Fact]
    public void DevMap_WithSmallValues_HoldsInterfacesOnly()
    {
        using LoadedMaps maps = new("map_network", ["on_way_out"]);
        using BpfMap map = Make.Map(MapType.DevMap, valueSize: 4);
        using VirtualInterfaces one = new();
        BpfDevMap interfaces = map.AsDevMap();

        interfaces.Update(5, one.Index);
        interfaces.Update(6, one.Index);

        Assert.Equal([5u, 6u], interfaces.Select(pair => pair.Key));
        Assert.All(interfaces, pair => Assert.Equal(new DevMapTarget(one.Index, 0), pair.Value));
        Assert.Contains(
            "has values of 4 bytes, which hold no program",
            Assert.Throws<NotSupportedException>(() => interfaces.Update(5, one.Index, maps.Program("on_way_out"))).Message);
    }

    [Fact]
    public void DevMap_Mistakes_AreNamed()
    {
        using LoadedMaps maps = new("map_network", ["to_cpu", "on_cpu"], "interfaces");
        using VirtualInterfaces one = new();
        BpfDevMap interfaces = maps["interfaces"].AsDevMap();

        Assert.Contains(
            "there is no network interface 999999",
            Assert.Throws<BpfException>(() => interfaces.Update(0, 999_999)).Message);
        Assert.Contains(
            "Xdp program \"on_cpu\" is not for this (section xdp/devmap)",
            Assert.Throws<BpfException>(() => interfaces.Update(0, one.Index, maps.Program("on_cpu"))).Message);
        Assert.Equal(
            "Find network interface nowhere0: ENODEV",
            Assert.Throws<BpfException>(() => interfaces.Update(0, "nowhere0")).Message[..39]);
        Assert.Contains("the index is not below 4", Assert.Throws<BpfException>(() => interfaces.Update(4, one.Index)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => interfaces.Update(0, 0));
    }

    [Fact]
    public void CpuMap_Cpu_RunsTheSecondProgram()
    {
        using LoadedMaps maps = new("map_network", ["to_cpu", "on_cpu"]);
        using VirtualInterfaces from = new();
        BpfCpuMap cpus = maps["cpus"].AsCpuMap();
        uint last = maps["cpus"].MaxEntries - 1;
        maps.Set("slot", last);
        maps.Set("last_cpu", uint.MaxValue);
        cpus.Update(last, 64, maps.Program("on_cpu"));
        using BpfLink link = maps.Program("to_cpu").AttachXdp(from.Name);

        for (int i = 0; i < 5; i++) from.SendFromPeer(Packets.Udp());

        Assert.True(SpinWait.SpinUntil(() => maps.Get<ulong>("passed") == 5, TimeSpan.FromSeconds(20)));
        Assert.Equal(last, maps.Get<uint>("last_cpu"));
    }

    [Fact]
    public void CpuMap_TellsWhatIsThere()
    {
        using LoadedMaps maps = new("map_network", ["on_cpu"], "cpus");
        BpfCpuMap cpus = maps["cpus"].AsCpuMap();
        BpfProgram program = maps.Program("on_cpu");

        cpus.Update(0, 128, program);

        Assert.True(cpus.TryGetValue(0, out CpuMapTarget target));
        Assert.Equal(new CpuMapTarget(128, program.Id), target);
        Assert.Equal([KeyValuePair.Create(0u, target)], cpus);
        Assert.Equal(1, cpus.Count());
        Assert.True(cpus.Remove(0));
        Assert.False(cpus.Remove(0));
        Assert.False(cpus.TryGetValue(0, out _));
        cpus.Update(0, 1);
        cpus.Clear();
        Assert.Empty(cpus);
    }

    [Fact]
    public void CpuMap_Mistakes_AreNamed()
    {
        using LoadedMaps maps = new("map_network", ["on_way_out"], "cpus");
        using BpfMap small = Make.Map(MapType.CpuMap, valueSize: 4, maxEntries: 1);
        BpfCpuMap cpus = maps["cpus"].AsCpuMap();
        uint count = maps["cpus"].MaxEntries;

        Assert.Contains("longer than 16384", Assert.Throws<BpfException>(() => cpus.Update(0, 20_000)).Message);
        Assert.Contains(
            "is not for this (section xdp/cpumap)",
            Assert.Throws<BpfException>(() => cpus.Update(0, 8, maps.Program("on_way_out"))).Message);
        Assert.Contains($"the index is not below {count}", Assert.Throws<BpfException>(() => cpus.Update(count, 8)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => cpus.Update(0, 0));
        Assert.Throws<NotSupportedException>(() => small.AsCpuMap().Update(0, 8, maps.Program("on_way_out")));
        small.AsCpuMap().Update(0, 8);
        Assert.Equal([KeyValuePair.Create(0u, new CpuMapTarget(8, 0))], small.AsCpuMap());
    }

    [Fact]
    public void Operations_AllocateNothing()
    {
        using LoadedMaps maps = new("map_network", ["on_way_out", "on_cpu"], "interface_hash", "cpus");
        using VirtualInterfaces one = new();
        BpfDevMap interfaces = maps["interface_hash"].AsDevMap();
        BpfCpuMap cpus = maps["cpus"].AsCpuMap();
        BpfProgram onWayOut = maps.Program("on_way_out"), onCpu = maps.Program("on_cpu");
        string name = one.Name;
        int index = one.Index;

        Allocations.AssertNone(() =>
        {
            interfaces.Update(7, index, onWayOut);
            interfaces.Update(8, name);
            interfaces.TryGetValue(7, out _);
            interfaces.Remove(7);
            cpus.Update(0, 8, onCpu);
            cpus.TryGetValue(0, out _);
            cpus.Remove(0);
        });
    }

    private static long Sent(VirtualInterfaces interfaces) => long.Parse(
        File.ReadAllText($"/sys/class/net/{interfaces.Name}/statistics/tx_packets"), CultureInfo.InvariantCulture);
}
