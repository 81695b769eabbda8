using System.Net;

namespace Ebpf.Tests.Maps;

public sealed class LpmTrieTests
{
    [Fact]
    public void TryMatch_Address_FindsTheLongestPrefix()
    {
        using BpfMap map = Trie(4);
        BpfLpmTrie<ulong> routes = map.AsLpmTrie<ulong>();
        routes.Update(IPNetwork.Parse("10.0.0.0/8"), 1);
        routes.Update(IPNetwork.Parse("10.1.0.0/16"), 2);

        Assert.True(routes.TryMatch(IPAddress.Parse("10.1.5.5"), out ulong value));
        Assert.Equal(2UL, value);
        Assert.True(routes.TryMatch(IPAddress.Parse("10.2.0.1"), out value));
        Assert.Equal(1UL, value);
        Assert.False(routes.TryMatch(IPAddress.Parse("11.0.0.1"), out value));
        Assert.Equal(0UL, value);
        Assert.Equal(2, routes.Count());
    }

    [Fact]
    public void TryMatch_Network_FindsWhatCoversAllOfIt()
    {
        using BpfMap map = Trie(4);
        BpfLpmTrie<ulong> routes = map.AsLpmTrie<ulong>();
        routes.Update(IPNetwork.Parse("10.0.0.0/8"), 1);
        routes.Update(IPNetwork.Parse("10.1.0.0/16"), 2);

        Assert.True(routes.TryMatch(IPNetwork.Parse("10.1.0.0/15"), out ulong value));
        Assert.Equal(1UL, value);
        Assert.True(routes.TryMatch(IPNetwork.Parse("10.1.2.0/24"), out value));
        Assert.Equal(2UL, value);
        Assert.False(routes.TryMatch(IPNetwork.Parse("8.0.0.0/7"), out _));
    }

    [Fact]
    public void Remove_IsExact()
    {
        using BpfMap map = Trie(16);
        BpfLpmTrie<ulong> routes = map.AsLpmTrie<ulong>();
        routes.Update(IPNetwork.Parse("2001:db8::/32"), 1);
        routes.Update(IPNetwork.Parse("2001:db8:1::/48"), 2);

        Assert.False(routes.Remove(IPNetwork.Parse("2001:db8:2::/48")));
        Assert.True(routes.Remove(IPNetwork.Parse("2001:db8:1::/48")));
        Assert.False(routes.Remove(IPNetwork.Parse("2001:db8:1::/48")));
        Assert.True(routes.TryMatch(IPAddress.Parse("2001:db8:1::1"), out ulong value));
        Assert.Equal(1UL, value);
        routes.Clear();
        Assert.Equal(0, routes.Count());
    }

    [Fact]
    public void Enumeration_GivesNetworksAndBytes()
    {
        using BpfMap map = Trie(4);
        BpfLpmTrie<ulong> routes = map.AsLpmTrie<ulong>();
        routes.Update(IPNetwork.Parse("10.0.0.0/8"), 1);
        routes.Update(IPNetwork.Parse("0.0.0.0/0"), 2);

        // What another wrote, with bits behind the prefix.
        routes.Update([192, 168, 255, 255], 20, 3);

        List<(IPNetwork, int, byte[], ulong)> seen = [];
        foreach (BpfLpmTrie<ulong>.Element element in routes)
            seen.Add((element.Network, element.PrefixLength, element.Data.ToArray(), element.Value));

        Assert.Equal(
            [
                (IPNetwork.Parse("10.0.0.0/8"), 8, [10, 0, 0, 0], 1UL),
                (IPNetwork.Parse("192.168.240.0/20"), 20, [192, 168, 255, 255], 3UL),
                (IPNetwork.Parse("0.0.0.0/0"), 0, [0, 0, 0, 0], 2UL),
            ],
            seen.OrderByDescending(element => element.Item4 != 2).ThenBy(element => element.Item4));
    }

    [Fact]
    public void Bytes_OfAnyLength_AreKeys()
    {
        using BpfMap map = Trie(6);
        BpfLpmTrie<ulong> vendors = map.AsLpmTrie<ulong>();
        vendors.Update([0x02, 0x42, 0xac, 0, 0, 0], 24, 1);

        Assert.Equal(6, vendors.DataSize);
        Assert.True(vendors.TryMatch([0x02, 0x42, 0xac, 1, 2, 3], out ulong value));
        Assert.Equal(1UL, value);
        Assert.False(vendors.TryMatch([0x02, 0x42, 0xac, 1, 2, 3], 23, out _));
        Assert.True(vendors.Remove([0x02, 0x42, 0xac, 9, 9, 9], 24));
    }

    [Fact]
    public void Element_NoAddress_HasNoNetwork()
    {
        using BpfMap map = Trie(6);
        BpfLpmTrie<ulong> vendors = map.AsLpmTrie<ulong>();
        vendors.Update(new byte[6], 24, 1);

        Assert.Throws<InvalidOperationException>(() =>
        {
            foreach (BpfLpmTrie<ulong>.Element element in vendors) _ = element.Network;
        });
    }

    [Fact]
    public void WrongKeys_AreNamed()
    {
        using BpfMap map4 = Trie(4), map16 = Trie(16);
        BpfLpmTrie<ulong> small = map4.AsLpmTrie<ulong>(), large = map16.AsLpmTrie<ulong>();

        Assert.Equal(
            "Map \"test\" has keys with 4 bytes of data; ::1 has 16. (Parameter 'address')",
            Assert.Throws<ArgumentException>(() => small.TryMatch(IPAddress.IPv6Loopback, out _)).Message);
        Assert.Contains(
            "use MapToIPv4",
            Assert.Throws<ArgumentException>(() => small.TryMatch(IPAddress.Loopback.MapToIPv6(), out _)).Message);
        Assert.Contains(
            "has 4; if the program maps IPv4 addresses into IPv6 ones, use MapToIPv6",
            Assert.Throws<ArgumentException>(() => large.Update(IPNetwork.Parse("10.0.0.0/8"), 1)).Message);
        Assert.Equal(
            "Map \"test\" has keys with 4 bytes of data; the span has 3. (Parameter 'data')",
            Assert.Throws<ArgumentException>(() => small.Remove([1, 2, 3], 8)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => small.Remove([1, 2, 3, 4], 33));
        Assert.Throws<ArgumentOutOfRangeException>(() => small.Remove([1, 2, 3, 4], -1));
    }

    [Fact]
    public void Update_WithFlags_HeedsThem()
    {
        Requires.Kernel(6, 13, "flags for tries");
        using BpfMap map = Trie(4);
        BpfLpmTrie<ulong> routes = map.AsLpmTrie<ulong>();
        IPNetwork network = IPNetwork.Parse("10.0.0.0/8");

        Assert.Equal(
            Errno.ENOENT, Assert.Throws<BpfException>(() => routes.Update(network, 1, MapUpdateFlags.Exist)).Errno);
        routes.Update(network, 2, MapUpdateFlags.NoExist);
        Assert.Equal(
            Errno.EEXIST, Assert.Throws<BpfException>(() => routes.Update(network, 3, MapUpdateFlags.NoExist)).Errno);
        routes.Update(network, 4, MapUpdateFlags.Exist);
        Assert.True(routes.TryMatch(IPAddress.Parse("10.0.0.1"), out ulong value));
        Assert.Equal(4UL, value);
    }

    [Fact]
    public void Programs_FindWhatUserSpaceWrote()
    {
        using LoadedMaps maps = new("map_data", ["route"]);
        BpfLpmTrie<uint> routes = maps["routes"].AsLpmTrie<uint>();
        routes.Update(IPNetwork.Parse("192.0.2.0/24"), 24);
        routes.Update(IPNetwork.Parse("192.0.2.128/25"), 25);

        Assert.Equal(24, maps.Run("route", "request", Address("192.0.2.1")));
        Assert.Equal(25, maps.Run("route", "request", Address("192.0.2.200")));
        Assert.Equal(0, maps.Run("route", "request", Address("192.0.3.1")));

        static ulong Address(string text) => BitConverter.ToUInt32(IPAddress.Parse(text).GetAddressBytes());
    }

    [Fact]
    public void Operations_AllocateNothing()
    {
        using BpfMap map = Trie(16);
        BpfLpmTrie<ulong> routes = map.AsLpmTrie<ulong>();
        IPNetwork network = IPNetwork.Parse("2001:db8::/32");
        IPAddress address = IPAddress.Parse("2001:db8::1");
        byte[] bytes = address.GetAddressBytes();

        Allocations.AssertNone(() =>
        {
            routes.Update(network, 1);
            routes.Update(bytes, 64, 2);
            routes.TryMatch(address, out _);
            routes.TryMatch(network, out _);
            routes.TryMatch(bytes, out _);
            routes.Remove(network);
            routes.Remove(bytes, 64);
        });
    }

    private static BpfMap Trie(uint dataSize) =>
        Make.Map(MapType.LpmTrie, keySize: 4 + dataSize, flags: MapFlags.NoPreallocation);
}
