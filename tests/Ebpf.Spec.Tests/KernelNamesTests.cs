using System.Globalization;
using System.Text.RegularExpressions;

namespace Ebpf.Spec.Tests;

/// <summary>The enumerations against the kernel's own header, as far as the installed one goes.</summary>
public sealed partial class KernelNamesTests
{
    private const string HeaderPath = "/usr/include/linux/bpf.h";

    /// <summary>Where the .NET name is not the kernel's without prefix and underscores.</summary>
    private static readonly Dictionary<string, string> SpelledOut = new()
    {
        ["UNSPEC"] = "UNSPECIFIED",
        ["PROGARRAY"] = "PROGRAMARRAY",
        ["NOPREALLOC"] = "NOPREALLOCATION",
        ["RDONLY"] = "READONLY",
        ["WRONLY"] = "WRITEONLY",
        ["RDONLYPROG"] = "READONLYPROGRAM",
        ["WRONLYPROG"] = "WRITEONLYPROGRAM",
        ["PRESERVEELEMS"] = "PRESERVEELEMENTS",
        ["VTYPEBTFOBJFD"] = "VALUETYPEBTFOBJECTFD",
        ["NOUSERCONV"] = "NOUSERCONVERSION",
        ["RBOVERWRITE"] = "RINGBUFOVERWRITE",
        ["TESTRNDHI32"] = "TESTRANDOMIZEHIGH32",
        ["TESTSTATEFREQ"] = "TESTSTATEFREQUENCY",
        ["XDPHASFRAGS"] = "XDPHASFRAGMENTS",
        ["XDPDEVBOUNDONLY"] = "XDPDEVICEBOUNDONLY",
        ["TESTREGINVARIANTS"] = "TESTREGISTERINVARIANTS",
    };

    [Theory]
    [InlineData(typeof(MapType), "bpf_map_type", "BPF_MAP_TYPE_")]
    [InlineData(typeof(ProgramType), "bpf_prog_type", "BPF_PROG_TYPE_")]
    [InlineData(typeof(AttachType), "bpf_attach_type", "BPF_")]
    [InlineData(typeof(LinkType), "bpf_link_type", "BPF_LINK_TYPE_")]
    public void Enumeration_HasEveryNameOfTheHeaderWithItsValue(Type type, string kernelType, string prefix)
    {
        string body = Regex.Match(Header(), $@"\benum {kernelType} \{{(.*?)\}}", RegexOptions.Singleline).Groups[1].Value;
        // A header newer than this library may go on.
        long newest = Enum.GetValuesAsUnderlyingType(type).Cast<int>().Max();
        long value = -1;
        List<string> wrong = [];
        foreach (Match member in Member().Matches(body))
        {
            // "A = B" gives an old value another name; "A = 3" sets the value.
            string given = member.Groups[2].Value;
            if (given.Length > 0 && !char.IsAsciiDigit(given[0])) continue;
            value = given.Length > 0 ? long.Parse(given, CultureInfo.InvariantCulture) : value + 1;
            string name = member.Groups[1].Value;
            if (name.StartsWith("__MAX", StringComparison.Ordinal) || name.StartsWith("MAX_", StringComparison.Ordinal))
                continue;
            if (value > newest) break;
            string ours = Enum.GetName(type, (int)value) ?? "nothing";
            if (!ours.Equals(Plain(name, prefix), StringComparison.OrdinalIgnoreCase)) wrong.Add($"{name} = {value} is {ours}");
        }

        Assert.True(value >= 9, "The header's enumeration was not understood.");
        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData(typeof(MapFlags), 13)]
    [InlineData(typeof(ProgramFlags), 6)]
    public void Flags_HaveTheBitsOfTheHeader(Type type, int atLeast)
    {
        int known = 0;
        foreach (Match flag in Flag().Matches(Header()))
        {
            if (!Enum.TryParse(type, Plain(flag.Groups[1].Value, "BPF_F_"), ignoreCase: true, out object? ours)) continue;
            known++;
            Assert.Equal(1u << int.Parse(flag.Groups[2].Value, CultureInfo.InvariantCulture), (uint)ours);
        }

        Assert.True(known >= atLeast, $"Only {known} flags of the header were understood.");
    }

    private static string Header()
    {
        Assert.SkipUnless(File.Exists(HeaderPath), $"{HeaderPath} is not there.");
        return Comment().Replace(File.ReadAllText(HeaderPath), "");
    }

    private static string Plain(string name, string prefix)
    {
        if (name.StartsWith(prefix, StringComparison.Ordinal)) name = name[prefix.Length..];
        string plain = name.Replace("_", "", StringComparison.Ordinal).Replace("DEPRECATED", "", StringComparison.Ordinal);
        return SpelledOut.GetValueOrDefault(plain, plain);
    }

    [GeneratedRegex(@"/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"(\w+)(?:\s*=\s*(\w+))?\s*(?:,|$)")]
    private static partial Regex Member();

    [GeneratedRegex(@"\b(BPF_F_\w+)\s*=?\s*\(1U << (\d+)\)")]
    private static partial Regex Flag();
}
