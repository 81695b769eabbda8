using Ebpf.TestData;

namespace Ebpf.Conformance.Tests;

/// <summary>The small part of the comparison: our own objects, with the libbpf that this machine happens to have.</summary>
public sealed class SystemLibbpfTests(SystemLibbpf libbpf)
{
    private static readonly Version ReadsForeignByteOrder = new(1, 5);

    [Fact]
    public void Compare_OwnObjects_DifferOnlyWhereKnown()
    {
        Counts counts = new();
        ConformanceRun run = NewRun();

        run.Compare(Path.GetDirectoryName(TestObject.Path("counter"))!, "testdata-el", counts);

        AssertConforms(run.Judgement);
        Assert.Equal(TestObject.Names.Count, counts.Objects);
        Assert.True(counts.Fields > 300, counts.ToString());
        Assert.True(counts.Instructions > 300, counts.ToString());
    }

    [Fact]
    public void Compare_ObjectsOfTheOtherByteOrder_DifferOnlyWhereKnown()
    {
        ConformanceRun run = NewRun();
        string directory = Path.GetDirectoryName(TestObject.Path("counter", ByteOrder.BigEndian))!;
        Counts counts = new();

        run.Compare(directory, "testdata-eb", counts);

        Assert.SkipUnless(
            run.Judgement.Libbpf >= ReadsForeignByteOrder,
            $"libbpf reads objects of the other byte order since {ReadsForeignByteOrder}; this is {run.Judgement.Libbpf}.");
        AssertConforms(run.Judgement);
    }

    [Fact]
    public void Compare_ObjectsThatLibbpfLinked_DifferOnlyWhereKnown()
    {
        ConformanceRun run = NewRun();
        DirectoryInfo linked = libbpf.CreateDirectory("linked");
        string[] names = ["counter", "data", "functions", "minimal", "tracing"];
        foreach (string name in names)
            SystemLibbpf.Run(libbpf.Link, Path.Combine(linked.FullName, name + ".bpf.o"), TestObject.Path(name));
        Counts counts = new();

        run.Compare(linked.FullName, "linked", counts);

        AssertConforms(run.Judgement);
        Assert.Equal((names.Length, 0), (counts.Objects, counts.Refused));
    }

    private static void AssertConforms(Judgement run)
    {
        Assert.Empty(run.Unexplained);
        Assert.Empty(run.Dead(isWhole: false));
    }

    private ConformanceRun NewRun() =>
        new(libbpf.Describe, ExceptionList.Read(Path.Combine(AppContext.BaseDirectory, "exceptions.txt")));
}
