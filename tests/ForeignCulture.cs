using System.Globalization;
using System.Runtime.CompilerServices;

namespace Ebpf.Tests;

/// <summary>
/// Runs all tests of an assembly in a culture whose numbers and dates are written otherwise than in the invariant one. What is read by
/// machines, and every message, has to be the same anywhere. (Upper and lower case and the order of words are what analyzers look after:
/// CA1304, CA1309, CA1310, CA1311.)
/// </summary>
public sealed class ForeignCulture
{
    [Fact]
    public void Numbers_AreWrittenOtherwise() => Assert.Equal("\u22121,5", $"{-1.5}");

    [ModuleInitializer]
    internal static void Set()
    {
        CultureInfo culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NegativeSign = "\u2212";
        culture.NumberFormat.PositiveSign = "\u2795";
        culture.NumberFormat.NumberDecimalSeparator = culture.NumberFormat.PercentDecimalSeparator = ",";
        culture.NumberFormat.NumberGroupSeparator = culture.NumberFormat.PercentGroupSeparator = "\u00a0";
        culture.NumberFormat.NaNSymbol = "\u00a4";
        culture.NumberFormat.PositiveInfinitySymbol = "\u221e";
        culture.DateTimeFormat.DateSeparator = ".";
        culture.DateTimeFormat.TimeSeparator = ".";
        culture.DateTimeFormat.ShortDatePattern = "d.M.yyyy";
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = culture;
    }
}
