using System.Collections.Immutable;
using Ebpf.Btf;
using Ebpf.Btf.Compare;

namespace Ebpf.Spec.Tests.Btf;

/// <summary>The types of a real kernel: those of this machine, if it has any.</summary>
public sealed class KernelBtfTests
{
    private const string Path = "/sys/kernel/btf/vmlinux";

    private static BtfSpec Kernel()
    {
        Assert.SkipUnless(File.Exists(Path), $"This machine has no {Path}.");
        return BtfSpec.Load(Path);
    }

    [Fact]
    public void ToArray_GivesTheSameBytes() => Assert.Equal(File.Exists(Path) ? File.ReadAllBytes(Path) : [], Kernel().ToArray());

    [Fact]
    public void Add_EveryTypeToABuilder_GivesEqualTypes()
    {
        BtfSpec kernel = Kernel();
        BtfBuilder types = new(ByteOrder.BigEndian);
        BtfTypeId[] ids = [.. kernel.All.Select(types.Add)];

        BtfSpec built = types.Build();

        Assert.Equal(kernel.Count, built.Count);
        Assert.True(new TypeEquivalence().AreSame(kernel.All.Zip(ids, (type, id) => (type, built[id]))));
    }

    [Fact]
    public void Deduplicate_ChangesNothing_SinceItIsDoneWhenAKernelIsBuilt()
    {
        BtfSpec kernel = Kernel();

        BtfSpec again = kernel.Deduplicate(out BtfTypeIdMap ids);

        Assert.Equal(kernel.Count, again.Count);
        Assert.Equal(Enumerable.Range(0, kernel.Count), ids.Select(id => (int)id.Value.Value));
    }

    [Fact]
    public void Deduplicate_TwoKernelsInOne_GivesOne()
    {
        BtfSpec kernel = Kernel(), copy = BtfSpec.Parse(kernel.ToArray());
        BtfBuilder twice = BtfBuilder.From(kernel);
        BtfTypeId[] ids = [.. copy.All.Select(twice.Add)];

        BtfSpec once = twice.Build().Deduplicate(out BtfTypeIdMap newIds);

        Assert.Equal(kernel.Count, once.Count);
        Assert.Equal(copy.All.Select(type => type.Id), ids.Select(id => newIds[id]));
        Assert.True(new TypeEquivalence().AreSame(kernel.All.Zip(once.All)));
    }

    [Fact]
    public void Deduplicate_SplitBtfOfKernelTypes_LeavesNothing()
    {
        BtfSpec kernel = Kernel();
        BtfSpec copy = BtfSpec.Parse(kernel.ToArray());
        BtfBuilder module = BtfBuilder.OnTopOf(kernel);
        BtfTypeId id = module.Add(copy.Get<StructType>("task_struct"));

        BtfSpec result = module.Build().Deduplicate(out BtfTypeIdMap newIds);

        Assert.Equal(kernel.Count, result.Count);
        Assert.Equal(kernel.Get<StructType>("task_struct").Id, newIds[id]);
    }

    [Fact]
    public void DistillBase_ThenRelocate_GivesTheSameTypes()
    {
        BtfSpec kernel = Kernel();
        BtfBuilder module = BtfBuilder.OnTopOf(kernel);
        BtfTypeId task = kernel.Get<StructType>("task_struct").Id;
        BtfTypeId own = module.AddStruct("own")
            .Add("task", module.AddPointer(task))
            .Add("node", kernel.Get<StructType>("list_head").Id)
            .Add("callback", kernel.Get<TypedefType>("work_func_t").Id)
            .Id;
        BtfSpec built = module.Build();

        BtfSpec distilled = built.DistillBase();
        BtfSpec relocated = BtfSpec.Parse(distilled.ToArray(), BtfSpec.Parse(distilled.Base!.ToArray())).Relocate(kernel);

        Assert.True(distilled.Count < 20);
        Assert.True(built[own].IsSameAs(relocated.Get<StructType>("own")));
    }

    [Fact]
    public void Between_TheSameKernel_IsEmpty()
    {
        BtfSpec kernel = Kernel();

        Assert.True(BtfDifference.Between(kernel, BtfSpec.Parse(kernel.ToArray())).IsEmpty);
    }
}
