using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Tests.Linux;
using Ebpf.Tests.Loading;

namespace Ebpf.Tests.Kernel;

public sealed class KernelSymbolsTests
{
    [Theory]
    [InlineData("ffffffff81000010 T wanted\n", 1, 0xffffffff81000010)]
    [InlineData("ffffffff81000010 T wanted", 1, 0xffffffff81000010)]
    [InlineData("ffffffffc0000010 t wanted\t[module]\n", 1, 0xffffffffc0000010)]
    [InlineData("ffffffff81000010 T wanted\nffffffff81000010 t wanted\n", 1, 0xffffffff81000010)]
    [InlineData("ffffffff81000010 T wanted\nffffffff81000020 T wanted\nffffffff81000030 T wanted\n", 3, 0xffffffff81000010)]
    [InlineData("ffffffff81000010 d wanted.llvm.123\n", 1, 0xffffffff81000010)]
    [InlineData("ffffffff81000010 t wanted.llvm.123\n", 0, 0)]
    [InlineData("ffffffff81000010 T Wanted\nffffffff81000010 T wanted_too\nffffffff81000010 T wante\n", 0, 0)]
    [InlineData("", 0, 0)]
    [InlineData("\n \n  \nffffffff81000010\nffffffff81000010 T\nffffffff81000010 T \nxyz T wanted\n", 0, 0)]
    [InlineData("0000000000000000 A first\n0000000000000000 A wanted\nffffffff81000010 T _text\n", 1, 0)]
    public void Find_Lines_AreReadAsLibbpfDoes(string text, int count, ulong address)
    {
        KernelSymbols symbols = Find(text);

        Assert.Equal((count, address), (symbols["wanted"].Count, symbols["wanted"].Address));
    }

    [Fact]
    public void Find_AddressesThatAreAll0_AreHidden()
    {
        Assert.True(Find("0000000000000000 A first\n0000000000000000 T wanted\n").AreHidden);
        Assert.False(Find("0000000000000000 A wanted\n0000000000000001 T last\n").AreHidden);
    }

    [Fact]
    public void Find_LinesAcrossAndBeyondTheBuffer_AreReadOrPassedOver()
    {
        string padding = string.Concat(Enumerable.Range(0, 5000).Select(i => $"ffffffff8100{i:x4} t symbol_number_{i}\n"));
        string overlong = $"ffffffff81000000 t {new string('x', 200_000)}\n";

        KernelSymbols symbols = Find(padding + overlong + "ffffffff81000010 T wanted\n" + overlong + padding);

        Assert.Equal((1, 0xffffffff81000010), (symbols["wanted"].Count, symbols["wanted"].Address));
    }

    [Fact]
    public void Find_FileThatFailsHalfway_GivesTheError()
    {
        FaultyKernel kernel = new() { FailingCall = 3, FailingWith = Errno.EIO };

        KernelSymbols symbols = KernelSymbols.Find(kernel, ["bpf_prog_put"]);

        Assert.Equal(Errno.EIO, symbols.Error);
        Assert.Equal(0, symbols["bpf_prog_put"].Count);
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void Find_InTheRunningKernel_AllocatesNothingForALine()
    {
        KernelSymbols.Find(RunningKernel.Instance, ["bpf_prog_put"]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        KernelSymbols symbols = KernelSymbols.Find(RunningKernel.Instance, ["bpf_prog_put"]);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(1, symbols["bpf_prog_put"].Count);
        Assert.InRange(allocated, 0, 100_000);
    }

    private static KernelSymbols Find(string text)
    {
        using SymbolFile file = new(text);
        FaultyKernel kernel = new() { Replacements = { ["/proc/kallsyms"] = file.Path } };
        KernelSymbols symbols = KernelSymbols.Find(kernel, ["wanted", "not_there"]);
        Assert.Equal(Errno.None, symbols.Error);
        Assert.Equal(0, symbols["not_there"].Count);
        Assert.Equal(0, kernel.OpenDescriptors);
        return symbols;
    }
}
