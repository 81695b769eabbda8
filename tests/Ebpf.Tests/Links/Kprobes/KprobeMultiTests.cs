using System.Globalization;
using Ebpf.Features;
using Ebpf.Linux;
using Ebpf.Tests.Linux;
using static Ebpf.Tests.Links.ProcessGroup;

namespace Ebpf.Tests.Links.Kprobes;

/// <summary>Programs on many functions of the kernel, by one link where the kernel has such links, and by a kprobe each where not.</summary>
public sealed unsafe class KprobeMultiTests
{
    private const string Function = "__x64_sys_getpgid";

    [Theory]
    [InlineData("on_many", 5, true)]
    [InlineData("on_many", 5, false)]
    [InlineData("on_many_returns", 6, true)]
    [InlineData("on_many_returns", 6, false)]
    public void Attach_BySectionName_CountsTheCalls(string program, ulong slot, bool mayHaveLinks)
    {
        Requires.Kprobes();
        FaultyKernel kernel = mayHaveLinks ? new() : WithoutMultiLinks();
        using BpfCollection collection = Load(kernel);
        bool hasLinks = mayHaveLinks && HasLinks;
        Assert.Equal(hasLinks ? AttachType.TraceKprobeMulti : null, collection.Programs[program].AttachType);

        using (BpfLink link = collection.Programs[program].Attach())
        {
            Assert.Equal(hasLinks ? LinkType.KprobeMulti : LinkType.PerfEvent, link.Type);
            CallOften();
        }

        Assert.Equal((ulong)Calls, Seen(collection, slot));
        CallOften();
        Assert.Equal((ulong)Calls, Seen(collection, slot));
    }

    [Fact]
    public void Attach_Session_RunsAtEntryAndReturn()
    {
        Requires.Kprobes();
        Requires.Kernel(6, 10, "kprobe sessions");
        using BpfCollection collection = Load(null, "on_both");

        using (BpfLink link = collection.Programs["on_both"].Attach())
        {
            Assert.Equal(LinkType.KprobeMulti, link.Type);
            CallOften();
        }

        Assert.Equal(2 * (ulong)Calls, Seen(collection, 7));
        Assert.Throws<InvalidOperationException>(() => collection.Programs["on_both"].AttachKretprobeMulti(Function));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AttachKprobeMulti_ListWithUnknownFunction_NamesIt(bool mayHaveLinks)
    {
        Requires.Kprobes();
        FaultyKernel kernel = mayHaveLinks ? new() : WithoutMultiLinks();
        using BpfCollection collection = Load(kernel);
        int before = kernel.OpenDescriptors;

        BpfException error = Assert.Throws<BpfException>(
            () => collection.Programs["on_named"].AttachKprobeMulti([Function, "no_such_function_at_all", "__x64_sys_getpgrp"]));

        Assert.Contains("the kernel refuses 1 of the 3 functions (no_such_function_at_all)", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, kernel.OpenDescriptors);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AttachKprobeMulti_UnknownFunctionThatMayBeSkipped_AttachesToTheOthersAndTells(bool mayHaveLinks)
    {
        Requires.Kprobes();
        using BpfCollection collection = Load(mayHaveLinks ? null : WithoutMultiLinks());
        List<SkippedFunction> skipped = [];
        ListLogger logger = new();

        using (collection.Programs["on_named"].AttachKprobeMulti(
            [Function, "no_such_function_at_all", Function, "__x64_sys_getpgrp"],
            new KprobeMultiOptions { SkipRefused = true, Skipped = skipped.Add, Logger = logger }))
        {
            CallOften();
        }

        Assert.Equal((ulong)Calls, Seen(collection, 8));
        Assert.Equal("no_such_function_at_all: there is no such function, or it cannot be traced", Assert.Single(skipped).ToString());
        Assert.Contains("1 of the functions were left out", Assert.Single(logger.Messages), StringComparison.Ordinal);
    }

    [Fact]
    public void AttachKprobeMulti_AddressThatIsNoFunction_IsFoundAmongOthers()
    {
        Requires.Kprobes();
        ulong good = AddressOf(Function), other = AddressOf("__x64_sys_getpgrp"), bad = AddressOf("jiffies");
        using BpfCollection collection = Load();
        List<SkippedFunction> skipped = [];

        using (collection.Programs["on_named"].AttachKprobeMulti(
            [KprobeFunction.At(bad), KprobeFunction.At(good), KprobeFunction.At(other), "no_such_module:function"],
            new KprobeMultiOptions { SkipRefused = true, Skipped = skipped.Add }))
        {
            CallOften();
        }

        Assert.Equal((ulong)Calls, Seen(collection, 8));
        Assert.Equal(["no_such_module:function", $"0x{bad:x}"], skipped.Select(each => each.Function));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AttachKprobeMulti_WithCookies_GivesEachFunctionItsOwn(bool mayHaveLinks)
    {
        Requires.Kprobes();
        Requires.Kernel(5, 15, "cookies of perf events");
        using BpfCollection collection = Load(mayHaveLinks ? null : WithoutMultiLinks(), "many_with_cookies");
        BpfProgram program = collection.Programs["many_with_cookies"];

        using (program.AttachKprobeMulti([new(Function) { Cookie = 210 }, new("__x64_sys_getpgrp") { Cookie = 211 }])) CallOften();
        using (program.AttachKprobeMulti([KprobeFunction.At(AddressOf(Function)), "__x64_sys_getpgrp"], new KprobeMultiOptions { Cookie = 212 })) CallOften();
        using (program.AttachKprobeMulti("__x64_sys_getpg*", new KprobeMultiOptions { Cookie = 213 })) CallOften();

        Assert.Equal(
            ((ulong)Calls, 0ul, (ulong)Calls, (ulong)Calls),
            (Seen(collection, 210), Seen(collection, 211), Seen(collection, 212), Seen(collection, 213)));
    }

    [Fact]
    public void AttachKprobeMulti_OneFunctionWithTwoCookies_IsAMistake()
    {
        using BpfCollection collection = Load();

        Assert.Throws<ArgumentException>(() => collection.Programs["on_named"].AttachKprobeMulti([Function, new(Function) { Cookie = 1 }]));
        Assert.Throws<ArgumentException>(() => collection.Programs["on_named"].AttachKprobeMulti([default(KprobeFunction)]));
        Assert.Throws<ArgumentException>(() => collection.Programs["on_named"].AttachKprobeMulti([]));
    }

    [Fact]
    public void AttachKprobeMulti_PatternThatFindsTooMany_SaysHowMany()
    {
        Requires.Kprobes();
        using BpfCollection collection = Load();

        BpfException error = Assert.Throws<BpfException>(() => collection.Programs["on_named"].AttachKprobeMulti("*"));

        Assert.Matches("[0-9]{5,} functions match, and at most 10000 are meant", error.Message);
    }

    [Fact]
    public void AttachKprobeMulti_PatternOfDangerousFunctions_LeavesThemOut()
    {
        Requires.Kprobes();
        using BpfCollection collection = Load();

        BpfException error = Assert.Throws<BpfException>(() => collection.Programs["on_named"].AttachKprobeMulti("rcu_*"));

        Assert.Matches("all [0-9]+ functions that match are of those that are left out", error.Message);
    }

    [Fact]
    public void AttachKprobeMulti_PatternThatFindsNothing_SaysSo()
    {
        Requires.Kprobes();
        using BpfCollection collection = Load();

        BpfException error = Assert.Throws<BpfException>(() => collection.Programs["on_named"].AttachKprobeMulti("no_such_function_*"));

        Assert.EndsWith("no function of this kernel that can be traced matches", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AttachKprobeMulti_AnyOneCallFails_LeavesNothing(bool mayHaveLinks)
    {
        Requires.Kprobes();
        for (int call = 1; ; call += call < 8 ? 1 : 97)
        {
            FaultyKernel kernel = mayHaveLinks ? new() : WithoutMultiLinks();
            using (BpfCollection collection = Load(kernel))
            {
                int before = kernel.OpenDescriptors;
                kernel.FailingWith = Errno.ENOMEM;
                kernel.FailingCall = kernel.Calls + call;
                try
                {
                    collection.Programs["on_many"].Attach().Dispose();
                }
                catch (BpfException)
                {
                    // What matters is what it leaves.
                }

                Assert.Equal(before, kernel.OpenDescriptors);
            }

            if (kernel.Calls < kernel.FailingCall) break;
        }
    }

    private static bool HasLinks => ProbedFacts.Of(RunningKernel.Instance).HasKprobeMulti;

    private static FaultyKernel WithoutMultiLinks() => new()
    {
        // Of LINK_CREATE, attach_type is at 8.
        OnBpf = (command, attr) => command == Ebpf.Linux.BpfCommand.LinkCreate && ((AttachType*)attr)[2] == AttachType.TraceKprobeMulti ? Errno.EOPNOTSUPP : null,
    };

    private static ulong AddressOf(string symbol) => ulong.Parse(
        File.ReadLines("/proc/kallsyms").First(line => line.Split(' ', '\t')[2] == symbol).Split(' ')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
