namespace Ebpf.Linux.Netlink;

/// <summary>The types of messages: those of netlink itself, and of rtnetlink (<c>linux/netlink.h</c>, <c>linux/rtnetlink.h</c>).</summary>
internal enum NetlinkType : ushort
{
    None = 0,

    /// <summary>An answer: an error, or the acknowledgement that there was none.</summary>
    Error = 2,

    /// <summary>The end of a list.</summary>
    Done = 3,

    NewLink = 16,
    GetLink = 18,
    SetLink = 19,
    NewQdisc = 36,
    DeleteQdisc = 37,
    GetQdisc = 38,
    NewFilter = 44,
    DeleteFilter = 45,
    GetFilter = 46,
}

/// <summary>The flags of a message. The upper byte means something else in each kind of message.</summary>
[Flags]
internal enum NetlinkFlags : ushort
{
    None = 0,
    Request = 0x01,
    Multipart = 0x02,
    Acknowledge = 0x04,
    Echo = 0x08,

    /// <summary>Something was added or removed while the kernel made the list, which may lack or repeat entries.</summary>
    DumpInterrupted = 0x10,

    /// <summary>In a request for information: all that there is (NLM_F_ROOT and NLM_F_MATCH).</summary>
    Dump = 0x300,

    /// <summary>In a request to make something: in the place of what is there.</summary>
    Replace = 0x100,

    /// <summary>In a request to make something: not if it is there.</summary>
    Exclusive = 0x200,

    /// <summary>In a request to make something: also if it is not there.</summary>
    Create = 0x400,

    /// <summary>In an answer: of the request only its header comes back.</summary>
    Capped = Replace,

    /// <summary>In an answer: attributes with words about the error are at its end.</summary>
    HasExtendedAnswer = Exclusive,
}

/// <summary><c>struct nlmsghdr</c>. All numbers are in the byte order of the machine.</summary>
internal struct NetlinkHeader
{
    /// <summary>The length of the message in bytes, this header included.</summary>
    public uint Length;

    public NetlinkType Type;
    public NetlinkFlags Flags;

    /// <summary>Chosen by who asks; the answers have the same.</summary>
    public uint Sequence;

    /// <summary>The port of the socket that asked.</summary>
    public uint Port;
}

/// <summary><c>struct nlattr</c>.</summary>
internal struct NetlinkAttributeHeader
{
    /// <summary>The upper two bits of a type are flags: attributes inside, and numbers in network byte order.</summary>
    public const ushort Nested = 0x8000, TypeMask = 0x3FFF;

    /// <summary>The length in bytes, this header included and the padding excluded.</summary>
    public ushort Length;

    public ushort Type;
}
