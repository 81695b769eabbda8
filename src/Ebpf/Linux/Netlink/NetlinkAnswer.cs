using System.Runtime.InteropServices;

namespace Ebpf.Linux.Netlink;

/// <summary>How a request ended: the error, and what the kernel says about it in words (its extended acknowledgement).</summary>
/// <param name="Error">The error; <see cref="Errno.None"/> if there was none.</param>
/// <param name="Text">The kernel's words, also with a request that worked; <c>null</c> if it said nothing.</param>
/// <param name="Offset">Where in the request the attribute stands that the error is about; <c>null</c> if the kernel does not tell.</param>
/// <param name="MissingType">The type of an attribute that the request lacks; <c>null</c> if the kernel does not tell.</param>
internal readonly record struct NetlinkAnswer(Errno Error, string? Text = null, uint? Offset = null, uint? MissingType = null)
{
    private const int StatusSize = 4, HeaderSize = 16;
    private const int TextAttribute = 1, OffsetAttribute = 2, MissingTypeAttribute = 5; // NLMSGERR_ATTR_*, linux/netlink.h

    /// <summary>Whether the request was refused.</summary>
    public bool Failed => Error != Errno.None;

    /// <summary>Whether the request was sent, and its answer never came: what was asked for may have been done.</summary>
    public bool IsLost { get; init; }

    /// <summary>Gets the kernel's words in quotation marks, for a message; <c>null</c> if it said nothing.</summary>
    public string? Quoted => Text is null ? null : $"the kernel says \"{Text}\"";

    /// <summary>Reads NLMSG_ERROR, or NLMSG_DONE, which has a status as well: a list that could not be made ends with an error.</summary>
    public static NetlinkAnswer Read(in NetlinkMessage message)
    {
        ReadOnlySpan<byte> payload = message.Payload;
        if (!MemoryMarshal.TryRead(payload, out int status))
            return message.Type == NetlinkType.Done ? default : new NetlinkAnswer(Errno.EBADMSG);
        NetlinkAnswer answer = new(status < 0 ? (Errno)unchecked(-status) : Errno.None);
        if ((message.Flags & NetlinkFlags.HasExtendedAnswer) == 0) return answer;
        if (message.Type == NetlinkType.Done) return answer.With(payload[StatusSize..]);

        // The request stands between: its header, or unless it was capped all of it.
        ReadOnlySpan<byte> rest = payload[StatusSize..];
        if (rest.Length < HeaderSize) return answer;
        int echoed = HeaderSize;
        if ((message.Flags & NetlinkFlags.Capped) == 0)
        {
            uint length = MemoryMarshal.Read<NetlinkHeader>(rest).Length;
            if (length < HeaderSize || length > (uint)rest.Length) return answer;
            echoed = Math.Min(NetlinkWriter.Align((int)length), rest.Length);
        }

        return answer.With(rest[echoed..]);
    }

    private NetlinkAnswer With(ReadOnlySpan<byte> attributes)
    {
        NetlinkAnswer answer = this;
        foreach (NetlinkAttribute attribute in new NetlinkAttributes(attributes))
        {
            switch (attribute.Type)
            {
                case TextAttribute when attribute.AsText().Trim() is { Length: > 0 } text:
                    answer = answer with { Text = text };
                    break;
                case OffsetAttribute:
                    answer = answer with { Offset = attribute.AsUInt32() };
                    break;
                case MissingTypeAttribute:
                    answer = answer with { MissingType = attribute.AsUInt32() };
                    break;
            }
        }

        return answer;
    }
}
