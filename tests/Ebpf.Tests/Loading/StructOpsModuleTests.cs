using Ebpf.Linux;
using Ebpf.TestData;

namespace Ebpf.Tests.Loading;

/// <summary>Tables of functions that are in the BTF of a module: of no real one, so the kernel is shown to us, and not asked.</summary>
public sealed unsafe class StructOpsModuleTests
{
    [Fact]
    public void Load_TableOfAModule_IsNamedByItsBtf()
    {
        uint table = 0, value = 0;
        using FakeModule module = new((types, number) =>
        {
            uint function = types.Pointer(types.Prototype(0));
            table = types.Struct("table_not_there", 16, ("count", number, 0), ("init", function, 64));
            value = types.Struct("bpf_struct_ops_table_not_there", 80, ("common", number, 0), ("data", table, 512));
        });
        MapCreateAttr map = default;
        ProgramLoadAttr program = default;
        Func<BpfCommand, nint, Errno?> answer = module.Kernel.OnBpf!;
        module.Kernel.OnBpf = (command, attr) =>
        {
            if (command == BpfCommand.ProgramLoad) program = *(ProgramLoadAttr*)attr;
            if (command == BpfCommand.MapCreate && ((MapCreateAttr*)attr)->Type == MapType.StructOps)
            {
                // The kernel knows nothing of this table: it shall take it for an array.
                map = *(MapCreateAttr*)attr;
                *(MapCreateAttr*)attr = new MapCreateAttr { Type = MapType.Array, KeySize = 4, ValueSize = 80, MaxEntries = 1 };
            }

            return answer(command, attr);
        };
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("struct_ops_tcp"));
        spec.Maps["unknown"].AutoCreate = true;
        spec.Programs.Remove("not_of_a_table");

        BpfException error = Assert.Throws<BpfException>(() => BpfCollection.Load(spec, new CollectionOptions { Kernel = module.Kernel }));

        Assert.Equal("Load program \"on_init\": EBUSY", error.Message);
        Assert.Equal((value, 80u, MapFlags.ValueTypeBtfObjectFd), (map.KernelValueTypeId, map.ValueSize, map.Flags));
        Assert.Equal((table, (AttachType)1), (program.AttachBtfId, program.ExpectedAttachType));
        Assert.True(map.ValueTypeBtf > 0);
        Assert.Equal(map.ValueTypeBtf, program.AttachTarget);
        Assert.Equal(0, module.Kernel.OpenDescriptors);
    }
}
