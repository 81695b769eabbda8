using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.CoRe;
using Ebpf.Spec.Tests.Btf;
using Ebpf.TestData;

namespace Ebpf.Spec.Tests.CoRe;

/// <summary>As much of a kernel's types as objects need.</summary>
public sealed class MinimalBtfTests
{
    private const string RunningKernel = "/sys/kernel/btf/vmlinux";

    private static readonly Lazy<BtfSpec> RunningKernelTypes = new(() => BtfSpec.Load(RunningKernel));

    public static TheoryData<string> Objects =>
        [.. TestObject.Names.Where(name => !name.StartsWith("bad_", StringComparison.Ordinal) && name != "counter.nobtf")];

    private static CollectionSpec Load(string name, ByteOrder order = ByteOrder.LittleEndian) =>
        CollectionSpec.Load(TestObject.Path(name, order));

    /// <summary>Asserts that all programs become the same with the minimal BTF as with the whole one, and returns it.</summary>
    private static BtfSpec? AssertSame(BtfSpec kernel, params CollectionSpec[] objects)
    {
        BtfSpec minimal;
        try
        {
            minimal = MinimalBtf.From(kernel, objects);
        }
        catch (BpfException)
        {
            Assert.ThrowsAny<BpfException>(() => RelocateAll(kernel, objects));
            return null;
        }

        minimal = BtfSpec.Parse(minimal.ToArray());
        Assert.Equal(RelocateAll(kernel, objects), RelocateAll(minimal, objects));
        Assert.Equal(minimal.ToArray(), MinimalBtf.From(minimal, objects).ToArray());
        return minimal;
    }

    /// <summary>
    /// All instructions of all programs after relocation. The ids of the kernel's types, which differ, become what they stand
    /// for.
    /// </summary>
    private static List<string> RelocateAll(BtfSpec kernel, IEnumerable<CollectionSpec> objects)
    {
        List<string> all = [];
        CoReRelocator relocator = new(new CoReTargets(kernel));
        foreach (ProgramSpec program in objects.SelectMany(spec => spec.Programs.Values))
        {
            InstructionList code = program.Instructions.Clone();
            CoReResult result = relocator.Apply(code, program.Name);
            foreach (CoReOutcome outcome in result.Outcomes)
            {
                if (outcome is not { Relocation.Kind: CoReRelocationKind.TypeIdTarget, Target: { } target }) continue;
                code[code.IndexAtSlot(outcome.Slot)].Immediate = 0;
                all.Add($"{outcome.Slot}: {target}");
            }

            foreach (Instruction i in code.AsSpan().ToArray())
                all.Add($"{i.OpCode.Value:x2} {i.Destination} {i.Source} {i.Offset} {i.Immediate}");
        }

        return all;
    }

    [Theory]
    [MemberData(nameof(Objects))]
    public void Objects_AreRelocatedIdentically_ForTheirOwnTypes(string name)
    {
        foreach (ByteOrder order in Enum.GetValues<ByteOrder>())
        {
            CollectionSpec spec = Load(name, order);
            if (spec.Types is null) continue;

            BtfSpec? minimal = AssertSame(spec.Types, spec);

            Assert.True(minimal is null || minimal.Count <= spec.Types.Count);
        }
    }

    [Theory]
    [InlineData("fields")]
    [InlineData("bitfields")]
    [InlineData("sizes")]
    [InlineData("types")]
    [InlineData("enums")]
    public void Objects_AreRelocatedIdentically_ForOtherTypes(string name)
    {
        foreach (ByteOrder order in Enum.GetValues<ByteOrder>())
        {
            BtfSpec kernel = Relocated.TargetTypes(name, order);

            BtfSpec? minimal = AssertSame(kernel, Load($"core_{name}", order));

            Assert.NotNull(minimal);
            Assert.True(minimal.ToArray().Length < kernel.ToArray().Length);
        }
    }

    [Fact]
    public void Objects_AreRelocatedIdentically_ForTheRunningKernel()
    {
        Assert.SkipUnless(File.Exists(RunningKernel), "the running kernel has no BTF");
        ByteOrder order = RunningKernelTypes.Value.ByteOrder;
        foreach (string name in Objects.Select(row => row.Data)) AssertSame(RunningKernelTypes.Value, Load(name, order));
    }

    [Fact]
    public void TheRunningKernels_TakesLessThanAKilobyteForAProgram()
    {
        Assert.SkipUnless(File.Exists(RunningKernel), "the running kernel has no BTF");
        CollectionSpec spec = Load("kernel_types", RunningKernelTypes.Value.ByteOrder);

        BtfSpec minimal = MinimalBtf.From(RunningKernelTypes.Value, [spec]);

        Assert.InRange(minimal.ToArray().Length, 24, 1024);
        StructType task = minimal.Get<StructType>("task_struct"), whole = RunningKernelTypes.Value.Get<StructType>("task_struct");
        Assert.Equal(whole.Size, task.Size);
        Assert.Equal(["tgid", "group_leader"], task.Members.Select(member => member.Name));
        Assert.Equal(whole.Locate("tgid").BitOffset, task.Locate("tgid").BitOffset);
        Assert.Equal("void *", task.Locate("group_leader").Type.ToString());
    }

    [Fact]
    public void SeveralObjects_HaveOneBtf_InAnyOrder()
    {
        BtfSpec kernel = Relocated.TargetTypes("fields");
        CollectionSpec fields = Load("core_fields"), types = Load("core_types");

        byte[] one = MinimalBtf.From(kernel, [fields, types]).ToArray();

        Assert.Equal(one, MinimalBtf.From(kernel, [types, fields]).ToArray());
        AssertSame(kernel, fields, types);
    }

    [Fact]
    public void ObjectsThatAskNothing_NeedNoTypes()
    {
        BtfSpec minimal = MinimalBtf.From(Relocated.TargetTypes("fields"), [Load("minimal"), Load("counter")]);

        Assert.Equal(1, minimal.Count);
        Assert.Equal(25, minimal.ToArray().Length);
    }

    [Fact]
    public void Structures_KeepWhatIsUsedAtItsPlace()
    {
        BtfSpec minimal = Ask(Kernel(), (CoReRelocationKind.FieldByteOffset, "0:1"), (CoReRelocationKind.FieldExists, "0:2"));

        StructType holder = minimal.Get<StructType>("holder");
        Assert.Equal(64u, holder.Size);
        Assert.Equal(["struct (anonymous)", "void *link"], holder.Members.Select(member => member.ToString()));
        Assert.Equal("int inner", ((StructType)holder.Members[0].Type).Members.Single().ToString());
        Assert.Equal(12u, holder.Locate("inner").Offset);
        Assert.Equal(32u, holder.Locate("link").Offset);
        Assert.Equal(5, minimal.Count);
    }

    [Fact]
    public void Members_BehindAnArrayOfNoLength_KeepItFromBecomingEndless()
    {
        // "none" has no elements, since a member follows it.
        BtfSpec kernel = Kernel();

        BtfSpec minimal = Ask(kernel, (CoReRelocationKind.FieldExists, "0:4"), (CoReRelocationKind.FieldExists, "0:4:1"));

        Assert.Equal(["none", "last"], minimal.Get<StructType>("holder").Members.Select(member => member.Name));
    }

    [Fact]
    public void WholeTypes_KeepTheirSizeButNoMembers()
    {
        BtfSpec minimal = Ask(Kernel(), (CoReRelocationKind.TypeSize, "0"));

        StructType holder = Assert.IsType<StructType>(Assert.Single(minimal.All));
        Assert.Equal(("holder", 64u, 0), (holder.Name, holder.Size, holder.Members.Length));
    }

    [Fact]
    public void ComparedTypes_KeepAllTheirMembers()
    {
        BtfSpec minimal = Ask(Kernel(), (CoReRelocationKind.TypeMatches, "0"));

        Assert.Equal(["", "link", "none", "last"], minimal.Get<StructType>("holder").Members.Select(member => member.Name));
        Assert.Equal("struct far *", minimal.Locate("holder.link").Type.ToString());
        Assert.Empty(minimal.Get<StructType>("far").Members);
    }

    [Fact]
    public void Enums_KeepTheValuesThatAreUsed()
    {
        BtfBlob blob = new();
        blob.Enum("e", true, ("A", -1), ("B", 2), ("C", 3));
        BtfSpec kernel = blob.Parse();

        BtfSpec minimal = MinimalBtf.From(kernel, [Object(kernel, kernel[1], (CoReRelocationKind.EnumValue, "1"))]);

        EnumType type = minimal.Get<EnumType>("e");
        Assert.True(type.IsSigned);
        Assert.Equal(["B = 2"], type.Values.Select(value => value.ToString()));
    }

    [Fact]
    public void ModulesTypes_BecomePartOfIt()
    {
        BtfBlob vmlinux = new();
        uint number = vmlinux.Int("int", 4, 1);
        BtfSpec kernel = vmlinux.Parse();
        BtfBlob blob = new(firstId: vmlinux.NextId, firstString: vmlinux.EndOfStrings);
        blob.Struct("other", 4, ("a", number, 0));
        blob.Struct("own", 8, ("a", number, 0), ("b", number, 32));
        BtfSpec module = blob.Parse(kernel);

        BtfSpec minimal = MinimalBtf.From(kernel, [Object(module, module[3], (CoReRelocationKind.FieldByteOffset, "0:1"))], [module]);

        Assert.Equal("struct own + 4: int b", minimal.Locate("own.b").ToString());
        Assert.Equal(3, minimal.Count);
    }

    [Fact]
    public void AmbiguousTypes_AreAnError()
    {
        BtfBlob blob = new();
        uint number = blob.Int("int", 4);
        blob.Struct("s", 4, ("a", number, 0));
        blob.Struct("s", 8, ("a", number, 32));
        BtfSpec kernel = blob.Parse();

        BpfException error = Assert.Throws<BpfException>(
            () => MinimalBtf.From(kernel, [Object(kernel, kernel[2], (CoReRelocationKind.FieldByteOffset, "0:0"))]));

        Assert.Contains("is ambiguous", error.Message);
    }

    private static BtfSpec Kernel()
    {
        BtfBlob blob = new();
        uint number = blob.Int("int", 4, 1);
        uint alias = blob.Typedef("number_t", number);
        uint far = blob.Struct("far", 4, ("x", number, 0));
        uint inner = blob.Struct("", 16, ("unused", number, 0), ("inner", number, 32));
        uint none = blob.Array(alias, number, 0);
        blob.Struct("holder", 64, ("", inner, 64), ("link", blob.NextId + 1, 256), ("none", none, 320), ("last", number, 320));
        blob.Pointer(far);
        return blob.Parse();
    }

    /// <summary>The minimal BTF for questions about <c>struct holder</c>; the program has the kernel's own idea of it.</summary>
    private static BtfSpec Ask(BtfSpec kernel, params (CoReRelocationKind Kind, string Accessor)[] questions)
    {
        BtfBlob blob = new();
        uint number = blob.Int("int", 4, 1);
        uint array = blob.Array(number, number, 2);
        uint pointer = blob.Pointer(0);
        blob.Struct("holder", 64, ("gone", number, 0), ("inner", number, 96), ("link", pointer, 256), ("gone_too", number, 0), ("none", array, 320));
        uint far = blob.Struct("far", 4);
        uint toFar = blob.Pointer(far);
        uint matching = blob.Struct("holder", 64, ("link", toFar, 256));
        BtfSpec local = blob.Parse();
        bool matches = questions[0].Kind == CoReRelocationKind.TypeMatches;
        CollectionSpec spec = Object(local, local[matches ? matching : 4], questions);
        return AssertSame(kernel, spec)!;
    }

    private static CollectionSpec Object(BtfSpec types, BtfType root, params (CoReRelocationKind Kind, string Accessor)[] questions)
    {
        CollectionSpec spec = new() { Types = types, ByteOrder = types.ByteOrder };
        Instruction[] code =
        [
            .. questions.Select(question => Code.Ask(question.Kind, root, question.Accessor, Local(root, question))),
            Instruction.Exit(),
        ];
        spec.Programs.Add("prog", new ProgramSpec { Name = "prog", Types = types, Instructions = Code.List(code) });
        return spec;
    }

    /// <summary>What the compiler puts into the instruction.</summary>
    private static int Local(BtfType root, (CoReRelocationKind Kind, string Accessor) question) => question.Kind switch
    {
        CoReRelocationKind.TypeSize => 64,
        CoReRelocationKind.EnumValue => (int)((EnumType)root).Values[int.Parse(question.Accessor)].Value,
        CoReRelocationKind.FieldByteOffset => (int)((StructType)root).Members[question.Accessor[2] - '0'].Offset,
        _ => 1,
    };
}
