namespace Ebpf.Tests.Maps;

public sealed class ProgramArrayTests
{
    [Fact]
    public void Set_Program_IsWhereTailCallsGo()
    {
        using LoadedMaps maps = new("map_objects", ["jump", "eleven"]);
        BpfProgramArray jumps = maps["jumps"].AsProgramArray();
        BpfProgram eleven = maps.Program("eleven");

        Assert.Equal(33, maps.Run("jump", "slot", 2u));
        jumps.Update(2, eleven);
        Assert.Equal(11, maps.Run("jump"));
        Assert.True(jumps.TryGetId(2, out uint id));
        Assert.Equal(eleven.Id, id);
        Assert.Equal([KeyValuePair.Create(2u, id)], jumps);
        Assert.Equal(1, jumps.Count());

        Assert.True(jumps.Remove(2));
        Assert.Equal(33, maps.Run("jump"));
        Assert.False(jumps.Remove(2));
        Assert.False(jumps.TryGetId(2, out id));
        Assert.Equal(0u, id);
    }

    [Fact]
    public void Clear_EmptiesAllSlots()
    {
        using LoadedMaps maps = new("map_objects", ["jump", "eleven"]);
        BpfProgramArray jumps = maps["jumps"].AsProgramArray();
        for (uint slot = 0; slot < jumps.Length; slot += 2) jumps.Update(slot, maps.Program("eleven"));
        Assert.Equal([0u, 2u], jumps.Select(pair => pair.Key));

        jumps.Clear();

        Assert.Empty(jumps);
    }

    [Fact]
    public void Set_ProgramOfAnotherType_SaysWhy()
    {
        using LoadedMaps maps = new("map_objects", ["jump", "other_kind"]);
        BpfProgramArray jumps = maps["jumps"].AsProgramArray();

        BpfException error = Assert.Throws<BpfException>(() => jumps.Update(0, maps.Program("other_kind")));

        Assert.StartsWith(
            "Set a program in map \"jumps\": EINVAL: Xdp program \"other_kind\" does not go with the programs", error.Message);
    }

    [Fact]
    public void Set_BeyondTheEnd_SaysSo()
    {
        using LoadedMaps maps = new("map_objects", ["jump", "eleven"]);
        BpfProgramArray jumps = maps["jumps"].AsProgramArray();

        BpfException error = Assert.Throws<BpfException>(() => jumps.Update(4, maps.Program("eleven")));

        Assert.Equal("Set a program in map \"jumps\": E2BIG: the index is not below 4", error.Message);
        Assert.Contains("the index is not below 4", Assert.Throws<BpfException>(() => jumps.Remove(4)).Message);
    }

    [Fact]
    public void Operations_AllocateNothing()
    {
        using LoadedMaps maps = new("map_objects", ["jump", "eleven"]);
        BpfProgramArray jumps = maps["jumps"].AsProgramArray();
        BpfProgram program = maps.Program("eleven");

        Allocations.AssertNone(() =>
        {
            jumps.Update(1, program);
            jumps.TryGetId(1, out _);
            jumps.Remove(1);
            jumps.Clear();
        });
    }
}
