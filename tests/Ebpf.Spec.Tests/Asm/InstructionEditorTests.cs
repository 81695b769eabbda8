using CsCheck;
using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.CoRe;
using static Ebpf.Asm.Instruction;
using static Ebpf.Asm.Register;

namespace Ebpf.Spec.Tests.Asm;

/// <summary>Many edits at once do what the same edits do one by one, from the last to the first.</summary>
public sealed class InstructionEditorTests
{
    private static readonly MetadataKey<int> Origin = new("origin");

    [Fact]
    public void Edit_PositionsAreThoseOfBefore()
    {
        InstructionList list = [Mov(R0, 0), Mov(R0, 1), Mov(R0, 2), Mov(R0, 3), Exit()];

        list.Edit(edit =>
        {
            edit.RemoveAt(3);
            edit.Insert(0, Mov(R1, 0), Mov(R1, 1));
            edit.Replace(1, LoadImmediate64(R2, 1));
            edit.Insert(5, Mov(R3, 0));
            edit.Insert(0, Mov(R1, 2));
        });

        Assert.Equal(
            [Mov(R1, 0), Mov(R1, 1), Mov(R1, 2), Mov(R0, 0), LoadImmediate64(R2, 1), Mov(R0, 2), Exit(), Mov(R3, 0)], list);
    }

    [Fact]
    public void Edit_BeforeEveryInstruction_KeepsJumpsAndGoesPastWhatIsInserted()
    {
        InstructionList list = [Mov(R1, 0), Add(R1, 1), JumpIf(JumpCondition.LessThan, R1, 9, -2), Jump(0), Exit()];

        list.Edit(edit =>
        {
            for (int i = 0; i < 5; i++) edit.Insert(i, LoadImmediate64(R2, i));
        });

        Assert.Equal((-4, 2), (list[5].Offset, list[7].Offset));
    }

    [Fact]
    public void Edit_DistancesOfNewInstructions_AreKeptAmongThemselvesAndElseLeadWhereTheyWouldAlone()
    {
        InstructionList list = [Mov(R0, 0), Mov(R0, 1), Mov(R0, 2), Mov(R0, 3), Exit()];

        list.Edit(edit =>
        {
            edit.Insert(1, Mov(R5, 0));
            edit.Replace(2, Jump(1), Jump(0), Jump(-5), Jump(1));
            edit.Insert(4, Mov(R5, 1));
        });

        // The first goes to the third, the second too, the third to `r0 = 0`, the fourth to `exit`, past what is inserted before it.
        Assert.Equal([1, 0, -6, 2], list.Where(instruction => instruction.IsJump).Select(instruction => (int)instruction.Offset));
    }

    [Fact]
    public void Edit_NewInstructions_MayReferToLabelsThatGo()
    {
        InstructionList list = [Jump("a").WithSymbol("main"), Mov(R0, 1).WithSymbol("a"), Exit().WithSymbol("b")];

        list.Edit(edit =>
        {
            edit.Insert(1, Jump("a"));
            edit.RemoveAt(1);
        });

        Assert.Equal(["b", "b", null], list.Select(instruction => instruction.Reference?.Name));
    }

    [Fact]
    public void Edit_StartOfAFunctionThatLoopsToItsName_KeepsEarlierRenames()
    {
        InstructionList list =
        [
            Add(R1, 1).WithSymbol("main"),
            Mov(R0, 0).WithSymbol("gone"),
            Mov(R0, 1).WithSymbol("kept"),
            JumpIf(JumpCondition.LessThan, R1, 9, "main"),
            Jump("gone"),
            Exit(),
        ];

        list.Edit(edit =>
        {
            edit.RemoveAt(1);
            edit.Insert(0, Jump("gone"));
        });

        Assert.Equal(["main", "main.1", "kept", null, null, null], list.Select(instruction => instruction.Symbol));
        Assert.Equal(["kept", null, null, "main.1", "kept", null], list.Select(instruction => instruction.Reference?.Name));
    }

    [Fact]
    public void Edit_TheSameInstructionTwice_IsRefusedAndChangesNothing()
    {
        InstructionList list = [Mov(R0, 0), Mov(R0, 1), Exit()];
        InstructionList before = list.Clone();

        Assert.Throws<InvalidOperationException>(() => list.Edit(edit => { edit.RemoveAt(1); edit.Replace(1, Exit()); }));
        Assert.Throws<InvalidOperationException>(() => list.Edit(edit => { edit.RemoveRange(0, 2); edit.Insert(1, Exit()); }));
        Assert.Throws<ArgumentOutOfRangeException>(() => list.Edit(edit => edit.Insert(4, Exit())));
        Assert.Throws<ArgumentOutOfRangeException>(() => list.Edit(edit => edit.Replace(3, Exit())));
        Assert.Throws<ArgumentNullException>(() => list.Edit(null!));

        Assert.Equal(before, list);
    }

    [Fact]
    public void Edit_WhileTheListChanges_IsRefused()
    {
        InstructionList list = [Mov(R0, 0), Exit()];

        Assert.Throws<InvalidOperationException>(() => list.Edit(edit => { edit.RemoveAt(0); list.Insert(0, Exit()); }));
        Assert.Throws<InvalidOperationException>(() => list.Edit(edit => { list.Add(Exit()); edit.RemoveAt(0); }));
        InstructionEditor? kept = null;
        list.Edit(edit => kept = edit);
        Assert.Throws<InvalidOperationException>(() => kept!.RemoveAt(0));
    }

    [Fact]
    public void Edit_PushesAJumpOutOfReach_ChangesNothing()
    {
        InstructionList list = [Jump(0), Jump(32_000)];
        for (int i = 0; i < 32_000; i++) list.Add(Mov(R0, 0));
        list.Add(Exit());
        InstructionList before = list.Clone();

        BpfException error = Assert.Throws<BpfException>(() => list.Edit(edit =>
        {
            for (int i = 2; i < 1000; i++) edit.Insert(i, Mov(R1, 0));
        }));

        Assert.StartsWith("Edit: instruction 1 (`goto +32000`) would have to go 32998 slots", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, list);
        list.Edit(edit =>
        {
            for (int i = 2; i < 1000; i++) edit.Replace(i, Mov(R1, 0));
        });
        Assert.Equal(32_000, list[1].Offset);
    }

    [Fact]
    public void Edit_HundredThousandsOfInsertions_TakeMemoryInProportion()
    {
        const int count = 200_000;
        InstructionList list = [];
        for (int i = 0; i < count; i++) list.Add(i % 10 == 0 ? JumpIf(JumpCondition.Equal, R1, 0, 8).WithSymbol($"l{i}") : Mov(R0, i));
        long before = GC.GetAllocatedBytesForCurrentThread();

        list.Edit(edit =>
        {
            for (int i = 0; i < count; i++)
            {
                if (i % 10 == 1) edit.RemoveAt(i);
                else edit.Insert(i, Mov(R2, i));
            }
        });

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1500L * count);
        Assert.Equal(count + (count / 10 * 8), list.Count);
    }

    [Fact]
    public void Edit_AnySteps_LeadEveryJumpWhereItLed()
    {
        Gen<(int Kind, int Place, int Count)[]> edits = Gen.Select(Gen.Int[0, 2], Gen.Int[0, 1000], Gen.Int[0, 4]).Array[1, 12];
        Gen.Select(Gen.Int[0, 5].Array[1, 30], Gen.Int[0, 1000].Array[30], edits).Sample((kinds, targets, sequence) =>
        {
            EditModel model = new(kinds, targets);
            InstructionList list = model.Build();
            model.EditAtOnce(list, sequence);
            model.AssertMatches(list);
        });
    }

    [Fact]
    public void Edit_AnySteps_AreThoseOneByOneFromTheLast()
    {
        Gen.Int.Sample(
            seed =>
            {
                RandomEdits random = new(new Random(seed));
                InstructionList once = random.List(), single = once.Clone();
                List<(int Index, int Removed, Instruction[] Added)> steps = random.Steps(once);
                once.Edit(edit =>
                {
                    foreach ((int index, int removed, Instruction[] added) in random.Shuffled(steps))
                    {
                        if (removed == 0) edit.Insert(index, added);
                        else if (added.Length > 0) edit.Replace(index, added);
                        else edit.RemoveRange(index, removed);
                    }
                });
                for (int i = steps.Count - 1; i >= 0; i--)
                {
                    (int index, int removed, Instruction[] added) = steps[i];
                    if (removed == 0) single.InsertRange(index, added);
                    else if (added.Length > 0) single.Replace(index, added);
                    else single.RemoveRange(index, removed);
                }

                if (single.SequenceEqual(once)) return;
                Assert.Equal(Describe(single), Describe(once));
                Assert.Fail("They differ in what is not described.");
            },
            iter: 5000);
    }

    [Fact]
    public void Metadata_StaysWithItsInstruction()
    {
        MetadataKey<string> note = new("note"), other = new("note");
        InstructionList list = [Mov(R0, 0).WithMetadata(note, "first").WithSymbol("main"), Exit().WithMetadata(Origin, 7)];
        InstructionList clone = list.Clone();

        list.Insert(0, Mov(R1, 0));
        list.Edit(edit => { edit.Insert(2, Mov(R2, 0)); edit.Insert(0, Mov(R3, 0)); });
        list[2].Relocation = null;

        Assert.True(list[2].TryGetMetadata(note, out string? text) && text == "first");
        Assert.False(list[2].TryGetMetadata(other, out _));
        Assert.True(list[4].TryGetMetadata(Origin, out int origin) && origin == 7);
        Assert.False(list[0].TryGetMetadata(note, out _));
        Assert.Equal(7, clone[1].TryGetMetadata(Origin, out origin) ? origin : 0);
        list.Replace(4, Exit());
        Assert.False(list[4].TryGetMetadata(Origin, out _));
    }

    [Fact]
    public void Metadata_IsAPartOfEquality()
    {
        MetadataKey<string> note = new("note");
        Instruction both = Exit().WithMetadata(note, "a").WithMetadata(Origin, 1);

        Assert.Equal(Exit().WithMetadata(Origin, 2).WithMetadata(Origin, 1).WithMetadata(note, "a"), both);
        Assert.NotEqual(Exit().WithMetadata(note, "a"), both);
        Assert.NotEqual(Exit(), both);
        Assert.True(both.RemoveMetadata(note) && both.RemoveMetadata(Origin) && !both.RemoveMetadata(note));
        Assert.Equal(Exit(), both);
    }

    [Fact]
    public void GetSymbols_TellsFunctionsLabelsAndReferences()
    {
        InstructionList list =
        [
            CallFunction("f").WithSymbol("main"),
            LoadMap(R1, "counts"),
            Jump("out"),
            Exit().WithSymbol("out"),
            Jump("out").WithSymbol("f"),
            Exit().WithSymbol("out"),
        ];

        InstructionSymbols symbols = list.GetSymbols();
        list.Clear();

        Assert.Equal(
            [("main", 0, 0, true), ("out", 3, 4, false), ("f", 4, 5, true), ("out", 5, 6, false)],
            symbols.Symbols.Select(symbol => (symbol.Name, symbol.Index, symbol.Slot, symbol.IsFunction)));
        Assert.Equal([0, 1, 2, 4], symbols.References.Select(reference => reference.Index));
        Assert.True(symbols.TryFindFunction("f", out InstructionSymbol? function) && function.Index == 4);
        Assert.True(symbols.TryFindLabel(2, "out", out InstructionSymbol? first) && first.Index == 3);
        Assert.True(symbols.TryFindLabel(4, "out", out InstructionSymbol? second) && second.Index == 5);
        Assert.False(symbols.TryFindFunction("out", out _) || symbols.TryFindLabel(0, "f", out _) || symbols.TryFindLabel(-1, "out", out _));
        Assert.Equal([3, 5], symbols.ReferencesTo("out").Select(reference => reference.Slot));
        Assert.Equal(new Reference(ReferenceKind.Map, "counts"), Assert.Single(symbols.ReferencesTo("counts")).Reference);
        Assert.Empty(symbols.ReferencesTo("nothing"));
    }

    private static string Describe(InstructionList list) => string.Join('\n', list.Select(instruction =>
        $"{instruction.Symbol}: {instruction} {string.Join(',', instruction.Reference?.Targets ?? [])} line {instruction.Line?.Line} {instruction.Function}"));

    /// <summary>Lists with all that an edit can pass on, and steps for them, at most one insertion at a place.</summary>
    private sealed class RandomEdits(Random random)
    {
        private int _next;

        public InstructionList List()
        {
            InstructionList list = [];
            HashSet<string> labels = [];
            int count = random.Next(1, 30);
            for (int i = 0; i < count; i++)
            {
                Instruction instruction = random.Next(7) switch
                {
                    0 => LoadImmediate64(R1, i),
                    1 => Jump(0),
                    2 => Jump($"l{random.Next(8)}"),
                    3 => LoadMap(R1, "table") with
                    {
                        Reference = new Reference(ReferenceKind.JumpTable, "table") { Targets = [$"l{random.Next(8)}", $"f{random.Next(4)}"] },
                    },
                    4 => Jump($"f{random.Next(4)}"),
                    _ => Mov(R0, i),
                };
                string label = $"l{random.Next(8)}";
                if (random.Next(3) == 0 && labels.Add(label)) instruction.Symbol = label;
                if (random.Next(3) == 0) instruction.Line = new LineInfo { Line = i };
                if (random.Next(5) == 0) instruction.Relocation = new CoReRelocation();
                if (random.Next(5) == 0) instruction.SetMetadata(Origin, i);
                if (random.Next(6) == 0)
                {
                    instruction = instruction with { Symbol = $"f{_next++}", Function = SmallBtf.Function };
                    labels.Clear();
                }

                list.Add(instruction);
            }

            // Not out of the list: what edits one by one do to such jumps depends on their order.
            foreach (InstructionSlot item in list.Slots())
            {
                if (item.Instruction.IsJump && item.Instruction.Reference is null)
                    item.Instruction.Offset = (short)(random.Next(list.SlotCount + 1) - item.Slot - 1);
            }

            return list;
        }

        /// <summary>Steps in their order.</summary>
        public List<(int Index, int Removed, Instruction[] Added)> Steps(InstructionList list)
        {
            List<(int, int, Instruction[])> steps = [];
            for (int at = 0; at <= list.Count; at++)
            {
                int slot = list.SlotOf(at);
                if (random.Next(4) == 0) steps.Add((at, 0, Added(slot, random.Next(1, 4), at == list.Count || list[at].Function is not null)));
                if (at == list.Count || random.Next(3) != 0) continue;
                if (random.Next(2) == 0)
                {
                    steps.Add((at, 1, Added(slot, random.Next(1, 4), mayBeFunctions: false)));
                    continue;
                }

                // Not up to the end: one by one, what is inserted before would then be put at the end, where jumps past it lead.
                if (at + 1 == list.Count) continue;
                int removed = random.Next(1, Math.Min(4, list.Count - at));
                steps.Add((at, removed, []));
                at += removed - 1;
            }

            return steps;
        }

        /// <summary>The steps in another order.</summary>
        public (int Index, int Removed, Instruction[] Added)[] Shuffled(List<(int Index, int Removed, Instruction[] Added)> steps)
        {
            (int, int, Instruction[])[] shuffled = [.. steps];
            random.Shuffle(shuffled);
            return shuffled;
        }

        private Instruction[] Added(int slot, int count, bool mayBeFunctions)
        {
            Instruction[] added = new Instruction[count];
            int[] sizes = [.. added.Select(_ => random.Next(4) == 0 ? 2 : 1)];
            int offset = 0, total = sizes.Sum();
            for (int i = 0; i < count; i++)
            {
                // Forwards only among these, and right behind them.
                added[i] = sizes[i] == 2 ? LoadImmediate64(R3, _next)
                    : random.Next(3) == 0 ? Jump((short)(random.Next(-slot, total + 1) - offset - 1))
                    : Mov(R3, _next);
                _next++;
                offset += sizes[i];
                if (random.Next(5) == 0) added[i].Symbol = $"n{_next}";
                if (random.Next(5) == 0) added[i].Line = new LineInfo { Line = 1000 + _next };
                if (mayBeFunctions && i == 0 && random.Next(6) == 0) added[i] = added[i] with { Symbol = $"g{_next}", Function = SmallBtf.Function };
            }

            return added;
        }
    }
}
