using Ebpf.Asm;
using Ebpf.TestData;

namespace Ebpf.Spec.Tests.Specs;

public sealed class RenamingTests
{
    [Fact]
    public void RenameMap_ChangesTheTableTheSpecAndTheInstructions()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Read("counter"));
        string old = spec.Maps.First(map => map.Value.DataSection is null).Key;
        string[] order = [.. spec.Maps.Keys];
        int uses = Uses(spec, old);
        Assert.NotEqual(0, uses);

        spec.RenameMap(old, "renamed");

        Assert.Equal(order.Select(name => name == old ? "renamed" : name), spec.Maps.Keys);
        Assert.Equal("renamed", spec.Maps["renamed"].Name);
        Assert.Equal((0, uses), (Uses(spec, old), Uses(spec, "renamed")));
    }

    [Fact]
    public void RenameMap_ToATakenName_ChangesNothing()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Read("maps"));
        string[] names = [.. spec.Maps.Keys];

        Assert.Throws<ArgumentException>(() => spec.RenameMap(names[0], names[1]));
        Assert.Throws<KeyNotFoundException>(() => spec.RenameMap("nothing", "something"));
        Assert.Throws<ArgumentNullException>(() => spec.RenameMap(names[0], null!));

        Assert.Equal(names, spec.Maps.Keys);
        Assert.Equal(names, spec.Maps.Values.Select(map => map.Name));
    }

    [Fact]
    public void RenameMap_OfAnInnerMap_ChangesTheMapsThatHoldIt()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Read("maps"));
        MapSpec outer = spec.Maps.Values.First(map => map.InnerMap is not null && map.Initializers.Count > 0);
        string inner = outer.Initializers[0].Target;

        spec.RenameMap(inner, "other");

        Assert.Equal("other", outer.Initializers[0].Target);
    }

    [Fact]
    public void RenameProgram_ChangesStructOpsAndSymbols()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Read("struct_ops"));
        StructOpsSpec table = spec.Maps.Values.First(map => map.StructOps?.Functions.Count > 0).StructOps!;
        (string member, string? program) = table.Functions.First();

        spec.RenameProgram(program!, "other");

        Assert.Equal("other", table.Functions[member]);
        Assert.Equal("other", spec.Programs["other"].Name);
        Assert.Equal("other", spec.Programs["other"].Instructions[0].Symbol);
    }

    [Fact]
    public void RenameVariable_KeepsPlaceAndValue()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Read("data"));
        string[] order = [.. spec.Variables.Keys];

        spec.RenameVariable("data_u32", "other");

        Assert.Equal(order.Select(name => name == "data_u32" ? "other" : name), spec.Variables.Keys);
        Assert.Equal(("other", 77u), (spec.Variables["other"].Name, spec.Variables["other"].Get<uint>()));
    }

    private static int Uses(CollectionSpec spec, string map) =>
        spec.Programs.Values.Sum(program => program.Instructions.Count<Instruction>(
            instruction => instruction.Reference is { Kind: ReferenceKind.Map } reference && reference.Name == map));
}
