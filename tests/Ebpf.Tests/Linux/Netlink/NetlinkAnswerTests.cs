using Ebpf.Linux.Netlink;

namespace Ebpf.Tests.Linux.Netlink;

/// <summary>How requests end: NLMSG_ERROR in its forms, and NLMSG_DONE.</summary>
public sealed class NetlinkAnswerTests
{
    private const string Request = "20000000" + "2400" + "0500" + "01000000" + "00000000"; // a header that says 32 bytes
    private const string RestOfRequest = "00112233445566778899AABBCCDDEEFF";
    private const string Words = "0C00" + "0100" + "4E6F2071646900" + "00" + "0800" + "0200" + "24000000";

    [Theory]
    [InlineData(2, 0x000, "00000000" + Request, Errno.None, null, null)]                                 // acknowledged
    [InlineData(2, 0x100, "EAFFFFFF" + Request, Errno.EINVAL, null, null)]                               // capped, no words
    [InlineData(2, 0x300, "EAFFFFFF" + Request + Words, Errno.EINVAL, "No qdi", 36u)]                    // capped, with words
    [InlineData(2, 0x200, "EAFFFFFF" + Request + RestOfRequest + Words, Errno.EINVAL, "No qdi", 36u)]    // the whole request before them
    [InlineData(2, 0x300, "00000000" + Request + Words, Errno.None, "No qdi", 36u)]                      // a warning
    [InlineData(2, 0x200, "EAFFFFFF" + Request + RestOfRequest, Errno.EINVAL, null, null)]
    [InlineData(2, 0x200, "EAFFFFFF" + Request, Errno.EINVAL, null, null)]                               // the request is cut
    [InlineData(2, 0x200, "EAFFFFFF" + "00000000" + "2400" + "0500" + "01000000" + "00000000" + Words, Errno.EINVAL, null, null)] // says 0 bytes
    [InlineData(2, 0x000, "EAFFFFFF" + Request + Words, Errno.EINVAL, null, null)]                       // no flag: no words
    [InlineData(2, 0x300, "EAFFFFFF", Errno.EINVAL, null, null)]
    [InlineData(2, 0x300, "EAFFFFFF" + Request + "0400" + "0100" + "0600" + "0200" + "0102" + "0000", Errno.EINVAL, null, null)] // empty, too short
    [InlineData(2, 0x000, "", Errno.EBADMSG, null, null)]
    [InlineData(2, 0x000, "EAFFFF", Errno.EBADMSG, null, null)]
    [InlineData(3, 0x002, "00000000", Errno.None, null, null)]
    [InlineData(3, 0x002, "", Errno.None, null, null)]
    [InlineData(3, 0x002, "EDFFFFFF", Errno.ENODEV, null, null)]                                         // a list that could not be made
    [InlineData(3, 0x202, "EDFFFFFF" + Words, Errno.ENODEV, "No qdi", 36u)]
    [InlineData(3, 0x002, "05000000", Errno.None, null, null)]
    public void Read_Form_GivesErrorWordsAndOffset(int type, int flags, string payload, Errno error, string? text, uint? offset)
    {
        NetlinkHeader header = new() { Type = (NetlinkType)type, Flags = (NetlinkFlags)flags };

        NetlinkAnswer answer = NetlinkAnswer.Read(new NetlinkMessage(header, Convert.FromHexString(payload)));

        Assert.Equal((error, text, offset), (answer.Error, answer.Text, answer.Offset));
    }

    [Fact]
    public void Read_MissingAttribute_HasItsType()
    {
        NetlinkHeader header = new() { Type = NetlinkType.Error, Flags = NetlinkFlags.Capped | NetlinkFlags.HasExtendedAnswer };

        NetlinkAnswer answer = NetlinkAnswer.Read(
            new NetlinkMessage(header, Convert.FromHexString("EAFFFFFF" + Request + "0800" + "0500" + "07000000")));

        Assert.Equal(7u, answer.MissingType);
    }
}
