using Ebpf.Btf;
using Ebpf.TestData;

namespace Ebpf.Spec.Tests.Specs;

public sealed class HandMadeSpecTests
{
    [Fact]
    public void MapElement_OfTheSameBytes_IsEqual()
    {
        MapElement one = new(new byte[] { 1, 2 }, new byte[] { 3 }), same = new(new byte[] { 1, 2 }, new byte[] { 3 });
        MapElement other = new(new byte[] { 1, 2 }, new byte[] { 4 });

        Assert.Equal(one, same);
        Assert.Equal(one.GetHashCode(), same.GetHashCode());
        Assert.True(one == same);
        Assert.NotEqual(one, other);
        Assert.Equal(MapElement.Of(1u, 2ul), MapElement.Of(1u, 2ul));
    }

    [Theory]
    [InlineData(".data", false)]
    [InlineData(".bss.zeros", false)]
    [InlineData(".rodata", true)]
    [InlineData(".rodata.str1.1", true)]
    public void CreateDataSection_IsAsAnObjectGivesIt(string section, bool isConstant)
    {
        MapSpec map = MapSpec.CreateDataSection(section, 8);

        Assert.Equal((section, section), (map.Name, map.DataSection));
        Assert.Equal((MapType.Array, 4u, 8u, 1u, 8u), (map.Type, map.KeySize, map.ValueSize, map.MaxEntries, map.DataSize));
        Assert.Equal(isConstant, map.Freeze);
        Assert.Equal(isConstant ? MapFlags.ReadOnlyProgram : MapFlags.None, map.Flags);
    }

    [Fact]
    public void CreateDataSection_NoNameForVariables_SaysSo() =>
        Assert.Contains("\"data\" is none", Assert.Throws<ArgumentException>(() => MapSpec.CreateDataSection("data", 8)).Message);

    [Fact]
    public void Variable_OutsideOfItsSection_IsTheCallersMistake()
    {
        MapSpec data = MapSpec.CreateDataSection(".data", 8);

        ArgumentException outside = Assert.Throws<ArgumentException>(() => new VariableSpec("x", data, 6, 4));
        ArgumentException none = Assert.Throws<ArgumentException>(() => new VariableSpec("x", new MapSpec { Name = "m" }, 0, 4));

        Assert.Contains("\"x\" of 4 bytes at 6 lies outside of section .data, which has 8", outside.Message);
        Assert.Contains("\"m\" holds no section of global variables", none.Message);
        Assert.Throws<ArgumentException>(() => new VariableSpec("x", data, uint.MaxValue, 4));
    }

    [Fact]
    public void Variable_WithoutBtf_HoldsNumbersAndBytes()
    {
        VariableSpec variable = new("x", MapSpec.CreateDataSection(".data", 8), 4, 4);

        variable.Set(0x01020304u);

        Assert.Equal(0x01020304u, variable.Get<uint>());
        Assert.Null(variable.Type);
        Assert.Equal(8, variable.Map.InitialValue.Length);
    }

    [Fact]
    public void Extern_KindAndTypeThatDoNotFit_AreTheCallersMistake()
    {
        BtfBuilder types = new();
        BtfTypeId number = types.AddInt("int", 4);
        BtfTypeId function = types.AddFunction("f", types.AddFunctionPrototype(number).Id, FunctionLinkage.Extern);
        BtfSpec built = types.Build();

        Assert.Throws<ArgumentException>(() => new ExternSpec("f", ExternKind.Function, built[number]));
        Assert.Throws<ArgumentException>(() => new ExternSpec("x", ExternKind.Variable, built[function]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ExternSpec("x", (ExternKind)9, built[number]));
        ExternSpec weak = new("f___new", ExternKind.Function, built[function]) { IsWeak = true };
        Assert.Equal(("f", "weak Function f___new"), (weak.KernelName, weak.ToString()));
    }

    [Fact]
    public void StructOps_WithoutAName_IsTheCallersMistake()
    {
        BtfBuilder types = new();
        BtfTypeId unnamed = types.AddStruct().Add("x", types.AddInt("int", 4)).Id;

        Assert.Throws<ArgumentException>(() => new StructOpsSpec((StructType)types.Build()[unnamed]));
    }

    [Fact]
    public void DataSize_OfAMapOfVariables_IsItsValueSize()
    {
        MapSpec data = MapSpec.CreateDataSection(".data", 8);

        Assert.Throws<InvalidOperationException>(() => data.DataSize = 16);
        data.ValueSize = 16;
        Assert.Equal(16u, data.DataSize);
        MapSpec arena = new() { Type = MapType.Arena, DataSection = ".addr_space.1", DataSize = 40 };
        Assert.Equal((40u, 40u), (arena.DataSize, arena.Clone().DataSize));
    }

    [Fact]
    public void ToString_OfOne_IsSingular()
    {
        CollectionSpec spec = new();
        spec.Programs.Add("a", new ProgramSpec());

        Assert.Equal("1 program, 0 maps, 0 variables", spec.ToString());
    }

    [Fact]
    public void IsCompatible_ListsWhatDiffers()
    {
        MapSpec one = CollectionSpec.Load(TestObject.Read("counter")).Maps.Values.First(), other = one.Clone();
        Assert.True(one.IsCompatible(other, out IReadOnlyList<SpecDifference> none));
        Assert.Empty(none);
        other.MaxEntries++;
        other.Flags |= MapFlags.NoPreallocation;

        Assert.False(one.IsCompatible(other, out IReadOnlyList<SpecDifference> differences));

        Assert.Equal([nameof(MapSpec.MaxEntries), nameof(MapSpec.Flags)], differences.Select(difference => difference.Property));
        Assert.Equal($"its max entries is {one.MaxEntries}, not {other.MaxEntries}", differences[0].ToString());
    }

    [Fact]
    public void IsCompatible_ComparesInnerMaps()
    {
        MapSpec outer = new() { Type = MapType.ArrayOfMaps, InnerMap = new MapSpec { Type = MapType.Hash, KeySize = 4 } };
        MapSpec other = outer.Clone();
        other.InnerMap!.KeySize = 8;

        Assert.False(outer.IsCompatible(other, out IReadOnlyList<SpecDifference> differences));

        Assert.Equal("its inner map key size is 4, not 8", Assert.Single(differences).ToString());
        other.InnerMap = null;
        Assert.False(outer.IsCompatible(other, out _));
    }

    [Fact]
    public void IsCompatible_OfPrograms_ComparesHowTheyAreAttached()
    {
        ProgramSpec one = new() { SectionName = "kprobe/do_exit" }, other = new() { SectionName = "kprobe/do_fork", License = "GPL" };

        Assert.True(one.IsCompatible(one.Clone(), out _));
        Assert.False(one.IsCompatible(other, out IReadOnlyList<SpecDifference> differences));
        Assert.Equal("its attach to is do_exit, not do_fork", Assert.Single(differences).ToString());
    }
}
