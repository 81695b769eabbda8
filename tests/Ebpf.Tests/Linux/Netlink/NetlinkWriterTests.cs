using Ebpf.Linux.Netlink;

namespace Ebpf.Tests.Linux.Netlink;

/// <summary>What is written, byte by byte, as <c>struct nlmsghdr</c> and <c>struct nlattr</c> have it on a little-endian machine.</summary>
public sealed class NetlinkWriterTests
{
    [Fact]
    public void Finish_NestedAttributes_HasLengthsWithoutPaddingAndStartsAtMultiplesOfFour()
    {
        Span<byte> buffer = stackalloc byte[256];
        buffer.Fill(0xEE);
        NetlinkWriter writer = new(buffer, NetlinkType.NewQdisc, NetlinkFlags.Create | NetlinkFlags.Acknowledge);
        writer.Append(0x11223344u);
        writer.Attribute(1, "abcd");
        int nested = writer.BeginNested(2);
        writer.Attribute(3, [7]);
        writer.Attribute(4, -1);
        writer.EndNested(nested);

        Span<byte> message = writer.Finish();
        NetlinkWriter.SetSequence(message, 0x01020304);

        Assert.Equal(
            "34000000" + "2400" + "0504" + "04030201" + "00000000" // header: length 52, type 36, flags
            + "44332211"
            + "0900" + "0100" + "6162636400" + "000000"           // text with its zero, padded
            + "1400" + "0280"                                     // nested: 20 bytes
            + "0500" + "0300" + "07" + "000000"
            + "0800" + "0400" + "FFFFFFFF",
            Convert.ToHexString(message));
    }

    [Fact]
    public void Attribute_MoreThanTheBufferHolds_GoesOnInMemoryOfItsOwn()
    {
        string text = new('x', 255);
        NetlinkWriter writer = new(stackalloc byte[16], NetlinkType.NewFilter, NetlinkFlags.None);
        int nested = writer.BeginNested(2);
        for (int i = 0; i < 10; i++) writer.Attribute(7, text);
        writer.EndNested(nested);

        NetlinkMessages messages = new(writer.Finish());

        Assert.True(messages.MoveNext());
        NetlinkAttributes outer = new(messages.Current.Payload);
        Assert.True(outer.MoveNext());
        int count = 0;
        foreach (NetlinkAttribute attribute in outer.Current.Nested)
        {
            Assert.Equal((7, text), (attribute.Type, attribute.AsText()));
            count++;
        }

        Assert.Equal(10, count);
        Assert.False(outer.MoveNext());
        Assert.False(messages.MoveNext());
        Assert.False(messages.IsMalformed);
    }

    [Fact]
    public void Attribute_LongerThanItsLengthCanSay_IsAMistake()
    {
        Assert.Throws<ArgumentException>(() => new NetlinkWriter([], NetlinkType.NewLink, NetlinkFlags.None).Attribute(1, new byte[65532]));
        Assert.Throws<ArgumentException>(() =>
        {
            NetlinkWriter writer = new([], NetlinkType.NewLink, NetlinkFlags.None);
            int nested = writer.BeginNested(1);
            writer.Attribute(1, new byte[40000]);
            writer.Attribute(1, new byte[40000]);
            writer.EndNested(nested);
        });
    }

    [Fact]
    public void SetXdp_ProgramExpectedAndMode_AreOneNestedAttribute() => Assert.Equal(
        "3C000000" + "1300" + "0500" + "00000000" + "00000000"
        + "00000000" + "07000000" + "00000000" + "00000000" // ifinfomsg
        + "1C00" + "2B80"
        + "0800" + "0100" + "05000000"
        + "0800" + "0300" + "12000000"
        + "0800" + "0800" + "FFFFFFFF",
        Convert.ToHexString(InterfaceMessages.SetXdp(stackalloc byte[64], 7, 5, XdpFlags.Generic | XdpFlags.Replace, -1)));

    [Fact]
    public void SetXdp_NoneExpected_SendsNone() => Assert.Equal(
        "34000000" + "1300" + "0500" + "00000000" + "00000000"
        + "00000000" + "07000000" + "00000000" + "00000000"
        + "1400" + "2B80"
        + "0800" + "0100" + "FFFFFFFF"
        + "0800" + "0300" + "04000000",
        Convert.ToHexString(InterfaceMessages.SetXdp(stackalloc byte[64], 7, -1, XdpFlags.Driver, null)));

    [Fact]
    public void AddClsact_IsExclusiveAndAtTheFixedHandle() => Assert.Equal(
        "30000000" + "2400" + "0506" + "00000000" + "00000000"
        + "00000000" + "09000000" + "0000FFFF" + "F1FFFFFF" + "00000000" // tcmsg
        + "0B00" + "0100" + "636C7361637400" + "00",
        Convert.ToHexString(TrafficMessages.AddClsact(stackalloc byte[64], 9)));

    [Fact]
    public void RemoveClsact_NamesTheKind_SoThatAnIngressQdiscIsRefused() => Assert.Equal(
        "30000000" + "2500" + "0500" + "00000000" + "00000000"
        + "00000000" + "09000000" + "0000FFFF" + "F1FFFFFF" + "00000000"
        + "0B00" + "0100" + "636C7361637400" + "00",
        Convert.ToHexString(TrafficMessages.RemoveClsact(stackalloc byte[64], 9)));

    [Fact]
    public void SetFilter_HasPriorityProtocolHandleAndDirectAction() => Assert.Equal(
        "48000000" + "2C00" + "0506" + "00000000" + "00000000"
        + "00000000" + "09000000" + "78563412" + "F2FFFFFF" + "0003E803" // priority 1000, ETH_P_ALL in network order
        + "0800" + "0100" + "62706600"
        + "1C00" + "0280"
        + "0800" + "0600" + "05000000"
        + "0600" + "0700" + "6E00" + "0000"
        + "0800" + "0800" + "01000000",
        Convert.ToHexString(TrafficMessages.SetFilter(
            stackalloc byte[128],
            new FilterPlace(9, TrafficMessages.Ingress, 1000, 0x12345678),
            NetlinkFlags.Create | NetlinkFlags.Exclusive,
            5,
            "n")));

    [Fact]
    public void RemoveFilter_NamesExactlyOne() => Assert.Equal(
        "2C000000" + "2D00" + "0500" + "00000000" + "00000000"
        + "00000000" + "09000000" + "01000000" + "F3FFFFFF" + "00030200"
        + "0800" + "0100" + "62706600",
        Convert.ToHexString(TrafficMessages.RemoveFilter(stackalloc byte[64], new FilterPlace(9, TrafficMessages.Egress, 2, 1))));

    [Fact]
    public void ListFilters_IsADumpOfOneDirection() => Assert.Equal(
        "24000000" + "2E00" + "0103" + "00000000" + "00000000"
        + "00000000" + "09000000" + "00000000" + "F3FFFFFF" + "00000000",
        Convert.ToHexString(TrafficMessages.ListFilters(stackalloc byte[64], 9, TrafficMessages.Egress)));

    [Fact]
    public void Get_Interface_IsNoDump() => Assert.Equal(
        "28000000" + "1200" + "0500" + "00000000" + "00000000"
        + "00000000" + "07000000" + "00000000" + "00000000"
        + "0800" + "1D00" + "08000000",
        Convert.ToHexString(InterfaceMessages.Get(stackalloc byte[64], 7)));
}
