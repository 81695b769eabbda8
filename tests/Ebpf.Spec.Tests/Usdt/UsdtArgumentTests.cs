using System.Globalization;
using Ebpf.Executables;
using Ebpf.Usdt;
using Ebpf.Usdt.Machines;

namespace Ebpf.Spec.Tests.Usdt;

public sealed class UsdtArgumentTests
{
    private const ulong Location = 0x401000;

    [Theory]
    [InlineData("-4@$-9", "-4 constant -9")]
    [InlineData("4@$71", "4 constant 71")]
    [InlineData("8@$0x7fffffffffffffff", "8 constant 9223372036854775807")]
    [InlineData("8@$18446744073709551615", "8 constant -1")]
    [InlineData("-8@$-9223372036854775808", "-8 constant -9223372036854775808")]
    [InlineData("4@$017", "4 constant 15")]
    [InlineData("8@%rax", "8 rax at 80")]
    [InlineData("-4@%eax", "-4 rax at 80")]
    [InlineData("2@%ax", "2 rax at 80")]
    [InlineData("1@%al", "1 rax at 80")]
    [InlineData("1@%ah", "1 rax at 81")]
    [InlineData("-1@%dh", "-1 rdx at 97")]
    [InlineData("-1@%sil", "-1 rsi at 104")]
    [InlineData("-1@%dil", "-1 rdi at 112")]
    [InlineData("1@%bpl", "1 rbp at 32")]
    [InlineData("8@%rsp", "8 rsp at 152")]
    [InlineData("8@%r8", "8 r8 at 72")]
    [InlineData("4@%r9d", "4 r9 at 64")]
    [InlineData("2@%r10w", "2 r10 at 56")]
    [InlineData("1@%r15b", "1 r15 at 0")]
    [InlineData("8@%rip", "8 rip at 128")]
    [InlineData("-4@-1204(%rbp)", "-4 [rbp at 32, -1204]")]
    [InlineData("8@(%rsp)", "8 [rsp at 152, 0]")]
    [InlineData("8@0x10(%rdi)", "8 [rdi at 112, 16]")]
    [InlineData("8@-8+3+1(%rbp)", "8 [rbp at 32, -4]")]
    [InlineData("1@-96(%rbp,%rax,8)", "1 [rbp at 32 + rax at 80 * 8, -96]")]
    [InlineData("1@(%rbp,%rax,4)", "1 [rbp at 32 + rax at 80 * 4, 0]")]
    [InlineData("1@-96(%rbp,%rax)", "1 [rbp at 32 + rax at 80 * 1, -96]")]
    [InlineData("1@( %rbp , %rax )", "1 [rbp at 32 + rax at 80 * 1, 0]")]
    [InlineData("8@8(,%rbx,1)", "8 [rbx at 40, 8]")]
    [InlineData("8@8(,%rbx,2)", "8 [rbx at 40 + rbx at 40 * 1, 8]")]
    [InlineData("8@8(,%rbx,8)", "8 unreadable: 8 times a register is no address that BPF programs compute")]
    [InlineData("8@16(%rip)", "8 [rip at 128, 16]")]
    [InlineData("-1@one(%rip)", "-1 [rip at 128, 4096]")]
    [InlineData("-1@4+one(%rip)", "-1 [rip at 128, 4100]")]
    [InlineData("-1@one+4(%rip)", "-1 [rip at 128, 4100]")]
    [InlineData("-1@one", "-1 [rip at 128, 4096]")]
    [InlineData("-4@one-8(%rax)", "-4 [rax at 80, 4202488]")]
    [InlineData("8@$one+1", "8 constant 4202497")]
    [InlineData("8@0x402000", "8 [rip at 128, 4096]")]
    [InlineData("-1@two(%rip)", "-1 unreadable: the file has 2 symbols \"two\": which one is meant is not known")]
    [InlineData("-1@none(%rip)", "-1 unreadable: the file has no symbol \"none\" with an address: it is stripped, or the name was local to the assembler")]
    [InlineData("8@one@GOTPCREL(%rip)", "8 unreadable: \"one@GOTPCREL\" is found through a table when the program runs, which BPF programs do not do")]
    [InlineData("8@%fs:0x28", "8 unreadable: it is in a segment of its own (%fs), such as a thread's variables")]
    [InlineData("8f@-8(%rbp)", "8f [rbp at 32, -8]")]
    [InlineData("4f@%eax", "4f rax at 80")]
    [InlineData("8f@%rax", "8f rax at 80")]
    [InlineData("-8f@(%rax)", "8f [rax at 80, 0]")]
    [InlineData("8@%xmm0", "8 unreadable: it is in %xmm0, a vector register, which the kernel does not show to BPF programs")]
    [InlineData("8f@%xmm15", "8f unreadable: it is in %xmm15, a vector register, which the kernel does not show to BPF programs")]
    [InlineData("10f@%st(0)", "10f unreadable: it is in %st, a floating-point register, which the kernel does not show to BPF programs")]
    [InlineData("16@(%rax)", "16 unreadable: it has 16 bytes: BPF programs read values of 1, 2, 4 and 8")]
    [InlineData("3@%eax", "3 unreadable: it has 3 bytes: BPF programs read values of 1, 2, 4 and 8")]
    [InlineData("%edi", "4 rdi at 112")]
    [InlineData("%rdi", "8 rdi at 112")]
    [InlineData("-8(%rbp)", "8 [rbp at 32, -8]")]
    [InlineData("$5", "8 constant 5")]
    [InlineData("8@%rzx", "8 unreadable: there is no register %rzx")]
    [InlineData("8@-8(%al)", "8 unreadable: %al holds no address")]
    [InlineData("8@(%rax,%rbx,3)", "8 unreadable: a scale is 1, 2, 4 or 8, not 3")]
    [InlineData("8@(%rax", "8 unreadable: this is no operand of x86-64 that this library knows")]
    [InlineData("8@(%rax)x", "8 unreadable: this is no operand of x86-64 that this library knows")]
    [InlineData("8@", "8 unreadable: this is no operand of x86-64 that this library knows")]
    [InlineData("8@$99999999999999999999999", "8 unreadable: this is no operand of x86-64 that this library knows")]
    [InlineData("0@$1", "0 unreadable: its size is no number")]
    [InlineData("-f@$1", "0 unreadable: its size is no number")]
    [InlineData("99999999999@$1", "0 unreadable: its size is no number")]
    public void Read_OfX64_KnowsEveryForm(string text, string expected) => Assert.Equal(expected, ReadOne(X64.Instance, text));

    [Theory]
    [InlineData("4@5", "4 constant 5")]
    [InlineData("-4@#-5", "-4 constant -5")]
    [InlineData("-8@x4", "-8 x4 at 32")]
    [InlineData("-4@w4", "-4 x4 at 32")]
    [InlineData("8@sp", "8 sp at 248")]
    [InlineData("8@lr", "8 x30 at 240")]
    [InlineData("8@xzr", "8 constant 0")]
    [InlineData("4@wzr", "4 constant 0")]
    [InlineData("-4@[sp, 96]", "-4 [sp at 248, 96]")]
    [InlineData("-4@[x29, #-8]", "-4 [x29 at 232, -8]")]
    [InlineData("-4@[sp]", "-4 [sp at 248, 0]")]
    [InlineData("8@[x0, x1]", "8 [x0 at 0 + x1 at 8 * 1, 0]")]
    [InlineData("8@[x0, x1, lsl 3]", "8 [x0 at 0 + x1 at 8 * 8, 0]")]
    [InlineData("8@[x0, x1, lsl #2]", "8 [x0 at 0 + x1 at 8 * 4, 0]")]
    [InlineData("8@[x0, xzr]", "8 [x0 at 0, 0]")]
    [InlineData("8@[x0, w1, sxtw 3]", "8 unreadable: its index is extended from 32 bits, which BPF programs do not do")]
    [InlineData("8@[x1, #:lo12:one]", "8 [x1 at 8, 0]")]
    [InlineData("8@[x1, :lo12:one+24]", "8 [x1 at 8, 24]")]
    [InlineData("8@[x1, #:lo12:.LANCHOR0]", "8 unreadable: the file has no symbol \".LANCHOR0\" with an address: it is stripped, or the name was local to the assembler")]
    [InlineData("8@[x1, :got_lo12:one]", "8 unreadable: the symbol's address is looked up in a table when the program runs, which BPF programs do not do")]
    [InlineData("8@one", "8 [pc at 256, 4096]")]
    [InlineData("8f@d0", "8f unreadable: it is in d0, a floating-point register, which the kernel does not show to BPF programs")]
    [InlineData("4f@s31", "4f unreadable: it is in s31, a floating-point register, which the kernel does not show to BPF programs")]
    [InlineData("8@[w0, 8]", "8 unreadable: w0 holds no address")]
    [InlineData("8@[y0]", "8 unreadable: there is no register y0")]
    [InlineData("8@x0]", "8 unreadable: this is no operand of arm64 that this library knows")]
    public void Read_OfArm64_KnowsEveryForm(string text, string expected) => Assert.Equal(expected, ReadOne(Arm64.Instance, text));

    [Theory]
    [InlineData("4@5", "4 constant 5")]
    [InlineData("-8@a1", "-8 a1 at 88")]
    [InlineData("-8@ra", "-8 ra at 8")]
    [InlineData("8@t6", "8 t6 at 248")]
    [InlineData("8@s11", "8 s11 at 216")]
    [InlineData("8@fp", "8 s0 at 64")]
    [InlineData("8@x10", "8 a0 at 80")]
    [InlineData("8@zero", "8 constant 0")]
    [InlineData("-8@-88(s0)", "-8 [s0 at 64, -88]")]
    [InlineData("-8@(a5)", "-8 [a5 at 120, 0]")]
    [InlineData("4@%lo(one)(a5)", "4 [a5 at 120, 0]")]
    [InlineData("4@%lo(one+4088)(a5)", "4 [a5 at 120, -8]")]
    [InlineData("4@%pcrel_lo(.L1)(a5)", "4 unreadable: the symbol's address is computed by the instructions around the probe, which BPF programs do not see")]
    [InlineData("4@one", "4 [pc at 0, 4096]")]
    [InlineData("8f@fa0", "8f unreadable: it is in fa0, a floating-point register, which the kernel does not show to BPF programs")]
    [InlineData("8@8(b1)", "8 unreadable: there is no register b1")]
    public void Read_OfRiscV_KnowsEveryForm(string text, string expected) => Assert.Equal(expected, ReadOne(RiscV64.Instance, text));

    [Theory]
    [InlineData("4@71", "4 constant 71")]
    [InlineData("-8@%r0", "-8 r0 at 24")]
    [InlineData("-8@%r15", "-8 r15 at 144")]
    [InlineData("-2@-28(%r15)", "-2 [r15 at 144, -28]")]
    [InlineData("8@160(%r1,%r15)", "8 [r15 at 144 + r1 at 32 * 1, 160]")]
    [InlineData("8@160(%r0,%r15)", "8 [r15 at 144, 160]")]
    [InlineData("8@160(0,%r15)", "8 [r15 at 144, 160]")]
    [InlineData("8@160(%r1,%r0)", "8 [r1 at 32, 160]")]
    [InlineData("8@%r16", "8 unreadable: there is no register %r16")]
    [InlineData("8@%f2", "8 unreadable: it is in %f2, a floating-point register, which the kernel does not show to BPF programs")]
    [InlineData("8@one", "8 [psw.addr at 16, 4096]")]
    public void Read_OfS390X_KnowsEveryForm(string text, string expected) => Assert.Equal(expected, ReadOne(S390X.Instance, text));

    [Theory]
    [InlineData("4@#5", "4 constant 5")]
    [InlineData("-4@#-5", "-4 constant -5")]
    [InlineData("-4@r4", "-4 r4 at 16")]
    [InlineData("4@fp", "4 fp at 44")]
    [InlineData("4@sl", "4 r10 at 40")]
    [InlineData("4@r14", "4 lr at 56")]
    [InlineData("-4@[fp, #-8]", "-4 [fp at 44, -8]")]
    [InlineData("-4@[sp]", "-4 [sp at 52, 0]")]
    [InlineData("4@[r1, r2, lsl #2]", "4 [r1 at 4 + r2 at 8 * 4, 0]")]
    [InlineData("4@[r1, r2]", "4 [r1 at 4 + r2 at 8 * 1, 0]")]
    [InlineData("r3", "4 r3 at 12")]
    [InlineData("[r3]", "4 [r3 at 12, 0]")]
    [InlineData("8f@d7", "8f unreadable: it is in d7, a floating-point register, which the kernel does not show to BPF programs")]
    [InlineData("4@[r1, -r2]", "4 unreadable: this is no operand of arm that this library knows")]
    public void Read_OfArm_KnowsEveryForm(string text, string expected) => Assert.Equal(expected, ReadOne(Arm.Instance, text));

    [Fact]
    public void Read_PositionIndependentFile_KnowsNoAddressThatMoves()
    {
        UsdtArgumentReader reader = new(X64.Instance, isFixed: false, Symbols);

        List<UsdtArgument> arguments = reader.Read("8@one(%rip) 8@$one 8@one(%rax) 8@0x402000", Location);

        Assert.Equal(
            [
                "8 [rip at 128, 4096]",
                "8 unreadable: the address of \"one\" is known only when the file is loaded: it is position-independent",
                "8 unreadable: the address of \"one\" is known only when the file is loaded: it is position-independent",
                "8 unreadable: it is at an address that is not in a register",
            ],
            arguments.Select(Describe));
    }

    [Fact]
    public void Read_SpacesInBrackets_DoNotEndAnArgument()
    {
        UsdtArgumentReader reader = new(Arm64.Instance, isFixed: false, Symbols);

        Assert.Equal(
            ["-4@[sp, 96]", "8@x0", "4@[x1, x2, lsl 3]"],
            reader.Read("  -4@[sp, 96] 8@x0\t4@[x1, x2, lsl 3] ", Location).Select(argument => argument.Text));
    }

    [Fact]
    public void Read_NoArguments_ReadsNone() => Assert.Empty(new UsdtArgumentReader(X64.Instance, isFixed: false, Symbols).Read("", Location));

    [Fact]
    public void Read_MoreThanProgramsRead_SaysSoOfTheRest()
    {
        UsdtArgumentReader reader = new(X64.Instance, isFixed: false, Symbols);

        List<UsdtArgument> arguments = reader.Read(string.Join(' ', Enumerable.Repeat("8@%rax", 13)), Location);

        Assert.All(arguments.Take(12), argument => Assert.Null(argument.Problem));
        Assert.Equal("bpf_usdt_arg() of usdt.bpf.h reads the first 12 arguments", arguments[12].Problem);
    }

    [Fact]
    public void Read_OneUnreadable_LeavesTheOthers()
    {
        UsdtArgumentReader reader = new(X64.Instance, isFixed: false, Symbols);

        Assert.Equal(
            [UsdtArgumentKind.Register, UsdtArgumentKind.Unreadable, UsdtArgumentKind.Constant],
            reader.Read("8@%rdi 8@%xmm0 -4@$3", Location).Select(argument => argument.Kind));
    }

    [Fact]
    public void Of_UnknownMachine_KnowsNoOperands()
    {
        Assert.Null(UsdtMachine.Of(ElfMachine.PowerPc64, is64Bit: true));
        Assert.Null(UsdtMachine.Of(ElfMachine.X86_64, is64Bit: false));

        Assert.Equal(
            "8 unreadable: this library does not know the operands of the file's machine",
            Describe(new UsdtArgumentReader(null, isFixed: false, Symbols).Read("8@r3", Location)[0]));
    }

    private static string ReadOne(UsdtMachine machine, string text) =>
        Describe(Assert.Single(new UsdtArgumentReader(machine, isFixed: true, Symbols).Read(text, Location)));

    private static IReadOnlyCollection<ulong> Symbols(string name) => name switch
    {
        "one" => [0x402000],
        "two" => [0x402000, 0x402010],
        _ => [],
    };

    private static string Describe(UsdtArgument argument)
    {
        string size = string.Create(
            CultureInfo.InvariantCulture, $"{(argument.IsSigned ? "-" : "")}{argument.Size}{(argument.IsFloatingPoint ? "f" : "")}");
        string register = string.Create(CultureInfo.InvariantCulture, $"{argument.Register} at {argument.RegisterOffset}");
        string index = argument.IndexRegister is null
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $" + {argument.IndexRegister} at {argument.IndexOffset} * {argument.Scale}");
        return argument.Kind switch
        {
            UsdtArgumentKind.Constant => string.Create(CultureInfo.InvariantCulture, $"{size} constant {argument.Value}"),
            UsdtArgumentKind.Register => $"{size} {register}",
            UsdtArgumentKind.Memory => string.Create(CultureInfo.InvariantCulture, $"{size} [{register}{index}, {argument.Value}]"),
            _ => $"{size} unreadable: {argument.Problem}",
        };
    }
}
