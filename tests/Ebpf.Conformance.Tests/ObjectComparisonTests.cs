using Ebpf.CoRe;
using Ebpf.TestData;

namespace Ebpf.Conformance.Tests;

/// <summary>Shows that the comparison sees what differs: libbpf's report is true to the object but for one thing.</summary>
public sealed class ObjectComparisonTests
{
    private const string Opened = "opened\tkernel_version=0";

    private const string Program =
        "program\tname=drop\tsection=socket\ttype=1\tattach=0\tautoload=1\tinstructions=2";

    private const string Code = "code\tprogram=drop\tlicense=MIT\ttype=1\tattach=0\tflags=0x0\tbytes=b4000000000000009500000000000000";

    private static readonly CoReTargets NoTypes = new(null);

    [Fact]
    public void Run_ReportThatIsTrue_FindsNothing() => Assert.Empty(Compare(Opened, Program, "loaded", Code));

    [Fact]
    public void Run_FactThatDiffers_NamesBoth() => Assert.Equal(
        new Difference("minimal", "program drop.type", "2", "1"),
        Assert.Single(Compare(Opened, Program.Replace("type=1", "type=2", StringComparison.Ordinal))));

    [Fact]
    public void Run_FactThatOnlyLibbpfTells_IsADifference() => Assert.Equal(
        new Difference("minimal", "program drop.colour", "blue", "(none)"),
        Assert.Single(Compare(Opened, Program + "\tcolour=blue")));

    [Fact]
    public void Run_ThingThatOneSideLacks_IsADifference()
    {
        Assert.Equal(new Difference("minimal", "program drop", "lacks it", "has it"), Assert.Single(Compare(Opened)));
        Assert.Equal(
            new Difference("minimal", "variable x", "has it", "lacks it"),
            Assert.Single(Compare(Opened, Program, "variable\tname=x\tsection=.data\toffset=0\tsize=4")));
    }

    [Fact]
    public void Run_RefusalOfOneSide_IsADifference()
    {
        Difference difference = Assert.Single(Compare("refused\terror=22\twarning=no"));

        Assert.Equal(("open", "refuses (error 22: no)", "opens it"), (difference.Field, difference.Libbpf, difference.Ours));
    }

    [Fact]
    public void Run_CrashBeforeTheObjectWasOpen_IsARefusal() =>
        Assert.Equal("refuses (crashed: signal 11)", Assert.Single(Compare("crashed\tsignal=11")).Libbpf);

    [Fact]
    public void Run_CrashAfterwards_LeavesWhatWasFound()
    {
        Assert.Empty(Compare(Opened, Program, "crashed\tsignal=11"));
        Assert.Equal("crashed: signal 11", Parse("x", Opened, "crashed\tsignal=11").NotLoaded[""]);
    }

    [Fact]
    public void Run_OneBitOfCode_IsADifference()
    {
        Difference difference = Assert.Single(
            Compare(Opened, Program, "loaded", Code.Replace("b400000000", "b400000001", StringComparison.Ordinal)));

        Assert.Equal("load drop.code", difference.Field);
        Assert.StartsWith("slot 0: b4000000010000", difference.Libbpf);
    }

    [Fact]
    public void Run_MoreCode_IsADifference() =>
        Assert.Equal("3 slots", Assert.Single(Compare(Opened, Program, Code + "9500000000000000")).Libbpf);

    [Fact]
    public void Run_ReferenceToAnotherMap_IsADifference()
    {
        LibbpfReport report = Parse(
            TestObject.Path("maps"),
            Opened,
            "descriptor\tmap=sized\tnumber=5",
            "code\tprogram=jump\tbytes=6113080000000000" + "18120000050000000000000000000000"
            + "850000000c000000" + "b400000021000000" + "9500000000000000");

        Assert.Contains(
            ObjectComparison.Run("maps", report, NoTypes, new Counts()),
            difference => difference.Field == "load jump.code" && difference.Libbpf.StartsWith("slot 1: ", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_SlotsOfMaps_AreCompared()
    {
        LibbpfReport report = Parse(
            TestObject.Path("maps"),
            Opened,
            "loaded",
            "slot\tmap=outer\tkey=0\ttarget=second_inner",
            "slot\tmap=outer\tkey=2\ttarget=second_inner",
            "slot\tmap=jumps\tkey=1\ttarget=count",
            "slot\tmap=jumps\tkey=3\ttarget=other");

        Assert.Equal(
            new Difference("maps", "slot outer[0]", "second_inner", "first_inner"),
            Assert.Single(
                ObjectComparison.Run("maps", report, NoTypes, new Counts()),
                difference => difference.Field.StartsWith("slot", StringComparison.Ordinal)));
    }

    private static List<Difference> Compare(params ReadOnlySpan<string> lines)
    {
        List<Difference> all = ObjectComparison.Run("minimal", Parse(TestObject.Path("minimal"), lines), NoTypes, new Counts());
        all.RemoveAll(difference => difference.Field == "types");
        return all;
    }

    private static LibbpfReport Parse(string path, params ReadOnlySpan<string> lines)
    {
        string text = $"libbpf\tversion=v1.7\nobject\tpath={path}\n{string.Join('\n', lines!)}\n";
        return Assert.Single(LibbpfReport.Parse(new StringReader(text), out _));
    }
}
