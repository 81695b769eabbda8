using Ebpf.Asm;
using Ebpf.TestData;

namespace Ebpf.Spec.Tests.Object;

public sealed class ExternTests
{
    public static TheoryData<ByteOrder> Orders => [ByteOrder.LittleEndian, ByteOrder.BigEndian];

    [Theory]
    [MemberData(nameof(Orders))]
    public void Load_Externs_AreKnownByKindAndStrength(ByteOrder order)
    {
        NameTable<ExternSpec> externs = Load(order).Externs;

        Assert.Equal((ExternKind.Kconfig, false), (externs["LINUX_KERNEL_VERSION"].Kind, externs["LINUX_KERNEL_VERSION"].IsWeak));
        Assert.Equal((ExternKind.Kconfig, true), (externs["CONFIG_HZ"].Kind, externs["CONFIG_HZ"].IsWeak));
        Assert.Equal((ExternKind.Variable, true), (externs["bpf_prog_active"].Kind, externs["bpf_prog_active"].IsWeak));
        Assert.Equal((ExternKind.Symbol, true), (externs["bpf_link_fops"].Kind, externs["bpf_link_fops"].IsWeak));
        Assert.Equal((ExternKind.Function, false), (externs["bpf_task_acquire"].Kind, externs["bpf_task_acquire"].IsWeak));
        Assert.Equal("bpf_task_release", externs["bpf_task_release___v2"].KernelName);
        Assert.True(externs["bpf_task_release___v2"].IsWeak);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Load_Settings_LieInAMapInTheOrderOfLibbpf(ByteOrder order)
    {
        CollectionSpec spec = Load(order);

        // Largest alignment first, smallest size first, then by name.
        Assert.Equal(
            [("CONFIG_HZ", 0u), ("CONFIG_VETH", 8u), ("LINUX_KERNEL_VERSION", 12u), ("CONFIG_BPF_SYSCALL", 16u), ("CONFIG_MODULES", 17u), ("CONFIG_DEFAULT_HOSTNAME", 18u)],
            spec.Externs.Values.Where(e => e.Kind == ExternKind.Kconfig).OrderBy(e => e.Offset).Select(e => (e.Name, e.Offset)));
        MapSpec map = spec.Maps[".kconfig"];
        Assert.Equal((MapType.Array, 34u, 1u, true), (map.Type, map.ValueSize, map.MaxEntries, map.Freeze));
    }

    [Fact]
    public void Instructions_Setting_IsReferredToByNameAndPlace()
    {
        CollectionSpec spec = Load();

        Instruction load = spec.Programs["settings"].Instructions.First(i => i.Reference?.Name == "CONFIG_HZ");

        Assert.Equal(ReferenceKind.Kconfig, load.Reference!.Kind);
        Assert.Equal((long)spec.Externs["CONFIG_HZ"].Offset << 32, load.Immediate);
    }

    [Fact]
    public void Instructions_KernelSymbols_AreReferredToByName()
    {
        CollectionSpec spec = Load();

        Assert.Equal(
            [ReferenceKind.Ksym, ReferenceKind.Ksym],
            spec.Programs["symbols"].Instructions.Where(i => i.Reference is not null).Select(i => i.Reference!.Kind));
        Assert.Equal(
            [(ReferenceKind.Kfunc, "bpf_task_acquire"), (ReferenceKind.Ksym, "bpf_task_release___v2"), (ReferenceKind.Kfunc, "bpf_task_release___v2")],
            spec.Programs["functions"].Instructions.Where(i => i.Reference is not null).Select(i => (i.Reference!.Kind, i.Reference.Name)));
    }

    private static CollectionSpec Load(ByteOrder order = ByteOrder.LittleEndian) =>
        CollectionSpec.Load(TestObject.Path("externs", order));
}
