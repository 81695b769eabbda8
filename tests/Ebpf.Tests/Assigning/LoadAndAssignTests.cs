using Ebpf.Linux;
using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Assigning;

public sealed class LoadAndAssignTests
{
    [Fact]
    public void LoadAndAssign_Class_GetsWhatItNames()
    {
        CollectionSpec spec = Spec();
        spec.Variables["limit"].Set(9u);
        using Everything objects = spec.LoadAndAssign<Everything>();

        Assert.Equal("flow_stats", objects.FlowStats!.Name);
        Assert.Equal(0ul, objects.Numbers!.Sum(0u));
        objects.Waiting!.Push(4u);
        Assert.True(objects.Waiting.TryPop(out uint popped));
        Assert.Equal(4u, popped);
        Assert.Equal(10u, objects.Left!.TestRun(Packets.Udp()));
        Assert.Equal(2, objects.Turns!.Count());
        Assert.Equal(0ul, objects.Total!.Get<ulong>());
        Assert.True(objects.Hz!.Get<int>() > 0);
        Assert.Equal(9u, objects.Limit!.Get<uint>());
        Assert.NotSame(spec.Variables["limit"], objects.Limit);
        Assert.Equal(5, objects.Other);
    }

    [Fact]
    public void LoadAndAssign_Disposed_LeavesOnlyTheMapsOfVariables()
    {
        FaultyKernel kernel = new();
        Everything objects = Spec().LoadAndAssign<Everything>(new CollectionOptions { Kernel = kernel });

        // Two maps, three views, a program; .bss and .kconfig for the variables.
        Assert.Equal(8, kernel.OpenDescriptors);
        objects.Dispose();
        Assert.Equal(2, kernel.OpenDescriptors);
        objects.Total!.Set(3ul);
        Assert.Equal(3ul, objects.Total.Get<ulong>());
        objects.Total.Map.Dispose();
        objects.Hz!.Map.Dispose();
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Theory]
    [InlineData(typeof(OneMap), 1, 0)]
    [InlineData(typeof(OneProgram), 3, 1)] // inners holds both inner maps
    [InlineData(typeof(OneOptional), 1, 1)]
    [InlineData(typeof(OneVariable), 1, 0)]
    [InlineData(typeof(TurnWith), 2, 3)] // turns holds left and right; left uses flow_stats, right inners
    public void LoadAndAssign_OnlyWhatIsNeeded_IsLoaded(Type type, int maps, int programs)
    {
        List<LoadProgress> told = [];
        CollectionOptions options = new() { Parallelism = 1, Progress = new Listener<LoadProgress>(told.Add) };
        FaultyKernel kernel = new();
        object objects = type.Name switch
        {
            nameof(OneMap) => Spec().LoadAndAssign<OneMap>(options with { Kernel = kernel }),
            nameof(OneProgram) => Spec().LoadAndAssign<OneProgram>(options with { Kernel = kernel }),
            nameof(OneOptional) => Spec().LoadAndAssign<OneOptional>(options with { Kernel = kernel }),
            nameof(OneVariable) => Spec().LoadAndAssign<OneVariable>(options with { Kernel = kernel }),
            _ => Spec().LoadAndAssign<TurnWith>(options with { Kernel = kernel }),
        };

        if (type == typeof(TurnWith)) maps += 3;
        Assert.Equal(maps, told.Count(step => step.Stage == LoadStage.Maps));
        Assert.Equal(programs, told.Count(step => step.Stage == LoadStage.Programs));
        Assert.Equal(type == typeof(TurnWith) ? 2 : 1, kernel.OpenDescriptors);
        foreach (BpfMap map in Maps(objects)) map.Dispose();
        foreach (BpfProgram program in Programs(objects)) program.Dispose();
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void LoadAndAssign_WhatAProgramNeedsAndNobodyNames_LivesOnInTheKernel()
    {
        OneProgram objects = Spec().LoadAndAssign<OneProgram>();

        using BpfProgram right = objects.Right!;

        Assert.Equal(20u, right.TestRun(Packets.Udp()));
    }

    [Fact]
    public void LoadAndAssign_ProgramArrayThatNobodyWouldHold_IsRefused()
    {
        CollectionFixture.AssertNoDescriptorStays(kernel =>
        {
            TurnWithout target = new();
            BpfException error = Assert.Throws<BpfException>(() => Spec().LoadAndAssign(target, new CollectionOptions { Kernel = kernel }));
            Assert.Equal(
                "Load TurnWithout: program array \"turns\" holds programs from the start, and the kernel empties it when its last descriptor "
                + "is closed: give TurnWithout a property for it ([BpfObject(\"turns\")] BpfMap), or pin it",
                error.Message);
            Assert.Null(target.Turn);
            Spec().LoadAndAssign<OneOptional>(new CollectionOptions { Kernel = kernel }).Optional!.Dispose();
        });
    }

    [Fact]
    public void LoadAndAssign_ProgramArrayThatIsHeld_LeadsToItsPrograms()
    {
        TurnWith objects = Spec().LoadAndAssign<TurnWith>();
        using BpfProgram turn = objects.Turn!;
        using BpfMap turns = objects.Turns!;

        Assert.Equal(10u, turn.TestRun(Packets.Udp()));
    }

    [Fact]
    public void LoadAndAssign_ProgramArrayOfTheUsers_NeedsNoProperty()
    {
        using BpfCollection first = BpfCollection.Load(Spec());
        CollectionOptions options = new() { Maps = new Dictionary<string, BpfMap> { ["turns"] = first.Maps["turns"], ["unused"] = first.Maps["unused"] } };

        using BpfProgram turn = Spec().LoadAndAssign<TurnWithout>(options).Turn!;

        Assert.Equal(10u, turn.TestRun(Packets.Udp()));
    }

    [Fact]
    public void LoadAndAssign_Groups_AreFilledToo()
    {
        Outer target = new();
        GivenGroup given = target.Given;
        Spec().LoadAndAssign(target);

        Assert.Equal("flow_stats", target.Made!.FlowStats!.Name);
        Assert.Equal("unused", target.Made.Deep!.Unused!.Name);
        Assert.Equal("per_cpu", target.Struct.PerCpu!.Name);
        Assert.Equal("left", given.Left!.Name);
        Assert.Same(given, target.Given);
        foreach (BpfMap map in (BpfMap[])[target.Made.FlowStats, target.Made.Deep.Unused, target.Struct.PerCpu]) map.Dispose();
        given.Left.Dispose();
    }

    [Fact]
    public void LoadAndAssign_Struct_IsReturned()
    {
        Holder holder = Spec().LoadAndAssign<Holder>();

        using BpfMap map = holder.Unused!;

        Assert.Equal("unused", map.Name);
    }

    [Fact]
    public void LoadAndAssign_TableOfFunctions_KeepsItsProgramsUntilItIsAttached()
    {
        StructOpsFixture fixture = new("linked");
        Requires.Kernel(6, 4, "links of struct_ops");
        FaultyKernel kernel = new();
        BpfStructOps table = fixture.Spec.LoadAndAssign<OneTable>(new CollectionOptions { Kernel = kernel }).Linked!;

        using (table.Map)
        using (table.Attach()) Assert.True(fixture.IsRegistered);

        // The programs, which belong to the table. The kernel has them.
        Assert.Equal(fixture.Map.StructOps!.Functions.Values.Distinct().Count(), kernel.OpenDescriptors);
    }

    [Fact]
    public void LoadAndAssign_SetterThrows_UndoesEverything()
    {
        using BpfMap before = BpfMap.Create(new MapSpec { Type = MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 1 });
        Throwing target = new() { FlowStats = before };
        FaultyKernel kernel = new();

        Assert.Throws<InvalidTimeZoneException>(() => Spec().LoadAndAssign(target, new CollectionOptions { Kernel = kernel }));

        Assert.Same(before, target.FlowStats);
        Assert.Null(target.Unused);
        Assert.Equal(0, kernel.OpenDescriptors);
        Spec().LoadAndAssign(target, new CollectionOptions { Kernel = kernel });
        Assert.NotSame(before, target.FlowStats);
        target.FlowStats!.Dispose();
        target.Unused!.Dispose();
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void LoadAndAssign_SetterThrowsWhenItIsUndoneToo_TellsTheFirstError()
    {
        Throwing target = new() { Throws = 2 };
        FaultyKernel kernel = new();

        Assert.Throws<InvalidTimeZoneException>(() => Spec().LoadAndAssign(target, new CollectionOptions { Kernel = kernel }));

        Assert.Null(target.FlowStats);
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void LoadAndAssign_LoadFails_TouchesNothing()
    {
        Everything target = new();
        FaultyKernel kernel = new() { OnBpf = (command, _) => command == BpfCommand.ProgramLoad ? Errno.ENOMEM : null };

        Assert.Throws<BpfException>(() => Spec().LoadAndAssign(target, new CollectionOptions { Kernel = kernel }));

        Assert.Null(target.FlowStats);
        Assert.Null(target.Total);
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void LoadAndAssign_Cancelled_LeavesNothing()
    {
        FaultyKernel kernel = new();

        Assert.Throws<OperationCanceledException>(
            () => Spec().LoadAndAssign<Everything>(new CollectionOptions { Kernel = kernel }, new CancellationToken(canceled: true)));

        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void LoadAndAssign_Null_IsRefused()
    {
        Assert.Throws<ArgumentNullException>(() => Spec().LoadAndAssign<OneMap>(target: null!));
        Assert.Throws<ArgumentNullException>(() => ((CollectionSpec)null!).LoadAndAssign<OneMap>());
    }

    internal static CollectionSpec Spec()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("whole"));
        spec.Maps["shared"].Pinning = MapPinning.None;
        return spec;
    }

    private static IEnumerable<BpfMap> Maps(object objects) => objects switch
    {
        OneMap one => [one.Map!],
        OneVariable one => [one.Total!.Map],
        TurnWith turn => [turn.Turns!],
        _ => [],
    };

    private static IEnumerable<BpfProgram> Programs(object objects) => objects switch
    {
        OneProgram one => [one.Right!],
        OneOptional one => [one.Optional!],
        TurnWith turn => [turn.Turn!],
        _ => [],
    };
}
