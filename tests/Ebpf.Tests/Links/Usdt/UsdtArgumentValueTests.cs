using System.Runtime.InteropServices;

namespace Ebpf.Tests.Links.Usdt;

/// <summary>Arguments of every form, read by a program in the kernel with libbpf's <c>usdt.bpf.h</c>.</summary>
public sealed class UsdtArgumentValueTests
{
    private const long First = 0x0102030405060708, Third = unchecked((long)0x8182838485868788), Pi = 0x400921fb54442d18;

    [Fact]
    public void Attach_ArgumentsInRegisters_ReadsEveryWidth()
    {
        RequiresX64();
        using UsdtFixture usdt = new();
        using BpfLink link = usdt.Attach("registers");

        UsdtLibrary.Fire(UsdtForm.Registers);

        Assert.Equal((1ul, 12L), (usdt.Hits, usdt.Count));
        Assert.All(usdt.Errors, error => Assert.Equal(0, error));
        Assert.Equal(
            [
                0x7172737475767778, unchecked((int)0xe5e6e7e8), 0x5758, -56, 0x77, unchecked((short)0xb7b8), 0x25262728,
                unchecked((long)0xf1f2f3f4f5f6f7f8), 0x85868788, unchecked((short)0xf7f8), 0xf8, -3,
            ],
            usdt.Values);
    }

    [Fact]
    public void Attach_ArgumentsInTheOtherRegisters_ReadsThem()
    {
        RequiresX64();
        using UsdtFixture usdt = new();
        using BpfLink link = usdt.Attach("more_registers");

        UsdtLibrary.Fire(UsdtForm.MoreRegisters);

        Assert.All(usdt.Errors, error => Assert.Equal(0, error));
        Assert.Equal([0x13, 0x14, -15, 0x1314, (long)UsdtLibrary.Stack, (long)usdt.Address, 0x12], usdt.Values);
    }

    [Fact]
    public void Attach_ArgumentsInMemory_ReadsByRegisterAndBySymbol()
    {
        RequiresX64();
        using UsdtFixture usdt = new();
        using BpfLink link = usdt.Attach("memory");

        UsdtLibrary.Fire(UsdtForm.Memory);

        Assert.All(usdt.Errors, error => Assert.Equal(0, error));
        Assert.Equal([First, -2, 0x0102, -120, First, 0x85868788, 0x2222, -2, 0x07], usdt.Values);
    }

    [Fact]
    public void Attach_IndexedArguments_AreReadByObjectsThatKnowThem()
    {
        RequiresX64();
        ListLogger logger = new();
        using UsdtFixture usdt = new("usdt_indexed");
        using BpfLink link = usdt.Attach("indexed", logger: logger);

        UsdtLibrary.Fire(UsdtForm.Indexed);

        Assert.All(usdt.Errors, error => Assert.Equal(0, error));
        Assert.Equal([Third, 0x85868788, 0x07, 0x0304, 1, First], usdt.Values);
        Assert.Empty(logger.Messages);
    }

    [Fact]
    public void Attach_IndexedArgumentsOfAnOlderHeader_LeaveTheOthers()
    {
        RequiresX64();
        ListLogger logger = new();
        using UsdtFixture usdt = new();
        Assert.SkipWhen(usdt.Collection.Maps["__bpf_usdt_specs"].ValueSize != 208, "The header that is installed knows index registers.");
        using BpfLink link = usdt.Attach("indexed", logger: logger);

        UsdtLibrary.Fire(UsdtForm.Indexed);

        Assert.Equal([UsdtFixture.Einval, UsdtFixture.Einval, UsdtFixture.Einval, UsdtFixture.Einval, 0, 0], usdt.Errors);
        Assert.Equal([0, 0, 0, 0, 1, First], usdt.Values);
        Assert.Equal(4, logger.Messages.Count);
        Assert.Contains("before libbpf 1.7, which knows no index registers", logger.Messages.First());
    }

    [Fact]
    public void Attach_ArgumentsThatNobodyReads_LeaveTheOthers()
    {
        RequiresX64();
        ListLogger logger = new();
        using UsdtFixture usdt = new();
        using BpfLink link = usdt.Attach("odd", logger: logger);

        UsdtLibrary.Fire(UsdtForm.Odd);

        const int no = UsdtFixture.Einval;
        Assert.Equal([no, 0, 0, 0, 0, 0, no, no, 0, no, no], usdt.Errors);
        Assert.Equal([0, Pi, 0x40490fdb, 0x55667788, -5, First, 0, 0, -9, 0, 0], usdt.Values);
        Assert.Equal(5, logger.Messages.Count);
        Assert.Contains("programs cannot read argument \"8f@%xmm0\": it is in %xmm0, a vector register", logger.Messages.First());
    }

    [Fact]
    public void Attach_Constants_AreExtendedByTheirSize()
    {
        using UsdtFixture usdt = new();
        using BpfLink link = usdt.Attach("twelve");

        UsdtLibrary.Fire(UsdtForm.Twelve);

        // The thirteenth cannot be asked for.
        Assert.Equal(12, usdt.Count);
        Assert.Equal([255, -1, 65535, -1, 0xffff_ffff, -1, -1, long.MaxValue, 1, 2, 3, 4], usdt.Values);
    }

    [Fact]
    public void Attach_ProbeOfTwoInstructions_FindsTheSameArguments()
    {
        RequiresX64();
        using UsdtFixture usdt = new();
        using BpfLink link = usdt.Attach("combo");

        // The kernel puts a call in the place of the breakpoint after the first times.
        for (int i = 0; i < 20; i++) UsdtLibrary.Fire(UsdtForm.Combo);

        Assert.Equal(20ul, usdt.Hits);
        Assert.Equal([First, (long)usdt.Address], usdt.Values);
    }

    [Fact]
    public void Attach_ArgumentsWhereTheCompilerPutThem_ReadsThem()
    {
        using UsdtFixture usdt = new();
        using BpfLink link = usdt.Attach("plain", cookie: 0xfedc_ba98_7654_3210);

        UsdtLibrary.Fire(UsdtForm.Plain);

        Assert.Equal((1ul, 2L, 0xfedc_ba98_7654_3210), (usdt.Hits, usdt.Count, usdt.Cookie));
        Assert.Equal([7, -8], usdt.Values);
        Assert.Equal("program \"on_probe\" on USDT probe target:plain of " + UsdtTarget.Library + " in " + ProcessScope.ThisProcess, link.ToString());
    }

    [Fact]
    public void Attach_SeveralLocations_ReadsTheArgumentsOfEach()
    {
        using UsdtFixture usdt = new();
        using (usdt.Attach("many"))
        {
            Assert.Equal(5, UsdtLibrary.Fire(UsdtForm.Many));
        }

        Assert.Equal(5ul, usdt.Hits);
        Assert.Equal([0, 1, 1, 1, 1, 1], usdt.First[..6]);

        // Detached: nothing is counted any more.
        UsdtLibrary.Fire(UsdtForm.Many);
        Assert.Equal(5ul, usdt.Hits);
    }

    private static void RequiresX64() =>
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "The assembly of this probe is for x64.");
}
