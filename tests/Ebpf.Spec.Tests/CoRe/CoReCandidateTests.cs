using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.CoRe;
using Ebpf.Spec.Tests.Btf;

namespace Ebpf.Spec.Tests.CoRe;

/// <summary>Which of the kernel's types stands for one of the program.</summary>
public sealed class CoReCandidateTests
{
    /// <summary>The program's side: <c>struct s { int a; int b; }</c>, as type 2.</summary>
    private static readonly StructType Local = (StructType)Types(("s", ["a", "b"]))[2];

    /// <summary>Structures of integers, from type 2 on.</summary>
    private static BtfSpec Types(params (string Name, string[] Members)[] structs) =>
        Fill(new BtfBlob(), structs).Parse();

    private static BtfBlob Fill(BtfBlob blob, params (string Name, string[] Members)[] structs)
    {
        uint number = blob.Int("int", 4, 1);
        foreach ((string name, string[] members) in structs)
            blob.Struct(name, (uint)members.Length * 4, [.. members.Select((member, i) => (member, number, (uint)i * 32))]);
        return blob;
    }

    private static BtfSpec Module(BtfBlob kernel, BtfSpec kernelTypes, string name, params string[] members) =>
        Fill(new BtfBlob(firstId: kernel.NextId, firstString: kernel.EndOfStrings), (name, members)).Parse(kernelTypes);

    private static CoReResult Offsets(CoReTargets targets, params string[] accessors) =>
        Code.Apply(
            targets,
            [.. accessors.Select(accessor => Code.Ask(CoReRelocationKind.FieldByteOffset, Local, accessor, accessor == "0:1" ? 4 : 0))]);

    [Fact]
    public void FlavoursOfTheKernel_AreCandidatesToo()
    {
        CoReResult result = Offsets(new CoReTargets(Types(("s___2", ["x", "a"]))), "0:0");

        Assert.Equal("s___2", result.Outcomes[0].Target!.Name);
        Assert.Equal(4u, result.Outcomes[0].Value);
    }

    [Fact]
    public void CandidatesThatDiffer_OfWhichOneHasTheMost_AreNoError()
    {
        BtfSpec kernel = Types(("s", ["a"]), ("s", ["x", "b", "a"]), ("s", ["b"]));

        CoReResult result = Offsets(new CoReTargets(kernel), "0:0", "0:1");

        Assert.Equal([8ul, 4], result.Outcomes.Select(outcome => outcome.Value));
        Assert.All(result.Outcomes, outcome => Assert.Equal(3u, outcome.Target!.Id.Value));
    }

    [Fact]
    public void EqualCandidates_AreNoProblem() =>
        Assert.Equal(2u, Offsets(new CoReTargets(Types(("s", ["a", "b"]), ("s", ["a", "b", "c"]))), "0:0", "0:1").Outcomes[0].Target!.Id.Value);

    [Theory]
    [InlineData("a", "x", "0 in struct s (type 2 of the kernel), but 4 in struct s (type 3 of the kernel)")]
    [InlineData("x", "a", "4 in struct s (type 2 of the kernel), but 0 in struct s (type 3 of the kernel)")]
    public void CandidatesThatDiffer_AreAnErrorThatNamesBoth(string first, string second, string message)
    {
        BtfSpec kernel = Types(("s", [first, second]), ("s", [second, first]));

        BpfException error = Assert.Throws<BpfException>(() => Offsets(new CoReTargets(kernel), "0:0"));

        Assert.Equal($"Relocate program \"prog\": instruction 0: FieldByteOffset struct s.a is ambiguous: {message}", error.Message);
    }

    [Theory]
    [InlineData(CoReRelocationKind.FieldByteSize, "0:0", "4 in struct s (type 3 of the kernel), but 8 in struct s (type 4 of the kernel)")]
    [InlineData(CoReRelocationKind.FieldSigned, "0:0", "1 in struct s (type 3 of the kernel), but 0 in struct s (type 4 of the kernel)")]
    [InlineData(CoReRelocationKind.FieldLeftShift, "0:0", "32 in struct s (type 3 of the kernel), but 0 in struct s (type 4 of the kernel)")]
    [InlineData(CoReRelocationKind.FieldRightShift, "0:0", "32 in struct s (type 3 of the kernel), but 0 in struct s (type 4 of the kernel)")]
    [InlineData(CoReRelocationKind.TypeSize, "0", "4 in struct s (type 3 of the kernel), but 8 in struct s (type 4 of the kernel)")]
    [InlineData(CoReRelocationKind.TypeIdTarget, "0", "3 in struct s (type 3 of the kernel), but 4 in struct s (type 4 of the kernel)")]
    [InlineData(CoReRelocationKind.EnumValue, "0", "1 in enum e (type 5 of the kernel), but 2 in enum e (type 6 of the kernel)")]
    public void CandidatesThatDiffer_AreAnErrorForEveryKind(CoReRelocationKind kind, string accessor, string message)
    {
        BtfSpec local = Twins(), kernel = Twins();
        BtfType root = local[kind == CoReRelocationKind.EnumValue ? 5u : 3u];
        Instruction ask = Code.Ask(kind, root, accessor, kind switch
        {
            CoReRelocationKind.FieldByteSize or CoReRelocationKind.TypeSize => 4,
            CoReRelocationKind.FieldLeftShift or CoReRelocationKind.FieldRightShift => 32,
            _ => 1,
        });

        BpfException error = Assert.Throws<BpfException>(() => Code.Apply(new CoReTargets(kernel), ask));

        Assert.EndsWith($"is ambiguous: {message}", error.Message);
    }

    [Theory]
    [InlineData(CoReRelocationKind.FieldByteOffset, "0:0", 0)]
    [InlineData(CoReRelocationKind.FieldExists, "0:0", 1)]
    [InlineData(CoReRelocationKind.TypeExists, "0", 1)]
    [InlineData(CoReRelocationKind.EnumValueExists, "0", 1)]
    public void CandidatesThatAgree_AreNoErrorForAnyKind(CoReRelocationKind kind, string accessor, int value)
    {
        // The field has another size in each, but only an instruction that loads it would care.
        BtfBlob blob = new();
        blob.Int("int", 4, 1);
        blob.Struct("s", 4, ("a", 1, 0));
        blob.Struct("s", 8, ("b", 1, 32), ("a", 1, 0));
        blob.Enum("e", false, ("A", 1));
        blob.Enum("e", false, ("A", 2));
        BtfSpec types = blob.Parse();

        CoReResult result = Code.Apply(
            new CoReTargets(types), Code.Ask(kind, types[kind == CoReRelocationKind.EnumValueExists ? 4u : 2u], accessor, value));

        Assert.Equal((ulong)value, Assert.Single(result.Outcomes).Value);
    }

    /// <summary>Two structures of one name, 3 and 4, and two enumerations, 5 and 6.</summary>
    private static BtfSpec Twins()
    {
        BtfBlob blob = new();
        blob.Int("int", 4, 1);
        blob.Int("long", 8);
        blob.Struct("s", 4, ("a", 1, 0));
        blob.Struct("s", 8, ("a", 2, 0));
        blob.Enum("e", false, ("A", 1));
        blob.Enum("e", false, ("A", 2));
        return blob.Parse();
    }

    [Fact]
    public void CandidatesThatMissDifferentFields_TheFirstThatIsAskedForDecides()
    {
        BtfSpec kernel = Types(("s", ["a"]), ("s", ["x", "b", "c"]));

        CoReResult forward = Offsets(new CoReTargets(kernel), "0:0", "0:1");
        CoReResult backward = Offsets(new CoReTargets(kernel), "0:1", "0:0");

        Assert.Equal([false, true], forward.Outcomes.Select(outcome => outcome.IsPoisoned));
        Assert.Equal((0ul, 2u), (forward.Outcomes[0].Value, forward.Outcomes[0].Target!.Id.Value));
        Assert.Equal("struct s.b: not in struct s (type 2 of the kernel), which has what the program asks of before", forward.Outcomes[1].Reason);
        Assert.Equal([false, true], backward.Outcomes.Select(outcome => outcome.IsPoisoned));
        Assert.Equal((4ul, 3u), (backward.Outcomes[0].Value, backward.Outcomes[0].Target!.Id.Value));
    }

    [Fact]
    public void CandidatesOfWhichNoneHasAField_AllStay()
    {
        BtfSpec kernel = Types(("s", ["x"]), ("s", ["b"]));

        CoReResult result = Offsets(new CoReTargets(kernel), "0:0", "0:1");

        Assert.Equal([true, false], result.Outcomes.Select(outcome => outcome.IsPoisoned));
        Assert.Equal("struct s.a: no such field on this kernel", result.Outcomes[0].Reason);
        Assert.Equal(3u, result.Outcomes[1].Target!.Id.Value);
    }

    [Fact]
    public void FieldThatExistsInOneCandidate_PutsTheOthersOut()
    {
        BtfSpec kernel = Types(("s", ["b"]), ("s", ["x", "a"]));

        CoReResult result = Code.Apply(
            new CoReTargets(kernel),
            Code.Ask(CoReRelocationKind.FieldExists, Local, "0:0", 1),
            Code.Ask(CoReRelocationKind.FieldExists, Local, "0:1", 1),
            Code.Ask(CoReRelocationKind.FieldByteOffset, Local, "0:0", 0));

        Assert.Equal([1ul, 0, 4], result.Outcomes.Select(outcome => outcome.Value));
    }

    [Fact]
    public void FieldAtOtherOffsets_OfWhichOnlyTheExistenceIsAskedFor_IsNoError()
    {
        CoReResult result = Code.Apply(
            new CoReTargets(Types(("s", ["a"]), ("s", ["x", "a"]))), Code.Ask(CoReRelocationKind.FieldExists, Local, "0:0", 1));

        Assert.Equal(1ul, result.Outcomes[0].Value);
    }

    [Fact]
    public void EachProgram_IsRelocatedByItself()
    {
        CoReRelocator relocator = new(new CoReTargets(Types(("s", ["a"]), ("s", ["b"]))));

        CoReOutcome first = relocator.Apply(Code.List(Code.Ask(CoReRelocationKind.FieldByteOffset, Local, "0:0", 0)), "one").Outcomes[0];
        CoReOutcome second = relocator.Apply(Code.List(Code.Ask(CoReRelocationKind.FieldByteOffset, Local, "0:1", 4)), "other").Outcomes[0];

        Assert.Equal((2u, 3u), (first.Target!.Id.Value, second.Target!.Id.Value));
    }

    [Fact]
    public void Modules_AreOpenedForWhatTheKernelDoesNotHave_Once()
    {
        BtfBlob kernel = Fill(new BtfBlob(), ("other", ["a"]));
        BtfSpec kernelTypes = kernel.Parse();
        int opened = 0;
        CoReTargets targets = new(kernelTypes)
        {
            Modules = () =>
            {
                opened++;
                return [Module(kernel, kernelTypes, "unrelated", "a"), Module(kernel, kernelTypes, "s", "x", "y", "a")];
            },
        };
        CoReRelocator relocator = new(targets);

        for (int i = 0; i < 2; i++)
        {
            CoReOutcome outcome = relocator
                .Apply(Code.List(Code.Ask(CoReRelocationKind.FieldByteOffset, Local, "0:0", 0)), "prog").Outcomes[0];
            Assert.Equal(8u, outcome.Value);
            Assert.Equal("s", outcome.Target!.Name);
        }

        Assert.Equal(1, opened);
    }

    [Fact]
    public void Modules_AreNotOpenedForWhatTheKernelHas()
    {
        CoReTargets targets = new(Types(("s", ["x"]))) { Modules = () => throw new InvalidOperationException() };

        Assert.True(Offsets(targets, "0:0").Outcomes[0].IsPoisoned);
    }

    [Fact]
    public void Modules_OfWhichTwoHaveTheType_AreAmbiguous()
    {
        BtfBlob kernel = Fill(new BtfBlob());
        BtfSpec kernelTypes = kernel.Parse();
        CoReTargets targets = new(kernelTypes)
        {
            Modules = () => [Module(kernel, kernelTypes, "s", "a"), Module(kernel, kernelTypes, "s", "x", "a")],
        };

        BpfException error = Assert.Throws<BpfException>(() => Offsets(targets, "0:0"));

        Assert.EndsWith("0 in struct s (type 3 of a module), but 4 in struct s (type 3 of a module)", error.Message);
    }

    [Fact]
    public void ExtraTypes_AnswerLikeTheKernels_ButHaveNoId()
    {
        CoReTargets targets = new(Types()) { Extra = [Types(("s", ["x", "a"]))] };

        Assert.Equal(4u, Offsets(targets, "0:0").Outcomes[0].Value);
        CoReOutcome id = Code.Apply(targets, Code.Ask(CoReRelocationKind.TypeIdTarget, Local, "0", 2)).Outcomes[0];
        Assert.Equal(0u, id.Value);
        Assert.Equal("struct s: has no id on this kernel", id.Reason);
    }

    [Fact]
    public void ExtraTypes_AreAskedAfterTheKernelAndItsModules()
    {
        BtfBlob kernel = Fill(new BtfBlob(), ("s", ["a"]));
        BtfSpec kernelTypes = kernel.Parse();
        CoReTargets targets = new(kernelTypes) { Extra = [Types(("s", ["x", "a"]))] };
        Assert.Equal(0u, Offsets(targets, "0:0").Outcomes[0].Value);

        kernel = Fill(new BtfBlob());
        kernelTypes = kernel.Parse();
        targets = new(kernelTypes)
        {
            Modules = () => [Module(kernel, kernelTypes, "s", "x", "y", "a")],
            Extra = [Types(("s", ["x", "a"]))],
        };
        Assert.Equal(8u, Offsets(targets, "0:0").Outcomes[0].Value);
    }

    [Fact]
    public void ExtraTypes_OnTheKernelsBase_AreNotAskedTwice()
    {
        BtfBlob kernel = Fill(new BtfBlob(), ("s", ["x", "a"]));
        BtfSpec kernelTypes = kernel.Parse();
        CoReTargets targets = new(kernelTypes) { Extra = [Module(kernel, kernelTypes, "other", "a")] };

        CoReOutcome id = Code.Apply(targets, Code.Ask(CoReRelocationKind.TypeIdTarget, Local, "0", 2)).Outcomes[0];

        Assert.Equal(2u, id.Value);
    }

    [Fact]
    public void KernelsWithoutTypes_HaveNothing()
    {
        CoReOutcome outcome = Offsets(new CoReTargets(null), "0:0").Outcomes[0];

        Assert.True(outcome.IsPoisoned);
        Assert.Equal("struct s: no such type, as this kernel has no BTF", outcome.Reason);
    }

    [Fact]
    public void KernelsOfAnotherByteOrder_AreAnError()
    {
        BtfSpec kernel = Fill(new BtfBlob(ByteOrder.BigEndian), ("s", ["a"])).Parse();

        BpfException error = Assert.Throws<BpfException>(() => Offsets(new CoReTargets(kernel), "0:0"));

        Assert.Equal("The program is LittleEndian, but the BTF of its target is BigEndian.", error.Message);
    }

    [Fact]
    public void ThousandsOfCandidates_AreAnError()
    {
        BtfSpec kernel = Types([.. Enumerable.Repeat(("s", new[] { "a" }), 1025)]);

        BpfException error = Assert.Throws<BpfException>(() => Offsets(new CoReTargets(kernel), "0:0"));

        Assert.Equal("More than 1024 types of the target are called like struct s.", error.Message);
    }

    [Fact]
    public void StructuresThatContainThemselves_AreSearchedOnce()
    {
        BtfBlob blob = new();
        uint number = blob.Int("int", 4, 1);
        blob.Struct("s", 8, ("", 2, 0), ("", 3, 0), ("", 2, 0), ("a", number, 32));
        blob.Composite(BtfKind.Union, "", 8, false, ("", 2, 0), ("", 3, 0), ("", 2, 0));

        CoReResult result = Offsets(new CoReTargets(blob.Parse()), "0:0", "0:1");

        Assert.Equal(4u, result.Outcomes[0].Value);
        Assert.Equal("struct s.b: no such field on this kernel", result.Outcomes[1].Reason);
    }
}
