using CsCheck;
using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.CoRe;
using static Ebpf.Asm.Instruction;
using static Ebpf.Asm.Register;

namespace Ebpf.Spec.Tests.Asm;

public sealed class InstructionFormatterTests
{
    [Fact]
    public void Format_HandWrittenProgram_ShowsFunctionsLabelsAndSource()
    {
        InstructionList list = new InstructionBuilder()
            .Function("count_packets")
            .Line(new LineInfo { Text = "\tlong *count = bpf_map_lookup_elem(&counts, &key);\n", Line = 12 })
            .Add(LoadMap(R1, "counts"), Call(Helper.MapLookupElem))
            .Line(new LineInfo { File = "count.bpf.c", Line = 13 })
            .Add(JumpIf(JumpCondition.Equal, R0, 0, "out"))
            .Add(AtomicAdd(AccessSize.DoubleWord, R0, 0, R6), CallFunction("log"))
            .Label("out")
            .Add(Exit())
            .Function("log")
            .Add(Exit())
            .Build();

        Assert.Equal(
            """
            count_packets:
            ; long *count = bpf_map_lookup_elem(&counts, &key);
                0: r1 = map "counts" ll
                2: call bpf_map_lookup_elem#1
            ; count.bpf.c:13
                3: if r0 == 0 goto out
                4: lock *(u64 *)(r0 + 0) += r6
                5: call log
            out:
                6: exit

            log:
                7: exit

            """.ReplaceLineEndings("\n"),
            list.ToString());
    }

    [Fact]
    public void Format_Distances_NamesTheirTargets()
    {
        InstructionList list =
        [
            LoadFunctionAddress(R2, "x") with { Reference = null, Immediate = 5 },
            CallFunction(5),
            JumpIf(JumpCondition.NotEqual, R1, 0, -2),
            Jump(1),
            Jump(-6),
            Exit(),
            Jump(1).WithSymbol("middle"),
            Jump(-2),
            Jump(-9).WithSymbol("end"),
            CallFunction(-100),
        ];

        Assert.Equal(
            """
            L0:
                0: r2 = func func_6 ll
            L2:
                2: call func_8
                3: if r1 != 0 goto L2
                4: goto func_6
                5: goto L0

            func_6:
                6: exit
            middle:
                7: goto end

            func_8:
                8: goto middle
            end:
                9: goto -9
               10: call pc-100

            """.ReplaceLineEndings("\n"),
            list.ToString());
    }

    [Fact]
    public void Format_OnlyInstructions_LeavesOutTheRest()
    {
        InstructionList list = [Mov(R0, 0) with { Line = new LineInfo { Text = "return 0;" } }, Exit()];
        InstructionFormatOptions options = new() { SlotNumbers = false, SourceLines = false };

        Assert.Equal("    r0 = 0\n    exit\n", InstructionFormatter.Format(list, options));
    }

    [Fact]
    public void Format_References_AreShownByName()
    {
        Assert.Equal("r1 = map_value \"settings\" + 2147483648 ll", LoadMapValue(R1, "settings", 1u << 31).ToString());
        Assert.Equal("r1 = map_value \"settings\" ll", LoadMapValue(R1, "settings").ToString());
        Assert.Equal("r1 = func callback ll", LoadFunctionAddress(R1, "callback").ToString());
        Assert.Equal("r1 = ksym \"runqueues\" ll", LoadKsym(R1, "runqueues").ToString());
        Assert.Equal("r1 = kconfig \"CONFIG_HZ\" ll", LoadKconfig(R1, "CONFIG_HZ").ToString());
        Assert.Equal("call kfunc bpf_task_acquire", CallKfunc("bpf_task_acquire").ToString());
        Assert.Equal("may_goto out", MayGoto("out").ToString());
        Assert.Equal("gotol out", JumpLong("out").ToString());

        Reference symbol = new(ReferenceKind.Symbol, "extern_var");
        Assert.Equal("r1 = symbol \"extern_var\" ll", LoadImmediate64(R1, 0).WithReference(symbol).ToString());
        Assert.Equal("call extern_var", Call(0).WithReference(symbol).ToString());
        Assert.Equal("r1 = 0 ; Symbol \"extern_var\"", Mov(R1, 0).WithReference(symbol).ToString());
    }

    [Fact]
    public void Format_WideLoadsByNumber_ShowTheirKind()
    {
        Assert.Equal("r1 = map_idx 3 ll", Wide(WideLoadKind.MapIndex, 3));
        Assert.Equal("r1 = map_value idx 3 + 8 ll", Wide(WideLoadKind.MapIndexValue, 3 | (8L << 32)));
        Assert.Equal("r1 = ksym#77 ll", Wide(WideLoadKind.KernelVariable, 77));
        Assert.Equal("r1 = func pc-2 ll", Wide(WideLoadKind.Function, 0xffff_fffe));
        Assert.Equal("(18) dst=r1 src=r7 off=0 imm=5", Wide((WideLoadKind)7, 5));

        static string Wide(WideLoadKind kind, long immediate) =>
            new Instruction(OpCode.WideLoad, R1, (Register)kind, immediate: immediate).ToString();
    }

    [Theory]
    [InlineData("ff12030004000000", "(ff) dst=r2 src=r1 off=3 imm=4")]
    [InlineData("bf21030000000000", "(bf) dst=r1 src=r2 off=3 imm=0")]
    [InlineData("d401000007000000", "(d4) dst=r1 src=r0 off=0 imm=7")]
    [InlineData("db21000077000000", "(db) dst=r1 src=r2 off=0 imm=119")]
    [InlineData("d321000000000000", "(d3) dst=r1 src=r2 off=0 imm=0")]
    [InlineData("3721020001000000", "(37) dst=r1 src=r2 off=2 imm=1")]
    [InlineData("e510010000000000", "(e5) dst=r0 src=r1 off=1 imm=0")]
    [InlineData("8530000001000000", "(85) dst=r0 src=r3 off=0 imm=1")]
    [InlineData("9610000000000000", "(96) dst=r0 src=r1 off=0 imm=0")]
    public void Format_NoInstruction_ShowsItsParts(string code, string text) => Assert.Equal(text, Decoded(code));

    [Theory]
    [InlineData("9521030004000000", "exit (dst=r1) (src=r2) (off=3) (imm=4)")]
    [InlineData("b72f030004000000", "r15 = 4 (src=r2) (off=3)")]
    [InlineData("0f21000004000000", "r1 += r2 (imm=4)")]
    [InlineData("180102000000000095120300ffffffff", "r1 = 0xffffffff00000000 ll (off=2) (second slot 0x00031295)")]
    public void Format_FieldsThatMustBeZero_AreShown(string code, string text) => Assert.Equal(text, Decoded(code));

    [Fact]
    public void Format_NamesFromAnObject_CannotControlATerminal()
    {
        InstructionList list =
        [
            LoadMap(R1, "a\e[2Jb\nc").WithSymbol("x\r\ny") with { Line = new LineInfo { Text = "one\ntwo" } },
        ];

        Assert.Equal("x  y:\n; one two\n    0: r1 = map \"a [2Jb c\" ll\n", list.ToString());
    }

    [Fact]
    public void Format_Relocation_IsANote()
    {
        CoReRelocation relocation = new() { Kind = CoReRelocationKind.FieldByteOffset, Accessor = "0:1" };

        string text = (Load(AccessSize.Word, R1, R2, 8) with { Relocation = relocation }).ToString();

        Assert.Equal($"r1 = *(u32 *)(r2 + 8) ; {relocation}", text);
    }

    [Fact]
    public void Format_AnnotationsOfAMalformedObject_SayWhatIsWrong()
    {
        const uint beyond = 9999;
        InstructionList list =
        [
            Exit() with
            {
                Line = new LineInfo(SmallBtf.Spec, beyond, beyond, 0),
                Relocation = new CoReRelocation(SmallBtf.Spec, beyond, beyond, CoReRelocationKind.FieldByteOffset),
            },
        ];

        string[] lines = list.ToString().Split('\n');

        Assert.StartsWith("; section \".BTF\"", lines[0], StringComparison.Ordinal);
        Assert.Equal("    0: exit ; FieldByteOffset <no type 9999> ?", lines[1]);
    }

    [Theory]
    [InlineData(long.MinValue, "r0 = *(u32 *)skb[r1 - 9223372036854775808]")]
    [InlineData(int.MinValue, "r0 = *(u32 *)skb[r1 - 2147483648]")]
    [InlineData(-1, "r0 = *(u32 *)skb[r1 - 1]")]
    [InlineData(long.MaxValue, "r0 = *(u32 *)skb[r1 + 9223372036854775807]")]
    public void Format_SumWithAnExtremeNumber_IsThatNumber(long offset, string text) =>
        Assert.Equal(text, (LoadIndirect(AccessSize.Word, R1) with { Immediate = offset }).ToString());

    [Fact]
    public void Format_ExtremesOfEveryOpCode_NeverThrows()
    {
        long[] immediates = [long.MinValue, int.MinValue - 1L, int.MinValue, -1, 0, 1, int.MaxValue, uint.MaxValue, long.MaxValue];
        short[] offsets = [short.MinValue, -1, 0, 1, short.MaxValue];
        for (int code = 0; code <= byte.MaxValue; code++)
        {
            foreach (short offset in offsets)
            {
                foreach (long immediate in immediates)
                {
                    foreach (Register register in (Register[])[R0, R10, (Register)15])
                    {
                        Instruction instruction = new(new OpCode((byte)code), register, register, offset, immediate);
                        InstructionList list = [instruction, Exit()];

                        Assert.NotEqual("", instruction.ToString());
                        Assert.Equal(list.Count, list.ToString().Split('\n').Count(line => line.Length > 7 && line[5] == ':'));
                        _ = list.GetSymbols();
                        _ = list.IndexAtSlot(int.MinValue) + list.IndexAtSlot(int.MaxValue);
                    }
                }
            }
        }
    }

    [Fact]
    public void Format_AnyBytes_NeverThrows()
    {
        Gen<byte[]> slot = Gen.Select(Gen.Byte, Gen.Byte.Array[7], (op, rest) => (byte[])[op, .. rest]);
        slot.Array[0, 30].Sample(slots =>
        {
            // The last slot is no wide load, so that everything can be decoded.
            byte[] code = [.. slots.SelectMany(bytes => bytes), .. new byte[8]];
            InstructionList list = InstructionDecoder.Decode(code, ByteOrder.LittleEndian);

            string text = list.ToString();

            Assert.Equal(list.Count, text.Split('\n').Count(line => line.Length > 7 && line[5] == ':'));
        });
    }

    private static string Decoded(string code) =>
        Assert.Single(InstructionDecoder.Decode(Convert.FromHexString(code), ByteOrder.LittleEndian)).ToString();
}
