using System.Buffers.Binary;
using Ebpf.TestData;

namespace Ebpf.Spec.Tests.Object;

public sealed class StructOpsTests
{
    [Fact]
    public void Load_Table_IsAMapWithTypeValueAndFunctions()
    {
        MapSpec map = Load().Maps["plain"];

        Assert.Equal((MapType.StructOps, 4u, 1u, MapFlags.None), (map.Type, map.KeySize, map.MaxEntries, map.Flags));
        Assert.Equal("tcp_congestion_ops", map.StructOps!.Type.Name);
        Assert.Equal(map.StructOps.Type.Size, map.ValueSize);
        Assert.Equal(
            [new("init", "on_init"), new("timing.tick", "on_tick")],
            map.StructOps.Functions);
        Assert.Equal(7, BinaryPrimitives.ReadInt32LittleEndian(map.InitialValue.Span));
        Assert.Equal(2, BinaryPrimitives.ReadInt32LittleEndian(map.InitialValue.Span[12..]));
        Assert.True(map.AutoCreate);
    }

    [Fact]
    public void Load_LinkedTable_HasTheFlag() => Assert.Equal(MapFlags.Link, Load().Maps["linked"].Flags);

    [Fact]
    public void Load_OptionalTable_IsNotCreatedUnlessAsked()
    {
        MapSpec map = Load().Maps["optional"];

        Assert.False(map.AutoCreate);
        Assert.Equal(MapFlags.Link, map.Flags);
    }

    [Fact]
    public void Load_Programs_AreOfTheirKind()
    {
        SpecTable<ProgramSpec> programs = Load().Programs;

        Assert.All(programs.Values, program => Assert.Equal(ProgramType.StructOps, program.Type));
        Assert.False(programs["on_ssthresh"].AutoLoad);
        Assert.Equal(ProgramFlags.Sleepable, programs["on_ssthresh"].Flags);
    }

    [Fact]
    public void Clone_FunctionsChanged_LeavesTheOriginal()
    {
        MapSpec original = Load().Maps["plain"];
        MapSpec copy = original.Clone();
        copy.StructOps!.Functions.Clear();

        Assert.Equal(2, original.StructOps!.Functions.Count);
    }

    private static CollectionSpec Load() => CollectionSpec.Load(TestObject.Path("struct_ops"));
}
