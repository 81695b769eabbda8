using System.Text;
using Ebpf.Executables;

namespace Ebpf.Spec.Tests.Executables;

public sealed class XzDecoderTests
{
    // printf '%s' "$(seq -s ' ' 1 300)" | xz --check=NAME | base64 -w0
    private static readonly string Text = string.Join(' ', Enumerable.Range(1, 300));

    public static TheoryData<string> Files => [.. Xz.Files.Keys];

    [Theory]
    [MemberData(nameof(Files))]
    public void Decode_FileOfEachCheck_GivesTheText(string check) =>
        Assert.Equal(Text, Encoding.ASCII.GetString(XzDecoder.Decode(Convert.FromBase64String(Xz.Files[check]), 10_000).Span));

    [Fact]
    public void Decode_MoreThanTheLimit_SaysSo() =>
        Assert.Contains("more than 100 bytes", Assert.Throws<ObjectFormatException>(() => XzDecoder.Decode(Convert.FromBase64String(Xz.Files["crc64"]), 100)).Message);

    [Theory]
    [InlineData("crc32")]
    [InlineData("crc64")]
    [InlineData("sha256")]
    public void Decode_AnyByteChanged_IsRefusedOrGivesTheText(string check)
    {
        byte[] file = Convert.FromBase64String(Xz.Files[check]);
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
        byte[] file = Convert.FromBase64String(Xz.Files["crc64"]);

        // Behind the contents stands the index: its first byte ends them.
        for (int length = 0; length < file.Length - 32; length++) Assert.Throws<ObjectFormatException>(() => XzDecoder.Decode(file.AsSpan(0, length), 10_000));
    }
}

/// <summary>Files made by xz.</summary>
internal static class Xz
{
    public static IReadOnlyDictionary<string, string> Files { get; } = new Dictionary<string, string>
    {
        ["none"] = "/Td6WFoAAAD/EtlBAgAhARYAAAB0L+Wj4ARCAOhdABiIAqhIHqJhjrpY6Ni522YE4aPxqNvMgFMINeREU5ug9ANpDR2iGfC1IXiuRonftDufSm5t3N6OxOL+ldznXtv79zcdwqp3jDwE1PrgGZHIunoK7XBKeHarfNmDnTX2JzCIk+zTibE1C3Qlt3xjDQsuc/NPs5PYuimOB9b0dUn63EGldc9z9u14n1y21zy5SZXge5+p1+EuetvrbSalKQr/sZhOisxKcX/kSgq4OfMEdvMYR8pl+W5uqUzE9ygtH7a5S+DTODQnryLRXVuimJxHUkWK77zmr46IjB6aukAaYiSNdnUpVGAAAAH8AcMIAABfNI72qAAK/AIAAAAAAFla",
        ["crc32"] = "/Td6WFoAAAFpIt42AgAhARYAAAB0L+Wj4ARCAOhdABiIAqhIHqJhjrpY6Ni522YE4aPxqNvMgFMINeREU5ug9ANpDR2iGfC1IXiuRonftDufSm5t3N6OxOL+ldznXtv79zcdwqp3jDwE1PrgGZHIunoK7XBKeHarfNmDnTX2JzCIk+zTibE1C3Qlt3xjDQsuc/NPs5PYuimOB9b0dUn63EGldc9z9u14n1y21zy5SZXge5+p1+EuetvrbSalKQr/sZhOisxKcX/kSgq4OfMEdvMYR8pl+W5uqUzE9ygtH7a5S+DTODQnryLRXVuimJxHUkWK77zmr46IjB6aukAaYiSNdnUpVGAAAxNEDAABgALDCAAANYPOzT4wDYsCAAAAAAFZWg==",
        ["crc64"] = "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4ARCAOhdABiIAqhIHqJhjrpY6Ni522YE4aPxqNvMgFMINeREU5ug9ANpDR2iGfC1IXiuRonftDufSm5t3N6OxOL+ldznXtv79zcdwqp3jDwE1PrgGZHIunoK7XBKeHarfNmDnTX2JzCIk+zTibE1C3Qlt3xjDQsuc/NPs5PYuimOB9b0dUn63EGldc9z9u14n1y21zy5SZXge5+p1+EuetvrbSalKQr/sZhOisxKcX/kSgq4OfMEdvMYR8pl+W5uqUzE9ygtH7a5S+DTODQnryLRXVuimJxHUkWK77zmr46IjB6aukAaYiSNdnUpVGAAQ1RfE8Ycv6MAAYQCwwgAACPBX1axxGf7AgAAAAAEWVo=",
        ["sha256"] = "/Td6WFoAAArh+wyhAgAhARYAAAB0L+Wj4ARCAOhdABiIAqhIHqJhjrpY6Ni522YE4aPxqNvMgFMINeREU5ug9ANpDR2iGfC1IXiuRonftDufSm5t3N6OxOL+ldznXtv79zcdwqp3jDwE1PrgGZHIunoK7XBKeHarfNmDnTX2JzCIk+zTibE1C3Qlt3xjDQsuc/NPs5PYuimOB9b0dUn63EGldc9z9u14n1y21zy5SZXge5+p1+EuetvrbSalKQr/sZhOisxKcX/kSgq4OfMEdvMYR8pl+W5uqUzE9ygtH7a5S+DTODQnryLRXVuimJxHUkWK77zmr46IjB6aukAaYiSNdnUpVGAARxU+MZLfzYCT1rthtvqOoanzDiKU3KUDIELO1OHqRyQAAZwCwwgAANVB2rm26d8cAgAAAAAKWVo=",
    };
}
