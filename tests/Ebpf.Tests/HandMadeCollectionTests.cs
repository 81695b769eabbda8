using Ebpf.Asm;
using Ebpf.Btf;

namespace Ebpf.Tests;

/// <summary>Collections of specs that come from no object.</summary>
public sealed class HandMadeCollectionTests
{
    [Fact]
    public void Load_VariablesOfAHandMadeSection_ProgramsAndProcessShareThem()
    {
        Requires.Kernel(5, 2, "global variables");
        CollectionSpec spec = new();
        MapSpec data = MapSpec.CreateDataSection(".data", 8), constants = MapSpec.CreateDataSection(".rodata", 4);
        spec.Maps.Add(data.Name, data);
        spec.Maps.Add(constants.Name, constants);
        spec.Variables.Add("seen", new VariableSpec("seen", data, 4, 4));
        spec.Variables.Add("answer", new VariableSpec("answer", constants, 0, 4));
        spec.Variables["answer"].Set(42);
        spec.Programs.Add("copy", Program(
            "copy",
            Instruction.LoadMapValue(Register.R1, ".rodata"),
            Instruction.Load(AccessSize.Word, Register.R2, Register.R1, 0),
            Instruction.LoadMapValue(Register.R1, ".data", 4),
            Instruction.Store(AccessSize.Word, Register.R1, 0, Register.R2),
            Instruction.Mov(Register.R0, 0),
            Instruction.Exit()));

        using BpfCollection collection = BpfCollection.Load(spec);
        collection.Programs["copy"].TestRun(new byte[14]);

        Assert.Equal(42, collection.Variables["seen"].Get<int>());
        Assert.False(collection.Variables["answer"].CanWrite());
    }

    [Fact]
    public void Load_HandMadeSetting_IsTheKernels()
    {
        Requires.Kernel(5, 2, "global variables");
        BtfBuilder types = new();
        BtfTypeId number = types.AddInt("unsigned int", 4);
        CollectionSpec spec = new();
        MapSpec settings = MapSpec.CreateDataSection(".kconfig", 4);
        spec.Maps.Add(settings.Name, settings);
        const string version = "LINUX_KERNEL_VERSION";
        spec.Externs.Add(version, new ExternSpec(version, ExternKind.Kconfig, types.Build()[number]));
        spec.Programs.Add("tell", Program(
            "tell",
            Instruction.LoadKconfig(Register.R1, version),
            Instruction.Load(AccessSize.Word, Register.R0, Register.R1, 0),
            Instruction.Exit()));

        using BpfCollection collection = BpfCollection.Load(spec);

        Assert.NotEqual(0u, collection.Variables[version].Get<uint>());
        Assert.Equal(collection.Variables[version].Get<uint>(), collection.Programs["tell"].TestRun(new byte[14]));
    }

    [Fact]
    public void Load_HandMadeStructOps_IsRegistered()
    {
        StructOpsFixture fixture = new("plain");
        MapSpec old = fixture.Map;
        MapSpec made = MapSpec.CreateStructOps(fixture.Table, old.StructOps!.Type, old.Flags.HasFlag(MapFlags.Link));
        made.InitialValue = old.InitialValue;
        foreach ((string member, string? program) in old.StructOps.Functions) made.StructOps!.Functions.Add(member, program);
        fixture.Spec.Maps[fixture.Table] = made;

        using BpfCollection collection = fixture.Load();

        Assert.Equal(MapType.StructOps, collection.Maps[fixture.Table].Type);
    }

    private static ProgramSpec Program(string name, params ReadOnlySpan<Instruction> code)
    {
        InstructionList list = [];
        list.AddRange(code);
        list[0].Symbol = name;
        return new ProgramSpec { Name = name, Type = ProgramType.SchedCls, License = "GPL", Instructions = list };
    }
}
