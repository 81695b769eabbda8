using System.Text;
using Ebpf.Executables;
using Ebpf.Fuzz;

namespace Ebpf.Spec.Tests.Executables;

public sealed class XzDecoderTests
{
    private static readonly string Text = string.Join(' ', Enumerable.Range(1, 300));

    public static TheoryData<string> Files => [.. XzFiles.All.Keys];

    [Theory]
    [MemberData(nameof(Files))]
    public void Decode_FileOfEachCheck_GivesTheText(string check) =>
        Assert.Equal(Text, Encoding.ASCII.GetString(XzDecoder.Decode(Convert.FromBase64String(XzFiles.All[check]), 10_000).Span));

    [Fact]
    public void Decode_MoreThanTheLimit_SaysSo() =>
        Assert.Contains("more than 100 bytes", Assert.Throws<ObjectFormatException>(() => XzDecoder.Decode(Convert.FromBase64String(XzFiles.All["crc64"]), 100)).Message);

    [Theory]
    [InlineData("crc32")]
    [InlineData("crc64")]
    [InlineData("sha256")]
    public void Decode_AnyByteChanged_IsRefusedOrGivesTheText(string check)
    {
        byte[] file = Convert.FromBase64String(XzFiles.All[check]);
        for (int i = 0; i < file.Length; i++)
        {
            file[i] ^= 0x10;
            try
            {
                // The index at the end is not looked at.
                Assert.Equal(Text, Encoding.ASCII.GetString(XzDecoder.Decode(file, 10_000).Span));
            }
            catch (ObjectFormatException)
            {
            }

            file[i] ^= 0x10;
        }
    }

    [Fact]
    public void Decode_CutShortAnywhere_IsRefused()
    {
        byte[] file = Convert.FromBase64String(XzFiles.All["crc64"]);

        // Behind the contents stands the index: its first byte ends them.
        for (int length = 0; length < file.Length - 32; length++) Assert.Throws<ObjectFormatException>(() => XzDecoder.Decode(file.AsSpan(0, length), 10_000));
    }
}
