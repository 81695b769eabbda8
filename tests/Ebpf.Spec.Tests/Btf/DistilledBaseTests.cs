using Ebpf.Btf;

namespace Ebpf.Spec.Tests.Btf;

public sealed class DistilledBaseTests
{
    /// <summary>A kernel; its structures have a member more in every version.</summary>
    private static BtfSpec Kernel(uint version, Action<BtfBuilder>? more = null)
    {
        BtfBuilder types = new();
        for (uint i = 0; i < version; i++) types.AddFloat("filler" + i, 8);
        BtfTypeId number = types.AddInt("int", 4, IntEncoding.Signed);
        CompositeBuilder task = types.AddStruct("task").Add("pid", number);
        for (uint i = 0; i < version; i++) task.Add("more" + i, number);
        types.AddStruct("node").Add("next", types.AddPointer(task.Id));
        types.AddEnum("mode").Add("ON", 1);
        types.AddStruct().Add("hidden", number);
        types.AddTypedef("callback_t", types.AddPointer(types.AddFunctionPrototype(number).Add("task", types.AddPointer(task.Id)).Id));
        more?.Invoke(types);
        return types.Build();
    }

    /// <summary>A module that has a pointer to a task, a node in it, and something anonymous.</summary>
    private static BtfSpec Module(BtfSpec kernel)
    {
        BtfBuilder types = BtfBuilder.OnTopOf(kernel);
        types.AddStruct("own")
            .Add("task", types.AddPointer(kernel.Get<StructType>("task").Id))
            .Add("node", kernel.Get<StructType>("node").Id)
            .Add("mode", kernel.Get<EnumType>("mode").Id)
            .Add("hidden", kernel.All.OfType<StructType>().Single(type => type.Name.Length == 0).Id)
            .Add("callback", kernel.Get<TypedefType>("callback_t").Id);
        return types.Build();
    }

    [Fact]
    public void DistillBase_KeepsNamesKindsAndSizes()
    {
        BtfSpec distilled = Module(Kernel(0)).DistillBase();

        Assert.Equal(["int", "struct task", "struct node", "enum mode"], distilled.Base!.All.Select(type => type.ToString()));
        Assert.All(distilled.Base.All.OfType<CompositeType>(), type => Assert.Empty(type.Members));
        Assert.Equal([4u, 8u], distilled.Base.All.OfType<CompositeType>().Select(type => type.Size));
        Assert.Empty(distilled.Base.Get<EnumType>("mode").Values);
        Assert.Equal("int hidden", Assert.Single(((StructType)distilled.Get<StructType>("own").Members[3].Type).Members).ToString());
    }

    [Fact]
    public void Relocate_OntoAnotherVersion_FindsEverything()
    {
        BtfSpec newer = Kernel(3);
        BtfSpec distilled = Module(Kernel(0)).DistillBase();

        BtfSpec relocated = distilled.Relocate(newer);

        Assert.Same(newer, relocated.Base);
        StructType own = relocated.Get<StructType>("own");
        Assert.Same(newer.Get<StructType>("task"), ((PointerType)own.Members[0].Type).Target);
        Assert.Same(newer.Get<StructType>("node"), own.Members[1].Type);
        Assert.Same(newer.Get<EnumType>("mode"), own.Members[2].Type);
        Assert.Equal("callback_t", own.Members[4].Type.Name);
    }

    [Fact]
    public void Relocate_MemberOfAnotherSize_Throws()
    {
        BtfBuilder module = BtfBuilder.OnTopOf(Kernel(0));
        module.AddStruct("own").Add("inside", module.AddTypedef("alias", module.AddArray(module.Base!.Get<StructType>("task").Id, 2)));

        ObjectFormatException error = Assert.Throws<ObjectFormatException>(() => module.Build().DistillBase().Relocate(Kernel(1)));

        Assert.Contains("struct task of 4 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Relocate_MissingType_Throws()
    {
        BtfSpec kernel = Kernel(0, types => types.AddStruct("gone").Add("a", new BtfTypeId(1)));
        BtfBuilder module = BtfBuilder.OnTopOf(kernel);
        module.AddPointer(kernel.Get<StructType>("gone").Id);

        ObjectFormatException error = Assert.Throws<ObjectFormatException>(() => module.Build().DistillBase().Relocate(Kernel(0)));

        Assert.Contains("struct gone", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Relocate_SeveralOfOneName_GoesBySize()
    {
        BtfSpec kernel = Kernel(0, types =>
        {
            types.AddStruct("twin").Add("a", new BtfTypeId(1));
            types.AddStruct("twin").Add("a", new BtfTypeId(1)).Add("b", new BtfTypeId(1));
        });
        BtfTypeId small = kernel.All.OfType<StructType>().First(type => type.Name == "twin").Id;
        BtfBuilder module = BtfBuilder.OnTopOf(kernel);
        BtfTypeId pointer = module.AddPointer(small);

        BtfSpec relocated = module.Build().DistillBase().Relocate(kernel);

        Assert.Equal(small, ((PointerType)relocated[pointer]).Target.Id);
    }

    [Fact]
    public void Relocate_SeveralOfOneNameAndSize_Throws()
    {
        BtfSpec kernel = Kernel(0, types =>
        {
            types.AddStruct("twin").Add("a", new BtfTypeId(1));
            types.AddStruct("twin").Add("b", new BtfTypeId(1));
        });
        BtfBuilder module = BtfBuilder.OnTopOf(kernel);
        module.AddPointer(kernel.All.OfType<StructType>().First(type => type.Name == "twin").Id);

        ObjectFormatException error = Assert.Throws<ObjectFormatException>(() => module.Build().DistillBase().Relocate(kernel));

        Assert.Contains("both fit", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Relocate_Declaration_FindsTheDefinition()
    {
        BtfSpec kernel = Kernel(0, types => types.AddForward("later"));
        BtfBuilder module = BtfBuilder.OnTopOf(kernel);
        BtfTypeId pointer = module.AddPointer(kernel.Get<ForwardType>("later").Id);
        BtfSpec newer = Kernel(0, types => types.AddStruct("later").AddBitField("a", new BtfTypeId(1), 3));

        BtfSpec relocated = module.Build().DistillBase().Relocate(newer);

        Assert.Equal("struct later *", relocated.All.OfType<PointerType>().Last().ToString());
        Assert.IsType<StructType>(((PointerType)relocated[pointer]).Target);
    }

    [Fact]
    public void Relocate_EnumThatBecame64Bits_NeedsTheSize()
    {
        BtfSpec kernel = Kernel(0, types => types.AddEnum("wide", 8).Add("A", 1));
        BtfBuilder module = BtfBuilder.OnTopOf(kernel);
        module.AddVariable("v", kernel.Get<EnumType>("wide").Id);
        BtfSpec distilled = module.Build().DistillBase();

        Assert.Equal(BtfKind.Enum, distilled.Base!.Get<EnumType>("wide").Kind);
        Assert.Equal(BtfKind.Enum64, ((VariableType)distilled.Relocate(kernel).All.Last()).Type.Kind);
        Assert.Throws<ObjectFormatException>(() => distilled.Relocate(Kernel(0, types => types.AddEnum("wide").Add("A", 1))));
    }

    [Fact]
    public void Relocate_FromARealBase_Throws()
    {
        BtfSpec kernel = Kernel(0);

        ObjectFormatException error = Assert.Throws<ObjectFormatException>(() => Module(kernel).Relocate(kernel));

        Assert.Contains("does not belong in a distilled base", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => kernel.Relocate(kernel));
        Assert.Throws<InvalidOperationException>(kernel.DistillBase);
    }

    [Fact]
    public void DistillBase_ReferenceToAFunctionOfTheBase_Throws()
    {
        BtfSpec kernel = Kernel(0, types => types.AddFunction("f", types.AddFunctionPrototype().Id));
        BtfBuilder module = BtfBuilder.OnTopOf(kernel);
        module.AddDeclTag("kfunc", kernel.Get<FunctionType>("f").Id);

        Assert.Throws<ObjectFormatException>(module.Build().DistillBase);
    }
}
