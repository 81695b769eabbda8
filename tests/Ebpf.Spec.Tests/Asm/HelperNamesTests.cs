using System.Globalization;
using System.Text.RegularExpressions;
using Ebpf.Asm;

namespace Ebpf.Spec.Tests.Asm;

public sealed partial class HelperNamesTests
{
    [Theory]
    [InlineData(Helper.MapLookupElem, "3.19")]
    [InlineData(Helper.TailCall, "4.2")]
    [InlineData(Helper.ProbeReadKernel, "5.5")]
    [InlineData(Helper.RingbufOutput, "5.8")]
    [InlineData(Helper.Loop, "5.17")]
    [InlineData(Helper.CgrpStorageDelete, "6.2")]
    public void Since_KnownHelper_IsTheFirstVersion(Helper helper, string version) =>
        Assert.Equal(Version.Parse(version), helper.Since());

    [Theory]
    [InlineData(Helper.Unspec)]
    [InlineData((Helper)(-1))]
    [InlineData((Helper)int.MinValue)]
    [InlineData((Helper)0xbad2310)]
    [InlineData((Helper)int.MaxValue)]
    public void UnknownHelper_HasNeitherNameNorVersion(Helper helper) =>
        Assert.Equal((null, null), (helper.KernelName(), helper.Since()));

    [Fact]
    public void Since_AllHelpers_NeverGoesDown()
    {
        Version last = new(3, 18);
        foreach (Helper helper in Enum.GetValues<Helper>().Where(helper => helper != Helper.Unspec))
        {
            Version since = helper.Since()!;
            Assert.True(since >= last, $"{helper} is older than the helper before it.");
            last = since;
        }
    }

    [Fact]
    public void Since_HelpersOfTheInstalledHeader_AreThoseUpToItsVersion()
    {
        const string header = "/usr/include/linux/bpf.h", version = "/usr/include/linux/version.h";
        Assert.SkipUnless(File.Exists(header) && File.Exists(version), "The headers of the kernel are not installed.");
        int code = int.Parse(VersionCode().Match(File.ReadAllText(version)).Groups[1].Value, CultureInfo.InvariantCulture);
        Version installed = new(code >> 16, (code >> 8) & 0xff);
        string[] names = [.. Entry().Matches(File.ReadAllText(header)).Select(entry => "bpf_" + entry.Groups[1].Value).Where(name => name != "bpf_unspec")];
        Assert.InRange(names.Length, 100, 1000);

        Assert.Equal(
            names.Take(Enum.GetValues<Helper>().Length - 1),
            Enum.GetValues<Helper>().Where(helper => helper.Since() is { } since && since <= installed).Select(helper => helper.KernelName()));
    }

    [GeneratedRegex(@"LINUX_VERSION_CODE (\d+)")]
    private static partial Regex VersionCode();

    [GeneratedRegex(@"^\s+FN\((\w+)(?:, \d+, ##ctx)?\),?\s*\\", RegexOptions.Multiline)]
    private static partial Regex Entry();
}
