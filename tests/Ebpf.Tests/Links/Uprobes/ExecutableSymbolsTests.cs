using System.Globalization;
using System.Text.RegularExpressions;
using Ebpf.Executables;
using Ebpf.Linux;

namespace Ebpf.Tests.Links.Uprobes;

/// <summary>What the library reads of real programs and libraries, beside what binutils read.</summary>
[Collection(nameof(TargetProgram))]
public sealed partial class ExecutableSymbolsTests
{
    [Fact]
    public void Find_EachFunctionThatALibraryExports_HasTheAddressThatNmPrints()
    {
        using Ebpf.Links.Uprobes.ProbedFile file = Open("libc.so.6");
        int compared = 0;
        foreach (Match line in NmLine().Matches(Run($"nm -D --defined-only {file.Path}")))
        {
            List<ExecutableSymbol> found = file.Symbols!.Find(line.Groups["name"].Value.Replace("@@", "@", StringComparison.Ordinal));
            ulong address = ulong.Parse(line.Groups["address"].Value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            Assert.Contains(found, symbol => symbol.Address == address && symbol.IsIndirect == (line.Groups["type"].Value == "i"));
            compared++;
        }

        Assert.True(compared > 1000);
    }

    [Theory]
    [InlineData("-fPIE -pie", "pie")]
    [InlineData("-fno-pie -no-pie", "fixed")]
    public void Find_EachFunctionOfAProgram_HasTheAddressThatNmPrints(string options, string name)
    {
        string program = TargetProgram.Compile(name, options);
        using Ebpf.Links.Uprobes.ProbedFile file = Open(program);
        foreach (Match line in NmLine().Matches(Run($"nm --defined-only {program}")))
        {
            ulong address = ulong.Parse(line.Groups["address"].Value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            Assert.Contains(file.Symbols!.Find(line.Groups["name"].Value), symbol => symbol.Address == address);
        }
    }

    [Fact]
    public void FindContaining_AddressInFunction_NamesIt()
    {
        using Ebpf.Links.Uprobes.ProbedFile file = Open(TargetProgram.Pie);
        ExecutableSymbol function = Assert.Single(file.Symbols!.Find("hidden_function"));

        Assert.Equal("hidden_function", file.Symbols!.FindContaining(function.Address + 3)!.Name);
        Assert.Null(file.Symbols!.FindContaining(1));
    }

    [Theory]
    [InlineData("libm.so.6")]
    [InlineData("libc.so.6")]
    public void InstructionLengths_OfALibrary_AreThoseThatObjdumpPrints(string library)
    {
        using Ebpf.Links.Uprobes.ProbedFile file = Open(library);
        Assert.SkipUnless(file.Elf!.Machine == ElfMachine.X86_64, "lengths differ on x64 alone");
        int compared = 0;
        List<string> wrong = [];
        foreach (string line in Run($"objdump -d --insn-width=16 -j .text {file.Path}").Split('\n'))
        {
            string[] parts = line.Split('\t');
            if (parts.Length < 3 || parts[2].Contains("(bad)", StringComparison.Ordinal) || parts[2].StartsWith(".byte", StringComparison.Ordinal)) continue;

            // "fwait" by itself, which objdump takes together with what follows.
            if (parts[1].StartsWith("9b", StringComparison.Ordinal)) continue;
            byte[] code = Convert.FromHexString(parts[1].Replace(" ", "", StringComparison.Ordinal));
            byte[] padded = [.. code, .. new byte[16]];
            if (X86InstructionLength.Of(padded, is64Bit: true) != code.Length) wrong.Add(line);
            compared++;
        }

        Assert.Empty(wrong.Take(20));
        Assert.True(compared > 10_000);
    }

    private static string Run(string command)
    {
        string output = TargetProgram.Shell(command, out int status, out string problem);
        Assert.SkipWhen(status != 0, $"{command}: {problem}");
        return output;
    }

    private static Ebpf.Links.Uprobes.ProbedFile Open(string name) =>
        new Ebpf.Links.Uprobes.TargetFiles(RunningKernel.Instance, ProcessScope.AllProcesses, "test").Open(name, includesReplaced: false)[0];

    [GeneratedRegex(@"^(?<address>[0-9a-f]{16}) (?<type>[Tti]) (?<name>\S+)$", RegexOptions.Multiline)]
    private static partial Regex NmLine();
}
