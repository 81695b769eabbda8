namespace Ebpf.Fuzz;

/// <summary>The numbers from 1 to 300, with spaces between them, packed by xz with each checksum: <c>seq -s ' ' 1 300 | xz --check=NAME | base64</c>.</summary>
internal static class XzFiles
{
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["none"] = "/Td6WFoAAAD/EtlBAgAhARYAAAB0L+Wj4ARCAOhdABiIAqhIHqJhjrpY6Ni522YE4aPxqNvMgFMINeREU5ug9ANpDR2iGfC1IXiuRonftDufSm5t3N6OxOL+ldznXtv79zcdwqp3jDwE1PrgGZHIunoK7XBKeHarfNmDnTX2JzCIk+zTibE1C3Qlt3xjDQsuc/NPs5PYuimOB9b0dUn63EGldc9z9u14n1y21zy5SZXge5+p1+EuetvrbSalKQr/sZhOisxKcX/kSgq4OfMEdvMYR8pl+W5uqUzE9ygtH7a5S+DTODQnryLRXVuimJxHUkWK77zmr46IjB6aukAaYiSNdnUpVGAAAAH8AcMIAABfNI72qAAK/AIAAAAAAFla",
        ["crc32"] = "/Td6WFoAAAFpIt42AgAhARYAAAB0L+Wj4ARCAOhdABiIAqhIHqJhjrpY6Ni522YE4aPxqNvMgFMINeREU5ug9ANpDR2iGfC1IXiuRonftDufSm5t3N6OxOL+ldznXtv79zcdwqp3jDwE1PrgGZHIunoK7XBKeHarfNmDnTX2JzCIk+zTibE1C3Qlt3xjDQsuc/NPs5PYuimOB9b0dUn63EGldc9z9u14n1y21zy5SZXge5+p1+EuetvrbSalKQr/sZhOisxKcX/kSgq4OfMEdvMYR8pl+W5uqUzE9ygtH7a5S+DTODQnryLRXVuimJxHUkWK77zmr46IjB6aukAaYiSNdnUpVGAAAxNEDAABgALDCAAANYPOzT4wDYsCAAAAAAFZWg==",
        ["crc64"] = "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4ARCAOhdABiIAqhIHqJhjrpY6Ni522YE4aPxqNvMgFMINeREU5ug9ANpDR2iGfC1IXiuRonftDufSm5t3N6OxOL+ldznXtv79zcdwqp3jDwE1PrgGZHIunoK7XBKeHarfNmDnTX2JzCIk+zTibE1C3Qlt3xjDQsuc/NPs5PYuimOB9b0dUn63EGldc9z9u14n1y21zy5SZXge5+p1+EuetvrbSalKQr/sZhOisxKcX/kSgq4OfMEdvMYR8pl+W5uqUzE9ygtH7a5S+DTODQnryLRXVuimJxHUkWK77zmr46IjB6aukAaYiSNdnUpVGAAQ1RfE8Ycv6MAAYQCwwgAACPBX1axxGf7AgAAAAAEWVo=",
        ["sha256"] = "/Td6WFoAAArh+wyhAgAhARYAAAB0L+Wj4ARCAOhdABiIAqhIHqJhjrpY6Ni522YE4aPxqNvMgFMINeREU5ug9ANpDR2iGfC1IXiuRonftDufSm5t3N6OxOL+ldznXtv79zcdwqp3jDwE1PrgGZHIunoK7XBKeHarfNmDnTX2JzCIk+zTibE1C3Qlt3xjDQsuc/NPs5PYuimOB9b0dUn63EGldc9z9u14n1y21zy5SZXge5+p1+EuetvrbSalKQr/sZhOisxKcX/kSgq4OfMEdvMYR8pl+W5uqUzE9ygtH7a5S+DTODQnryLRXVuimJxHUkWK77zmr46IjB6aukAaYiSNdnUpVGAARxU+MZLfzYCT1rthtvqOoanzDiKU3KUDIELO1OHqRyQAAZwCwwgAANVB2rm26d8cAgAAAAAKWVo=",
    };
}
