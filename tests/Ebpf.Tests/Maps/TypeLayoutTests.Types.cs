using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ebpf.TestData;

namespace Ebpf.Tests.Maps;

/// <content>The types that are tried.</content>
public sealed partial class TypeLayoutTests
{
    private struct Flow
    {
        public uint Source, Target;
        public ushort From, To;
        public byte Protocol;
        public byte Padding1, Padding2, Padding3;
    }

    private struct Swapped
    {
        public uint Target, Source;
        public ushort From, To;
        public byte Protocol;
        public byte Padding1, Padding2, Padding3;
    }

    private struct Renamed
    {
        public uint Saddr, Daddr;
        public ushort From, To;
        public byte Protocol;
        public byte Padding1, Padding2, Padding3;
    }

    [StructLayout(LayoutKind.Explicit, Size = 80)]
    private struct WithFloat
    {
        [FieldOffset(8)]
        public float Pid;
    }

    private unsafe struct WideText
    {
        public ulong Time;
        public int Pid;
        public State State;
        public fixed char Comm[8];
        public Sixteen Addresses, More, Rest;
    }

    private struct Nested
    {
        public (uint, uint) Pair;
        public ulong Other;
    }

    private struct DayOfWeekAndMore
    {
        public DayOfWeek Day;
        public uint Hour;
    }

    private struct Address
    {
        public ushort Port, Family;
        public uint Host;
    }

    private enum State
    {
        Idle,
    }

    private unsafe struct Event
    {
        public ulong Time;
        public int Pid;
        public State State;
        public fixed byte Comm[16];
        public Address Source, Target;
        public uint Low, High;
        public fixed uint Counts[4];
        public ushort Bits;
        public bool Flag;
        public uint Last;
    }

    private struct FlatEvent
    {
        public long Time;
        public uint Pid;
        public uint State;
        public ulong CommStart, CommEnd;
        public ushort SourcePort, SourceFamily;
        public uint SourceHost;
        public Address Target;
        public ulong Cookie;
        public ulong FirstCounts, LastCounts;
        public ushort Bits;
        public sbyte Flag;
        public byte Padding;
        public int Last;
    }

    private struct Matrix
    {
        public Addresses Cells;
    }

    [InlineArray(6)]
    private struct Addresses
    {
        private Address _first;
    }

    private struct WrongMatrix
    {
        public WrongAddresses Cells;
    }

    private struct WrongAddress
    {
        public ushort Port;
        public byte Family, Padding;
        public uint Host;
    }

    [InlineArray(6)]
    private struct WrongAddresses
    {
        private WrongAddress _first;
    }

    private struct Bytes16
    {
        public Sixteen All;
    }

    [InlineArray(16)]
    private struct Sixteen
    {
        private byte _first;
    }

    private unsafe struct Bytes80
    {
        public fixed byte All[80];
    }

    [StructLayout(LayoutKind.Sequential, Size = 80)]
    private struct SizeOnly;

    [StructLayout(LayoutKind.Explicit, Size = 80)]
    private struct OnlyTheEnds
    {
        [FieldOffset(0)]
        public ulong Time;

        [FieldOffset(76)]
        public uint Last;
    }

    private unsafe struct OpaqueMiddle
    {
        public ulong Time;
        public fixed byte Middle[68];
        public uint Last;
    }

    private unsafe struct Shifted
    {
        public ulong Id;
        public long Time;
        public fixed byte Rest[64];
    }

    private unsafe struct Wrong
    {
        public ulong Time;
        public uint Pid;
        public State State;
        public fixed byte Comm[16];
        public ShortAddress Source;
        public Address Target;
        public ulong Cookie;
        public fixed ushort Counts[8];
        public uint BitsAndFlag;
        public uint Last;
    }

    private struct ShortAddress
    {
        public uint PortAndFamily;
        public ushort Host;
    }

    private struct Shorts
    {
        public Twenty First, Second, Third, Fourth;
    }

    private struct Twenty
    {
        public ushort A, B, C, D, E, F, G, H, I, J;
    }

    private unsafe struct WithHole
    {
        public ulong Time;
        public uint Pid;
        public ulong CommStart;
        public fixed byte Rest[56];
    }

    private struct OtherFlow
    {
        public ulong Addresses;
        public uint Ports;
        public uint Protocol;
    }

    private struct PaddedItem
    {
        public uint Address;
        public ushort Port;
    }

    [InlineArray(2)]
    private struct PaddedItemPair
    {
        private PaddedItem _first;
    }

    private struct PaddedItems
    {
        public PaddedItemPair Items;
    }

    private unsafe struct Switches
    {
        public ulong Number;
        public fixed bool Flags[8];
    }

    private unsafe struct Text
    {
        public fixed char Name[8];
    }

    private struct Optional
    {
        public ulong Number;
        public int? Maybe;
    }

    [StructLayout(LayoutKind.Explicit)]
    private struct Late
    {
        [FieldOffset(4)]
        public uint A;

        [FieldOffset(8)]
        public ulong B;
    }
}
