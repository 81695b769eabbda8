using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.TestData;

namespace Ebpf.Spec.Tests.Object.Writing;

/// <summary>What was changed in a spec, or made by hand, is in the object that is written.</summary>
public sealed class EditedObjectTests
{
    public static TheoryData<ByteOrder> Orders => [ByteOrder.LittleEndian, ByteOrder.BigEndian];

    [Theory]
    [MemberData(nameof(Orders))]
    public void InsertedInstructions_AreWritten_WithTheirJumpsLinesAndCalls(ByteOrder order)
    {
        foreach (string name in (string[])["functions", "whole", "verifier_calls", "core_fields", "tracing", "jump_table"])
        {
            CollectionSpec spec = CollectionSpec.Load(TestObject.Read(name, order));
            foreach (ProgramSpec program in spec.Programs.Values)
            {
                InstructionList code = program.Instructions;
                for (int i = code.Count - 1; i >= 0; i -= 3) code.Insert(i, Instruction.Mov(Register.R9, i));
            }

            AssertReadsBack(spec);
        }
    }

    [Fact]
    public void FunctionChangedInOneProgram_BecomesTwo()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Read("functions"));
        string shared = spec.Programs.Values
            .SelectMany(program => program.Instructions.Skip<Instruction>(1).Select(instruction => instruction.Symbol).OfType<string>())
            .GroupBy(symbol => symbol).First(group => group.Count() > 1).Key;
        ProgramSpec changed = spec.Programs.Values.First(program => program.Instructions.IndexOfSymbol(shared) > 0);
        changed.Instructions.Insert(changed.Instructions.IndexOfSymbol(shared), Instruction.Mov(Register.R5, 1));

        AssertReadsBack(spec);
    }

    [Fact]
    public void RenamedMap_IsWrittenUnderItsNewName()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Read("maps"));
        foreach (string name in spec.Maps.Keys.ToArray())
        {
            if (spec.Maps[name].DataSection is null) spec.RenameMap(name, name + "_x");
        }

        CollectionSpec read = AssertReadsBack(spec);

        Assert.All(read.Maps.Values.Where(map => map.DataSection is null), map => Assert.EndsWith("_x", map.Name, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void ChangedMaps_AreDefinedAnew(ByteOrder order)
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Read("maps", order));
        foreach (MapSpec map in spec.Maps.Values)
        {
            if (map.DataSection is not null) continue;
            map.MaxEntries += 7;
            map.NumaNode = 0;
            map.MapExtra = map.MapExtra == 0 ? 1ul << 40 : map.MapExtra;
            map.Pinning = MapPinning.ByName;
            if (map.InnerMap is { } inner) inner.MaxEntries++;
            if (map.Initializers.Count > 0) map.Initializers.Add(new MapInitializer(99, map.Initializers[0].Target));
        }

        AssertReadsBack(spec);
    }

    [Fact]
    public void RemovedMaps_AreGone()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Read("maps"));
        HashSet<string> used = [.. spec.Programs.Values.SelectMany(program => program.Instructions.Select<Instruction, string?>(
            instruction => instruction.Reference?.Name)).OfType<string>()];
        used.UnionWith(spec.Maps.Values.SelectMany(map => map.Initializers).Select(initializer => initializer.Target));
        string[] unused = [.. spec.Maps.Keys.Where(name => !used.Contains(name) && spec.Maps[name].DataSection is null)];
        Assert.NotEmpty(unused);
        foreach (string name in unused.Skip(1)) spec.Maps.Remove(name);

        AssertReadsBack(spec);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void ChangedVariables_AreWritten(ByteOrder order)
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Read("data", order));
        spec.Variables["const_u32"].Set(1234u);
        spec.Variables["data_u32"].Set(5678u);
        spec.RenameVariable("data_u32", "other");
        spec.Maps[".data.custom"].ValueSize += 64;

        CollectionSpec read = AssertReadsBack(spec);

        Assert.Equal((1234u, 5678u), (read.Variables["const_u32"].Get<uint>(), read.Variables["other"].Get<uint>()));
    }

    [Fact]
    public void ChangedProgram_StandsInASectionThatSaysSo()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Read("attach_targets"));
        ProgramSpec program = spec.Programs.Values.First(item => item.SectionName == "?fentry/bpf_fentry_test1");
        program.AttachTo = "do_exit";
        program.AutoLoad = true;

        ProgramSpec read = CollectionSpec.Load(spec.ToArray()).Programs[program.Name];

        Assert.Equal(("fentry/do_exit", "do_exit", true), (read.SectionName, read.AttachTo, read.AutoLoad));
        Assert.Equal((program.Type, program.AttachType, program.Flags), (read.Type, read.AttachType, read.Flags));
    }

    [Fact]
    public void RenamedProgram_IsWrittenUnderItsNewName()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Read("struct_ops"));
        foreach (string name in spec.Programs.Keys.ToArray()) spec.RenameProgram(name, "my_" + name);

        AssertReadsBack(spec);
    }

    [Fact]
    public void ChangedStructOps_AreWritten()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Read("struct_ops"));
        MapSpec map = spec.Maps.Values.First(item => item.StructOps?.Functions.Count > 1);
        map.StructOps!.Functions.Remove(map.StructOps.Functions.Keys.First());
        byte[] value = map.InitialValue.ToArray();
        value[0] ^= 1;
        map.InitialValue = value;
        map.AutoCreate = !map.AutoCreate;

        AssertReadsBack(spec);
    }

    [Fact]
    public void LongerLicence_IsWritten()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Read("counter"));
        foreach (ProgramSpec program in spec.Programs.Values)
        {
            program.License = "Dual MIT/GPL, and more";
            program.KernelVersion = 0x60c00;
        }

        AssertReadsBack(spec);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void HandMadeCollection_IsWritten(ByteOrder order)
    {
        BtfBuilder types = new(order);
        BtfTypeId u32 = types.AddInt("unsigned int", 4), u64 = types.AddInt("unsigned long long", 8);
        BtfTypeId prototype = types.AddFunctionPrototype(u32).Add("n", u64).Id;
        BtfTypeId kfunc = types.AddFunction("bpf_do", prototype);
        BtfTypeId main = types.AddFunction("main", prototype, FunctionLinkage.Global);
        BtfTypeId table = types.AddStruct("my_ops").Add("run", types.AddPointer(prototype)).Add("number", u32).Id;
        BtfSpec built = types.Build();
        CollectionSpec spec = new() { ByteOrder = order };
        spec.Maps.Add("counts", new MapSpec
        {
            Name = "counts",
            Type = MapType.Hash,
            KeySize = 4,
            ValueSize = 8,
            MaxEntries = 16,
            KeyType = built[u32],
            ValueType = built[u64],
        });
        spec.Maps.Add("plain", new MapSpec { Name = "plain", Type = MapType.Array, KeySize = 4, ValueSize = 3, MaxEntries = 1 });
        MapSpec outer = new()
        {
            Name = "outer",
            Type = MapType.ArrayOfMaps,
            KeySize = 4,
            ValueSize = 4,
            MaxEntries = 2,
            InnerMap = new MapSpec { Type = MapType.Array, KeySize = 4, ValueSize = 3, MaxEntries = 1 },
        };
        outer.Initializers.Add(new MapInitializer(1, "plain"));
        spec.Maps.Add("outer", outer);
        MapSpec data = MapSpec.CreateDataSection(".data", 16), settings = MapSpec.CreateDataSection(".kconfig", 4);
        spec.Maps.Add(".data", data);
        spec.Maps.Add(".kconfig", settings);
        MapSpec ops = MapSpec.CreateStructOps("ops", (StructType)built[table]);
        ops.StructOps!.Functions.Add("run", "runs");
        spec.Maps.Add("ops", ops);
        spec.Variables.Add("number", new VariableSpec("number", data, 8, 8, built[u64], order));
        spec.Variables.Add("bytes", new VariableSpec("bytes", data, 0, 8, byteOrder: order));
        spec.Variables["number"].Set(7ul);
        spec.Externs.Add("CONFIG_HZ", new ExternSpec("CONFIG_HZ", ExternKind.Kconfig, built[u32]) { IsWeak = true });
        spec.Externs.Add("bpf_do", new ExternSpec("bpf_do", ExternKind.Function, built[kfunc]));
        spec.Externs.Add("jiffies", new ExternSpec("jiffies", ExternKind.Symbol, VoidType.Instance));
        spec.Programs.Add("main", new ProgramSpec
        {
            Name = "main",
            SectionName = "kprobe/do_exit",
            License = "GPL",
            Instructions = new InstructionBuilder()
                .Function("main", (FunctionType)built[main])
                .Line(new LineInfo { File = "main.c", Text = "run();", Line = 3 })
                .Add(Instruction.LoadMap(Register.R1, "counts"))
                .Add(Instruction.LoadMapValue(Register.R2, ".data", 8))
                .Add(Instruction.LoadMapValue(Register.R2, ".data", 4))
                .Add(Instruction.LoadKconfig(Register.R3, "CONFIG_HZ"))
                .Add(Instruction.LoadKsym(Register.R4, "jiffies"))
                .Add(Instruction.CallKfunc("bpf_do"))
                .Add(Instruction.CallFunction("helper"))
                .Add(Instruction.LoadFunctionAddress(Register.R2, "helper"))
                .Add(Instruction.Exit())
                .Add(Instruction.Mov(Register.R0, 1).WithSymbol("helper"))
                .Add(Instruction.Exit())
                .Build(),
        });
        spec.Programs.Add("runs", new ProgramSpec
        {
            Name = "runs",
            SectionName = "struct_ops",
            License = "GPL",
            Instructions = new InstructionBuilder().Add(Instruction.Mov(Register.R0, 1).WithSymbol("runs")).Add(Instruction.Exit()).Build(),
        });

        CollectionSpec read = CollectionSpec.Load(spec.ToArray());

        Assert.Equal(["counts", "plain", "outer", ".data", ".kconfig", "ops"], read.Maps.Keys);
        Assert.Equal(["number", "bytes"], read.Variables.Keys);
        Assert.Equal(["CONFIG_HZ", "bpf_do", "jiffies"], read.Externs.Keys);
        Assert.Equal(7ul, read.Variables["number"].Get<ulong>());
        Assert.Equal("runs", read.Maps["ops"].StructOps!.Functions["run"]);
        Assert.Equal("plain", Assert.Single(read.Maps["outer"].Initializers).Target);
        Assert.Equal(
            spec.Programs["main"].Instructions.Select<Instruction, string?>(instruction => instruction.Reference?.ToString()),
            read.Programs["main"].Instructions.Select<Instruction, string?>(instruction => instruction.Reference?.ToString()));
        AssertReadsBack(read);
    }

    [Fact]
    public void WhatNoObjectSays_IsRefusedByName()
    {
        Refuses("counter", spec => spec.Maps.Values.First().PinPath = "/sys/fs/bpf/x", "Write map \"", "its path in the BPF file system (/sys/fs/bpf/x)");
        Refuses("counter", spec => spec.Maps.Values.First().AutoCreate = false, "AutoCreate");
        Refuses("counter", spec => spec.Maps.Values.First().Contents.Add(MapElement.Of(1, 2)), "Contents");
        Refuses("counter", spec => spec.Maps.Values.First().Name = "other", "its spec is called \"other\"");
        Refuses("data", spec => spec.Variables["bss_u64"].Set(1ul), "section .bss holds zeros");
        Refuses("data", spec => spec.Maps[".rodata"].Freeze = false, "its freeze is False");
        Refuses("data", spec => spec.Maps.Remove(".data"), "is not in the collection");
        Refuses("whole", spec => spec.Programs.Values.First().License = "MIT", "an object has one for all programs");
        Refuses("counter", spec => spec.Programs.Values.First().InterfaceIndex = 2, "bound to network interface 2");
        Refuses("counter", spec => spec.Programs.Values.First().Instructions.Clear(), "it has no instructions");
        Refuses(
            "counter",
            spec => spec.Programs.Values.First().Flags = ProgramFlags.StrictAlignment,
            "no name of a section says that it is of type");
        Refuses(
            "minimal",
            spec => spec.Programs.Values.First().Instructions[spec.Programs.Values.First().Instructions.Count - 1].Reference = new Reference(ReferenceKind.Map, "counts"),
            "is not a wide load");
        Refuses("struct_ops", spec => spec.Programs.Clear(), "which the collection does not have");
        Refuses("kconfig", spec => spec.Externs.Clear(), "none of the collection's Externs");
    }

    private static void Refuses(string name, Action<CollectionSpec> edit, params string[] texts)
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Read(name));
        Assert.All(spec.Programs.Values, program => Assert.NotEmpty(program.Instructions));
        edit(spec);

        BpfException error = Assert.Throws<BpfException>(spec.ToArray);

        foreach (string text in texts) Assert.Contains(text, error.Message);
    }

    private static CollectionSpec AssertReadsBack(CollectionSpec spec)
    {
        byte[] written = spec.ToArray();
        CollectionSpec read = CollectionSpec.Load(written);
        Assert.DoesNotContain(SpecComparison.Compare(spec, read, withTypes: false)
, difference => !difference.Contains("section is ", StringComparison.Ordinal));
        Assert.Equal(written, spec.ToArray());
        Assert.Empty(SpecComparison.Compare(read, CollectionSpec.Load(read.ToArray())));
        return read;
    }
}
