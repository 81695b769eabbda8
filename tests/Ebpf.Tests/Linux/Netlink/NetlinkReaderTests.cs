using CsCheck;
using Ebpf.Linux.Netlink;

namespace Ebpf.Tests.Linux.Netlink;

public sealed class NetlinkReaderTests
{
    [Fact]
    public void Attributes_FlagsInTypes_AreMasked()
    {
        NetlinkAttributes attributes = new(Convert.FromHexString("0800" + "0280" + "01000000" + "0600" + "0340" + "0102" + "0000" + "0400" + "04C0"));

        Assert.True(attributes.MoveNext());
        Assert.Equal((2, 1u), (attributes.Current.Type, attributes.Current.AsUInt32()));
        Assert.True(attributes.MoveNext());
        Assert.Equal((3, "0102"), (attributes.Current.Type, Convert.ToHexString(attributes.Current.Value)));
        Assert.True(attributes.MoveNext());
        Assert.Equal((4, true), (attributes.Current.Type, attributes.Current.Value.IsEmpty));
        Assert.Null(attributes.Current.AsUInt32());
        Assert.Null(attributes.Current.AsByte());
        Assert.False(attributes.MoveNext());
    }

    [Theory]
    [InlineData("0300" + "0100" + "00000000", 0)]                              // shorter than its header
    [InlineData("0000" + "0100" + "00000000", 0)]
    [InlineData("0900" + "0100" + "00000000", 0)]                              // longer than the rest
    [InlineData("0800" + "0100" + "00000000" + "FFFF" + "0100", 1)]
    [InlineData("0500" + "0100" + "07", 1)]                                    // the last one without padding
    [InlineData("0800" + "0100" + "00000000" + "000000", 1)]                   // less than a header is padding
    [InlineData("", 0)]
    public void Attributes_ThatAreCut_EndTheWalk(string bytes, int count)
    {
        int found = 0;
        foreach (NetlinkAttribute _ in new NetlinkAttributes(Convert.FromHexString(bytes))) found++;

        Assert.Equal(count, found);
    }

    [Theory]
    [InlineData("0F000000" + "0300" + "0000" + "00000000" + "00000000", 0, true)]
    [InlineData("11000000" + "0300" + "0000" + "00000000" + "00000000", 0, true)]
    [InlineData("FFFFFFFF" + "0300" + "0000" + "00000000" + "00000000", 0, true)]
    [InlineData("10000000" + "0300" + "0000" + "00000000" + "00000000", 1, false)]
    [InlineData("10000000" + "0300" + "0000" + "00000000" + "00000000" + "1000", 1, true)]
    [InlineData("11000000" + "0300" + "0000" + "00000000" + "00000000" + "01", 1, false)]
    [InlineData("11000000" + "0300" + "0000" + "00000000" + "00000000" + "01000000" + "10000000" + "0300" + "0000" + "00000000" + "00000000", 2, false)]
    [InlineData("", 0, false)]
    public void Messages_ThatAreCut_AreSaidToBe(string bytes, int count, bool malformed)
    {
        NetlinkMessages messages = new(Convert.FromHexString(bytes));
        int found = 0;
        while (messages.MoveNext()) found++;

        Assert.Equal((count, malformed), (found, messages.IsMalformed));
    }

    [Fact]
    public void AsText_WithoutZero_IsAllOfIt()
    {
        NetlinkAttributes attributes = new(Convert.FromHexString("0700" + "0100" + "616263" + "00" + "0800" + "0100" + "61006263"));
        attributes.MoveNext();
        Assert.Equal("abc", attributes.Current.AsText());
        attributes.MoveNext();
        Assert.Equal("a", attributes.Current.AsText());
    }

    [Fact]
    public void Behind_PayloadShorterThanItsStructure_HasNone()
    {
        foreach (NetlinkAttribute _ in NetlinkAttributes.Behind<TrafficHeader>(new byte[19])) Assert.Fail("there is one");
    }

    /// <summary>Whatever is received, the walk ends, and nothing is read outside of it.</summary>
    [Fact]
    public void Read_AnyBytes_Ends() => Gen.Byte.Array[0, 200].Sample(bytes =>
    {
        int steps = 0;
        NetlinkMessages messages = new(bytes);
        while (messages.MoveNext())
        {
            steps++;
            NetlinkAnswer.Read(messages.Current);
            foreach (NetlinkAttribute attribute in new NetlinkAttributes(messages.Current.Payload)) steps += Walk(attribute, depth: 0);
        }

        foreach (NetlinkType type in (NetlinkType[])[NetlinkType.NewLink, NetlinkType.NewFilter, NetlinkType.NewQdisc])
        {
            NetlinkReply reply = new(type, bytes);
            InterfaceMessages.Read(reply);
            TrafficMessages.ReadFilter(reply);
            TrafficMessages.ReadQdiscKind(reply);
        }

        Assert.True(steps <= bytes.Length * 16);
    });

    /// <summary>A message that was valid, with some bytes changed: lengths that are almost right.</summary>
    [Fact]
    public void Read_ChangedMessage_Ends() => Gen.Select(Gen.Int[0, 95], Gen.Byte, Gen.Int[0, 96]).Array[1, 4].Sample(changes =>
    {
        NetlinkWriter writer = new(stackalloc byte[128], NetlinkType.NewFilter, NetlinkFlags.None);
        writer.Append(new TrafficHeader { InterfaceIndex = 3, Handle = 1, Parent = TrafficMessages.Ingress });
        writer.Attribute(1, "bpf");
        int options = writer.BeginNested(2);
        writer.Attribute(6, 5);
        writer.Attribute(7, "name");
        writer.EndNested(options);
        byte[] message = writer.Finish().ToArray();
        foreach ((int at, byte value, int length) in changes)
        {
            if (at < message.Length) message[at] = value;
            if (length >= 16 && length < message.Length) message = message[..length];
        }

        NetlinkMessages messages = new(message);
        while (messages.MoveNext())
        {
            NetlinkReply reply = new(NetlinkType.NewFilter, messages.Current.Payload.ToArray());
            TrafficMessages.ReadFilter(reply);
            TrafficMessages.ReadQdiscKind(reply with { Type = NetlinkType.NewQdisc });
            NetlinkAnswer.Read(messages.Current);
        }
    });

    /// <summary>What is written is what is read.</summary>
    [Fact]
    public void Read_WrittenAttributes_AreTheSame() => Gen.Select(Gen.Int[0, 0x3FFF], Gen.Byte.Array[0, 40]).Array[0, 12].Sample(attributes =>
    {
        NetlinkWriter writer = new(stackalloc byte[16], NetlinkType.NewLink, NetlinkFlags.None);
        int nested = writer.BeginNested(9);
        foreach ((int type, byte[] value) in attributes) writer.Attribute(type, value);
        writer.EndNested(nested);

        NetlinkMessages messages = new(writer.Finish());
        Assert.True(messages.MoveNext());
        NetlinkAttributes outer = new(messages.Current.Payload);
        Assert.True(outer.MoveNext());
        int i = 0;
        foreach (NetlinkAttribute attribute in outer.Current.Nested)
        {
            Assert.Equal(attributes[i].Item1, attribute.Type);
            Assert.Equal(attributes[i++].Item2, attribute.Value.ToArray());
        }

        Assert.Equal(attributes.Length, i);
    });

    [Fact]
    public void Read_Interface_HasProgramsOfEachMode()
    {
        NetlinkWriter writer = new(stackalloc byte[256], NetlinkType.NewLink, NetlinkFlags.None);
        writer.Append(new InterfaceHeader { Index = 4 });
        writer.Attribute(3, "eth7");
        writer.Attribute(4, 1500u);
        writer.Attribute(10, 2u);
        writer.Attribute(31, 8u);
        writer.Attribute(32, 6u);
        int information = writer.BeginNested(18);
        writer.Attribute(1, "veth");
        writer.EndNested(information);
        int xdp = writer.BeginNested(43);
        writer.Attribute(2, [4]);
        writer.Attribute(5, 17u);
        writer.Attribute(7, 18u);
        writer.EndNested(xdp);

        InterfaceState? state = InterfaceMessages.Read(Reply(writer));

        Assert.Equal(
            new InterfaceState
            {
                Index = 4,
                Name = "eth7",
                Mtu = 1500,
                Master = 2,
                TransmitQueues = 8,
                ReceiveQueues = 6,
                Kind = "veth",
                DriverProgram = 17,
                OffloadedProgram = 18,
            },
            state);
    }

    [Theory]
    [InlineData(0, 0, 0, 0)]
    [InlineData(1, 17, 0, 0)]
    [InlineData(2, 0, 17, 0)]
    [InlineData(3, 0, 0, 17)]
    [InlineData(4, 0, 0, 0)]
    public void Read_InterfaceOfAnOldKernel_HasTheOneProgram(byte attached, uint driver, uint generic, uint offloaded)
    {
        NetlinkWriter writer = new(stackalloc byte[256], NetlinkType.NewLink, NetlinkFlags.None);
        writer.Append(new InterfaceHeader { Index = 4 });
        int xdp = writer.BeginNested(43);
        writer.Attribute(2, [attached]);
        writer.Attribute(4, 17u);
        writer.EndNested(xdp);

        InterfaceState? state = InterfaceMessages.Read(Reply(writer));

        Assert.Equal((driver, generic, offloaded), (state!.DriverProgram, state.GenericProgram, state.OffloadedProgram));
    }

    [Fact]
    public void ReadFilter_OfAProgram_HasAllOfIt()
    {
        NetlinkWriter writer = new(stackalloc byte[256], NetlinkType.NewFilter, NetlinkFlags.None);
        writer.Append(new TrafficHeader { InterfaceIndex = 4, Handle = 0xAB, Parent = TrafficMessages.Egress, Information = 0x03E80300 });

        // The kind may stand behind the options.
        int options = writer.BeginNested(2);
        writer.Attribute(7, "mine");
        writer.Attribute(8, 1u);
        writer.Attribute(10, Convert.FromHexString("0102030405060708"));
        writer.Attribute(11, 99u);
        writer.EndNested(options);
        writer.Attribute(1, "bpf");
        writer.Attribute(11, 5u);

        FilterState? state = TrafficMessages.ReadFilter(Reply(writer));

        Assert.Equal(
            new FilterState
            {
                Place = new FilterPlace(4, TrafficMessages.Egress, 1000, 0xAB),
                Protocol = 3,
                Chain = 5,
                Kind = "bpf",
                Name = "mine",
                ProgramId = 99,
                Tag = "0102030405060708",
                IsDirectAction = true,
            },
            state);
    }

    [Fact]
    public void ReadFilter_OfAnotherKind_HasNoProgram_WhateverItsOptionsSay()
    {
        NetlinkWriter writer = new(stackalloc byte[256], NetlinkType.NewFilter, NetlinkFlags.None);
        writer.Append(new TrafficHeader { InterfaceIndex = 4, Handle = 1, Parent = TrafficMessages.Ingress });
        writer.Attribute(1, "u32");
        int options = writer.BeginNested(2);
        writer.Attribute(11, 99u);
        writer.EndNested(options);

        FilterState? state = TrafficMessages.ReadFilter(Reply(writer));

        Assert.Equal(("u32", null), (state!.Kind, state.ProgramId));
    }

    [Fact]
    public void ReadFilter_EntryOfAPriority_IsNone()
    {
        NetlinkWriter writer = new(stackalloc byte[256], NetlinkType.NewFilter, NetlinkFlags.None);
        writer.Append(new TrafficHeader { InterfaceIndex = 4, Handle = 0, Parent = TrafficMessages.Ingress });
        writer.Attribute(1, "bpf");

        Assert.Null(TrafficMessages.ReadFilter(Reply(writer)));
    }

    private static NetlinkReply Reply(in NetlinkWriter writer)
    {
        NetlinkMessages messages = new(writer.Finish());
        Assert.True(messages.MoveNext());
        return new NetlinkReply(messages.Current.Type, messages.Current.Payload.ToArray());
    }

    private static int Walk(in NetlinkAttribute attribute, int depth)
    {
        int steps = 1;
        _ = (attribute.AsUInt32(), attribute.AsByte(), attribute.AsText());
        if (depth == 8) return steps;
        foreach (NetlinkAttribute inner in attribute.Nested) steps += Walk(inner, depth + 1);
        return steps;
    }
}
