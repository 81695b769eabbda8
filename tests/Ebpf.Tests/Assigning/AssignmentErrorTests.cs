using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Assigning;

/// <summary>Classes that ask for what cannot be: nothing is loaded for them.</summary>
public sealed class AssignmentErrorTests
{
    [Fact]
    public void Attribute_UnknownName_TellsSimilarOnes() => AssertRefused<UnknownName>(
        "Assign to UnknownName.Map: there is no map \"flow_stat\"; similar: flow_stats");

    [Fact]
    public void Property_NoSuchName_TellsSimilarOnes() => AssertRefused<UnknownProperty>(
        "Assign to UnknownProperty.FlowStat: there is no map \"flow_stat\"; similar: flow_stats");

    [Fact]
    public void Attribute_NameOfAnotherKind_SaysWhichKind() => AssertRefused<WrongKind>(
        "Assign to WrongKind.Program: \"flow_stats\" is a map, not a program");

    [Fact]
    public void Property_NameFitsToTwo_AsksWhich()
    {
        CollectionSpec spec = LoadAndAssignTests.Spec();
        spec.Maps.Add("FlowStats", new MapSpec { Type = MapType.Array });

        AssertRefused<AmbiguousName>(
            "Assign to AmbiguousName.Flowstats: its name fits to more than one map: flow_stats, FlowStats; say which: [BpfObject(\"flow_stats\")]",
            spec);
    }

    [Fact]
    public void Attribute_OnAPropertyOfAnotherType_IsRefused() => AssertRefused<WrongType>(
        "Assign to WrongType.Map: its type, String, is none of a map, a view of one, a program, a variable or a spec of these");

    [Fact]
    public void Attribute_NoSetter_IsRefused() => AssertRefused<NoSetter>("Assign to NoSetter.Unused: it has no setter");

    [Fact]
    public void Properties_TwoForOneObject_AreRefused() => AssertRefused<Twice>(
        "Assign to Twice.Again: map \"unused\" goes to Twice.Unused already; a map has one owner");

    [Fact]
    public void Group_ThatHoldsItself_IsRefused() => AssertRefused<Cyclic>(
        "Assign to Cyclic.Next.Next: its type, Cyclic, holds itself: Cyclic > CyclicNext > Cyclic");

    [Fact]
    public void Group_OfAnotherType_IsRefused() => AssertRefused<WrongGroup>(
        "Assign to WrongGroup.Group: it is marked as a group of type DeepGroup, and is of type InnerGroup");

    [Fact]
    public void Group_NullWithoutSetter_IsRefused() => AssertRefused<NullGroup>(
        "Assign to NullGroup.Group: it is null, and has no setter");

    [Fact]
    public void Group_WithoutConstructor_IsRefused() => AssertRefused<NoConstructorGroup>(
        "Assign to NoConstructorGroup.Group.Number: the constructor takes it, and its type, Int32, is none of a map, a view of one, a program, a variable "
        + "or a spec of these: give it a default value, or make the object yourself and give it to LoadAndAssign");

    [Fact]
    public void Group_MarkedAsObjectToo_IsRefused() => AssertRefused<BothMarks>(
        "Assign to BothMarks.Group: it is marked as a group and as an object: it can be one of them");

    [Fact]
    public void Class_ThatNamesNothing_IsRefused() => AssertRefused<CollectionOptions>(
        "Assign to CollectionOptions: it has no property or field for a map, a program or a variable");

    [Fact]
    public void Program_OfUnknownKind_IsRefused()
    {
        CollectionSpec spec = LoadAndAssignTests.Spec();
        spec.Programs["right"].Type = ProgramType.Unspecified;

        AssertRefused<OneProgram>(
            "Assign to OneProgram.Right: section \"socket\" does not say what kind of program \"right\" is: set its Type", spec);
    }

    [Fact]
    public void Program_OfATableThatIsNotCreated_IsRefused()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("struct_ops_tcp"));

        Assert.Equal(
            "Assign to OfTable.OnInit: program \"on_init\" is loaded only with the struct_ops map that has it, which is not created: "
            + "set its AutoCreate, or name the map too",
            Assert.Throws<BpfException>(() => spec.LoadAndAssign<OfTable>()).Message);
    }

    [Fact]
    public void Variable_WhoseMapWasTakenOut_IsRefused()
    {
        CollectionSpec spec = LoadAndAssignTests.Spec();
        spec.Maps.Remove(".bss");

        AssertRefused<OneVariable>(
            "Assign to OneVariable.Total: the map of its section, .bss, was taken out of the collection", spec);
    }

    [Fact]
    public void View_WhoseTypesDoNotFit_SaysHow()
    {
        FaultyKernel kernel = new();

        BpfException error = Assert.Throws<BpfException>(() => LoadAndAssignTests.Spec().LoadAndAssign<WrongView>(new CollectionOptions { Kernel = kernel }));

        Assert.Equal("Assign to WrongView.FlowStats: Map \"flow_stats\" has keys of 8 bytes; System.UInt32 has 4.", error.Message);
        Assert.IsType<ArgumentException>(error.InnerException);
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void View_OfAnotherKind_PointsToTheRightOne()
    {
        FaultyKernel kernel = new();

        BpfException error = Assert.Throws<BpfException>(() => LoadAndAssignTests.Spec().LoadAndAssign<WrongShape>(new CollectionOptions { Kernel = kernel }));

        Assert.StartsWith("Assign to WrongShape.Waiting: Map \"waiting\" is of type Queue, which As does not take; use AsQueue", error.Message);
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void View_OfStacksWithOtherFrames_IsRefused()
    {
        CollectionSpec spec = new();
        spec.Maps.Add("stacks", new MapSpec { Type = MapType.StackTrace, KeySize = 4, ValueSize = 8, MaxEntries = 1 });

        Assert.Contains("has a view of type", Assert.Throws<BpfException>(() => spec.LoadAndAssign<WrongFrames>()).Message);
    }

    private static void AssertRefused<T>(string message, CollectionSpec? spec = null)
        where T : notnull
    {
        FaultyKernel kernel = new();
        Assert.Equal(message, Assert.Throws<BpfException>(() => (spec ?? LoadAndAssignTests.Spec()).LoadAndAssign<T>(new CollectionOptions { Kernel = kernel })).Message);
        Assert.Equal(0, kernel.Calls);
    }

    private sealed class UnknownName
    {
        [BpfObject("flow_stat")]
        public BpfMap? Map { get; set; }
    }

    private sealed class UnknownProperty
    {
        public BpfMap? FlowStat { get; set; }
    }

    private sealed class WrongKind
    {
        [BpfObject("flow_stats")]
        public BpfProgram? Program { get; set; }
    }

    private sealed class AmbiguousName
    {
        public BpfMap? Flowstats { get; set; }
    }

    private sealed class WrongType
    {
        [BpfObject("unused")]
        public string? Map { get; set; }
    }

    private sealed class NoSetter
    {
        [BpfObject]
        public BpfMap? Unused { get; }
    }

    private sealed class Twice
    {
        public BpfMap? Unused { get; set; }

        [BpfObject("unused")]
        public BpfMap<uint, uint>? Again { get; set; }
    }

    private sealed class Cyclic
    {
        public BpfMap? Unused { get; set; }

        [BpfGroup(typeof(CyclicNext))]
        public CyclicNext? Next { get; set; }
    }

    private sealed class CyclicNext
    {
        [BpfGroup(typeof(Cyclic))]
        public Cyclic? Next { get; set; }
    }

    private sealed class WrongGroup
    {
        [BpfGroup(typeof(DeepGroup))]
        public InnerGroup? Group { get; set; }
    }

    private sealed class NullGroup
    {
        [BpfGroup(typeof(DeepGroup))]
        public DeepGroup? Group { get; }
    }

    private sealed class NoConstructorGroup
    {
        [BpfGroup(typeof(NoConstructor))]
        public NoConstructor? Group { get; set; }
    }

    private sealed class NoConstructor(int number)
    {
        public int Number { get; } = number;

        public BpfMap? Unused { get; set; }
    }

    private sealed class BothMarks
    {
        [BpfObject]
        [BpfGroup(typeof(DeepGroup))]
        public DeepGroup? Group { get; set; }
    }

    private sealed class OfTable
    {
        public BpfProgram? OnInit { get; set; }
    }

    private sealed class WrongView
    {
        public BpfMap<uint, ulong>? FlowStats { get; set; }
    }

    private sealed class WrongShape
    {
        public BpfMap<uint, uint>? Waiting { get; set; }
    }

    private sealed class WrongFrames
    {
        public BpfStackTraces<uint>? Stacks { get; set; }
    }
}
