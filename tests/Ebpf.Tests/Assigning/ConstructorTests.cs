using System.Diagnostics.CodeAnalysis;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Assigning;

/// <summary>Objects that LoadAndAssign makes: required and init properties, constructors, records; and what it cannot make.</summary>
public sealed class ConstructorTests
{
    [Fact]
    public void RequiredAndInitProperties_AreAssigned()
    {
        WithRequired objects = LoadAndAssignTests.Spec().LoadAndAssign<WithRequired>();
        using BpfMap map = objects.Map;
        using BpfProgram left = objects.Left!;

        Assert.Equal(("unused", "left"), (map.Name, left.Name));
    }

    [Fact]
    public void PositionalRecord_IsMadeOfWhatItsParametersName()
    {
        Positional objects = LoadAndAssignTests.Spec().LoadAndAssign<Positional>();
        using BpfMap flows = objects.Flows, unused = objects.More!;
        using BpfProgram left = objects.Left;

        Assert.Equal(("flow_stats", "unused", "left", 7), (flows.Name, unused.Name, left.Name, objects.Other));
        Assert.Equal(0u, objects.Numbers[0].Length == 0 ? 1u : 0u);
        objects.Numbers.Map.Dispose();
    }

    [Fact]
    public void RecordStruct_IsMadeToo()
    {
        PositionalStruct objects = LoadAndAssignTests.Spec().LoadAndAssign<PositionalStruct>();

        Assert.Equal("unused", objects.Unused.Name);
        objects.Unused.Dispose();
    }

    [Fact]
    public void ParameterThatIsAGroup_IsMadeFirst()
    {
        WithGroup objects = LoadAndAssignTests.Spec().LoadAndAssign<WithGroup>();

        Assert.Equal(("flow_stats", "unused"), (objects.Maps.FlowStats.Name, objects.Maps.Unused.Name));
        Assert.Equal(("flow_stats", "left"), (objects.NameAtConstruction, objects.Left?.Name));
        objects.Maps.FlowStats.Dispose();
        objects.Maps.Unused.Dispose();
        objects.Left?.Dispose();
    }

    [Fact]
    public void SeveralConstructors_TheOneThatCanBeGivenAllIsCalled()
    {
        Several objects = LoadAndAssignTests.Spec().LoadAndAssign<Several>();

        Assert.Equal("unused", objects.Unused.Name);
        objects.Unused.Dispose();
    }

    [Fact]
    public void RequiredMember_ThatTheConstructorSets_NeedsNothing()
    {
        SetsRequired objects = LoadAndAssignTests.Spec().LoadAndAssign<SetsRequired>();

        Assert.Equal("text", objects.Text);
        objects.Unused?.Dispose();
    }

    [Fact]
    public void ConstructorThatThrows_LeavesNothingInTheKernel()
    {
        FaultyKernel kernel = new();

        InvalidTimeZoneException error = Assert.Throws<InvalidTimeZoneException>(
            () => LoadAndAssignTests.Spec().LoadAndAssign<ThrowsWhenMade>(new CollectionOptions { Kernel = kernel }));

        Assert.Equal("not now: unused", error.Message);
        Assert.Equal(0, kernel.OpenDescriptors);
        Assert.NotEqual(0, kernel.Calls);
    }

    [Fact]
    public void PrivateProperty_ThatIsMarked_IsRefused() =>
        AssertRefused<PrivateProperty>("Assign to PrivateProperty.Unused: it is not public");

    [Fact]
    public void InternalField_ThatIsMarked_IsRefused() => AssertRefused<InternalField>("Assign to InternalField.Unused: it is not public");

    [Fact]
    public void StaticProperty_ThatIsMarked_IsRefused() =>
        AssertRefused<StaticProperty>("Assign to StaticProperty.Unused: it is static: only what each object has is assigned");

    [Fact]
    public void Class_WhoseMembersAreAllPrivate_IsToldOne() => AssertRefused<AllPrivate>(
        "Assign to AllPrivate: it has no property or field for a map, a program or a variable that is public; _unused is not");

    [Fact]
    public void RequiredMember_OfAnotherType_IsRefused() => AssertRefused<RequiresText>(
        "Assign to RequiresText.Text: it is required, and its type, String, is none of a map, a view of one, a program, a variable or a spec of "
        + "these: make the object yourself, and give it to LoadAndAssign");

    [Fact]
    public void Parameter_OfAnotherType_IsRefused() => AssertRefused<TakesText>(
        "Assign to TakesText.Text: the constructor takes it, and its type, String, is none of a map, a view of one, a program, a variable or a "
        + "spec of these: give it a default value, or make the object yourself and give it to LoadAndAssign");

    [Fact]
    public void SeveralConstructors_NoneOfWhichFitsAlone_AreRefused() => AssertRefused<TooMany>(
        "Assign to TooMany: TooMany has 2 public constructors, and not one of them alone takes maps, programs and variables: "
        + "make the object yourself, and give it to LoadAndAssign");

    [Fact]
    public void PrivateConstructor_IsRefused() => AssertRefused<NoPublicConstructor>(
        "Assign to NoPublicConstructor: NoPublicConstructor has no public constructor");

    [Fact]
    public void AbstractClass_IsRefused() => AssertRefused<Abstract>("Assign to Abstract: Abstract is abstract, so that no object of it can be made");

    [Fact]
    public void ParameterAndProperty_ForOneObject_AreRefused() => AssertRefused<ParameterTwice>(
        "Assign to ParameterTwice.Other: map \"unused\" goes to ParameterTwice.Unused already; a map has one owner");

    private static void AssertRefused<[DynamicallyAccessedMembers(AssigningTypes.All)] T>(string message)
        where T : notnull
    {
        FaultyKernel kernel = new();

        BpfException error = Assert.Throws<BpfException>(() => LoadAndAssignTests.Spec().LoadAndAssign<T>(new CollectionOptions { Kernel = kernel }));

        Assert.Equal(message, error.Message);
        Assert.Equal(0, kernel.Calls);
    }

    private static class AssigningTypes
    {
        public const DynamicallyAccessedMemberTypes All = DynamicallyAccessedMemberTypes.All;
    }

    private sealed class WithRequired
    {
        [BpfObject("unused")]
        public required BpfMap Map { get; init; }

        public BpfProgram? Left { get; init; }
    }

    private sealed record Positional(
        [BpfObject("flow_stats")] BpfMap Flows,
        BpfProgram Left,
        [property: BpfObject("per_cpu")] BpfPerCpuMap<uint, ulong> Numbers,
        int Other = 7)
    {
        [BpfObject("unused")]
        public BpfMap? More { get; set; }
    }

    private readonly record struct PositionalStruct(BpfMap Unused);

    private sealed record PairOfMaps(BpfMap FlowStats, BpfMap Unused);

    private sealed class WithGroup([BpfGroup(typeof(PairOfMaps))] PairOfMaps maps)
    {
        public PairOfMaps Maps { get; } = maps;

        public string NameAtConstruction { get; } = maps.FlowStats.Name;

        public BpfProgram? Left { get; set; }
    }

    private sealed class Several
    {
        public Several(string text) => throw new InvalidOperationException(text);

        public Several(BpfMap unused) => Unused = unused;

        public BpfMap Unused { get; }
    }

    [method: SetsRequiredMembers]
    private sealed class SetsRequired()
    {
        public required string Text { get; set; } = "text";

        public BpfMap? Unused { get; set; }
    }

    private sealed class ThrowsWhenMade
    {
        public ThrowsWhenMade(BpfMap unused) => throw new InvalidTimeZoneException($"not now: {unused.Name}");
    }

    private sealed class PrivateProperty
    {
        public BpfMap? FlowStats { get; set; }

        [BpfObject]
        private BpfMap? Unused { get; set; }
    }

    private sealed class InternalField
    {
        [BpfObject]
        internal BpfMap? Unused = null;
    }

    private sealed class StaticProperty
    {
        public BpfMap? FlowStats { get; set; }

        [BpfObject]
        public static BpfMap? Unused { get; set; }
    }

    private sealed class AllPrivate
    {
        private readonly BpfMap? _unused;

        public override string ToString() => $"{_unused}";
    }

    private sealed class RequiresText
    {
        public BpfMap? Unused { get; set; }

        public required string Text { get; set; }
    }

    private sealed record TakesText(BpfMap Unused, string Text);

    private sealed class TooMany
    {
        public TooMany(string text) => Text = text;

        public TooMany(int number) => Text = $"{number}";

        public string Text { get; }

        public BpfMap? Unused { get; set; }
    }

    private sealed class NoPublicConstructor
    {
        private NoPublicConstructor()
        {
        }

        public BpfMap? Unused { get; set; }

        public static NoPublicConstructor Make() => new();
    }

    private abstract class Abstract
    {
        public BpfMap? Unused { get; set; }
    }

    private sealed class ParameterTwice(BpfMap unused)
    {
        public BpfMap Unused { get; } = unused;

        [BpfObject("unused")]
        public BpfMap? Other { get; set; }
    }
}
