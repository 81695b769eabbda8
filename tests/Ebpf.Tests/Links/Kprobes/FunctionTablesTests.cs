using Ebpf.Kernel;
using Ebpf.Links.Kprobes;
using Ebpf.Linux;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Links.Kprobes;

/// <summary>What is read from the kernel's tables of functions, with tables of the tests' own.</summary>
public sealed class FunctionTablesTests : IDisposable
{
    private const string Symbols = """
        ffffffff81000000 T _stext
        ffffffff81000100 t tcp_ack
        ffffffff81000200 T tcp_sendmsg
        ffffffff81000300 t tcp_twice
        ffffffff81000400 t tcp_twice
        ffffffff81000500 t tcp_notrace
        ffffffff81000600 t udp_sendmsg
        ffffffff81000700 t rebuilt.isra.0
        ffffffff81000710 t rebuilt.constprop.0
        ffffffff81000800 t parted.cold
        ffffffff81000900 T do_trap
        ffffffff81000a00 D variable
        ffffffff81000b00 T twice_in_module
        ffffffff82000000 T _sinittext
        ffffffff82000100 T started
        ffffffff82001000 T _einittext
        ffffffffc0000000 t tcp_in_module	[some_module]
        ffffffffc0000100 t twice_in_module	[some_module]
        ffffffffc0000200 t only_in_module	[some_module]

        """;

    private const string Names = """
        tcp_ack
        __ftrace_invalid_address___64
        tcp_sendmsg
        tcp_twice
        tcp_twice
        udp_sendmsg
        started
        twice_in_module
        tcp_in_module [some_module]
        twice_in_module [some_module]

        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("ebpf").FullName;
    private readonly FaultyKernel _kernel = new();

    public FunctionTablesTests()
    {
        Directory.CreateDirectory($"{_directory}/tracing/events");
        File.WriteAllText($"{_directory}/symbols", Symbols);
        File.WriteAllText($"{_directory}/tracing/available_filter_functions", Names);
        File.WriteAllText($"{_directory}/blacklist", "0xffffffff81000900-0xffffffff81000a00\tdo_trap\n0x0-0x1\tother [some_module]\n");
        File.WriteAllText($"{_directory}/modules.symbols", "# comment\nalias symbol:exported_far away_module\nalias symbol:exported away_module\n");
        _kernel.Files[FaultyKernel.Release] = "1.2.3-test";
        _kernel.Replacements["/proc/kallsyms"] = $"{_directory}/symbols";
        _kernel.Replacements["/sys/kernel/tracing"] = $"{_directory}/tracing";
        _kernel.Replacements["/sys/kernel/debug/kprobes/blacklist"] = $"{_directory}/blacklist";
        _kernel.Replacements["/lib/modules/1.2.3-test/modules.symbols"] = $"{_directory}/modules.symbols";
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("rebuilt", Errno.ENOENT, "the compiler has changed the function, and its name with it, to rebuilt.isra.0 and rebuilt.constprop.0; it may get other arguments than the source says")]
    [InlineData("parted", Errno.ENOENT, "the compiler has built it into its callers; only parts of it are functions of their own: parted.cold")]
    [InlineData("exported", Errno.ENOENT, "it is in module away_module, which is not loaded: modprobe away_module")]
    [InlineData("tcp_sendmsh", Errno.ENOENT, "this kernel has no function of this name: it may be misspelled, built into all of its callers by the compiler (inlined), or in a module that is not loaded; similar: tcp_sendmsg, udp_sendmsg")]
    [InlineData("gone_module:function", Errno.ENOENT, "no module gone_module is loaded: modprobe gone_module, or it is built in, and its functions are the kernel's own")]
    [InlineData("gone_module:tcp_ack", Errno.ENOENT, "no module gone_module is loaded; the kernel itself has a function of this name")]
    [InlineData("some-module:tcp_ack", Errno.ENOENT, "module some-module has no function of this name; the kernel itself has one")]
    [InlineData("vmlinux:only_in_module", Errno.ENOENT, "module vmlinux has no function of this name; module some_module has one")]
    [InlineData("tcp_twice", Errno.EADDRNOTAVAIL, "this kernel has 2 functions of this name: 0xffffffff81000300 in the kernel itself, 0xffffffff81000400 in the kernel itself; attach by address")]
    [InlineData("twice_in_module", Errno.EADDRNOTAVAIL, "this kernel has 2 functions of this name: 0xffffffff81000b00 in the kernel itself, 0xffffffffc0000100 in module some_module; name the module (\"some_module:twice_in_module\"), or attach by address")]
    [InlineData("do_trap", Errno.EINVAL, "it must not be probed: it is on the kernel's list of such functions (/sys/kernel/debug/kprobes/blacklist)")]
    [InlineData("variable", Errno.EINVAL, "it is a variable, not a function")]
    [InlineData("started", Errno.EINVAL, "it ran when the kernel started, and its memory was freed since (__init)")]
    [InlineData("tcp_notrace", Errno.EINVAL, "it is compiled so that it cannot be traced (notrace), as what tracing itself needs, and this kernel allows no probes on such functions")]
    [InlineData("tcp_ack", Errno.EINVAL, null)]
    [InlineData("tcp_ack", Errno.EBUSY, "something else changes this function, as a live patch does, and shares it with nobody")]
    public void Explain_FunctionThatIsRefused_SaysWhy(string function, Errno error, string? reason) =>
        Assert.Equal(reason, FunctionDiagnosis.Explain(_kernel, new KprobePlace(function, 0, 0, false, 0), error));

    [Fact]
    public void Explain_FunctionThatOnlyTypesHave_SaysThatItIsInlined()
    {
        // Of the running kernel's types, which the table of symbols of this test does not know.
        Assert.StartsWith(
            "the kernel's types have it, but no symbol",
            FunctionDiagnosis.Explain(_kernel, new KprobePlace("bpf_fentry_test1", 0, 0, false, 0), Errno.ENOENT),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_WithoutAnyTable_StillSaysSomething()
    {
        foreach (string path in _kernel.Replacements.Keys.ToArray()) _kernel.Closed[path] = Errno.EACCES;

        Assert.Equal(
            "this kernel has no function of this name, or several",
            FunctionDiagnosis.Explain(_kernel, new KprobePlace("tcp_ack", 0, 0, false, 0), Errno.ENOENT));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Match_Pattern_FindsAllThatCanBeTraced(bool hasAddresses)
    {
        if (hasAddresses)
        {
            // As if with indirect branch tracking: 4 bytes behind the beginning.
            Dictionary<string, Queue<ulong>> addresses = [];
            foreach (string[] words in Symbols.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', '\t')))
            {
                string key = words.Length > 3 ? $"{words[2]} {words[3]}" : words[2];
                if (!addresses.TryGetValue(key, out Queue<ulong>? all)) addresses[key] = all = new();
                all.Enqueue(Convert.ToUInt64(words[0], 16));
            }

            File.WriteAllLines($"{_directory}/tracing/available_filter_functions_addrs", Names.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => $"{(addresses.TryGetValue(line, out Queue<ulong>? all) ? all.Dequeue() : 0xffffffff8fffff00):x} {line}"));
        }

        Assert.Equal(
            [
                new("tcp_ack", null, 0xffffffff81000100), new("tcp_sendmsg", null, 0xffffffff81000200), new("tcp_twice", null, 0xffffffff81000300),
                new("tcp_twice", null, 0xffffffff81000400), new("tcp_in_module", "some_module", 0xffffffffc0000000),
            ],
            Match("tcp_*"));
        Assert.Equal([new("twice_in_module", "some_module", 0xffffffffc0000100)], Match("some-module:*twice*"));
        Assert.Equal([new("twice_in_module", null, 0xffffffff81000b00)], Match("vmlinux:twice*"));
        Assert.Empty(Match("__ftrace*"));
        Assert.Empty(Match("tcp_notrac?"));
    }

    [Fact]
    public void Match_AddressesThatAreHidden_GoesByNames()
    {
        File.WriteAllText($"{_directory}/symbols", string.Join('\n', Symbols.Split('\n').Select(line => line.Length > 16 ? "0000000000000000" + line[16..] : line)));

        Assert.Equal(
            [new("tcp_ack", null, 0), new("tcp_sendmsg", null, 0), new("tcp_twice", null, 0), new("tcp_in_module", "some_module", 0)], Match("tcp_*"));
    }

    [Fact]
    public void Match_WithoutTheRightToReadTracefs_GoesByTheKernelsTypes()
    {
        File.AppendAllText($"{_directory}/symbols", "ffffffff81000c00 T bpf_fentry_test1\nffffffff81000d00 T bpf_fentry_no_type\n");
        foreach (string root in (string[])["/sys/kernel/tracing", "/sys/kernel/debug/tracing"]) _kernel.Closed[root] = Errno.EACCES;

        Assert.Equal([new("bpf_fentry_test1", null, 0xffffffff81000c00)], Match("bpf_fentry_*"));
    }

    [Theory]
    [InlineData("*", "", true)]
    [InlineData("a*b*c", "abc", true)]
    [InlineData("a*b*c", "aXbXbXc", true)]
    [InlineData("a*b*c", "aXbXcX", false)]
    [InlineData("a?c", "abc", true)]
    [InlineData("a?c", "ac", false)]
    [InlineData("abc", "abc", true)]
    [InlineData("abc", "abcd", false)]
    [InlineData("abc", "ab", false)]
    [InlineData("*.isra.?", "x.isra.0", true)]
    [InlineData("a**", "a", true)]
    [InlineData("?*", "", false)]
    public void MatchesName_Pattern_IsThatOfTheShell(string pattern, string name, bool matches) =>
        Assert.Equal(matches, FunctionPattern.Parse(pattern, "pattern").MatchesName(System.Text.Encoding.ASCII.GetBytes(name)));

    [Fact]
    public void MatchesName_ManyStars_TakesNoLongerThanNameTimesPattern()
    {
        // With a step back for each star this would take longer than the machine lives.
        FunctionPattern pattern = FunctionPattern.Parse(string.Concat(Enumerable.Repeat("*a", 40)) + "b", "pattern");

        Assert.False(pattern.MatchesName(Enumerable.Repeat((byte)'a', 500).ToArray()));
    }

    [Theory]
    [InlineData("arch_cpu_idle", true)]
    [InlineData("rcu_read_unlock_strict", true)]
    [InlineData("bpf_dispatcher_xdp_func", true)]
    [InlineData("do_unlinkat", false)]
    [InlineData("call_rcu", false)]
    public void Contains_DangerousFunction_KnowsIt(string name, bool isDangerous) => Assert.Equal(isDangerous, DangerousFunctions.Contains(name));

    [Fact]
    public void Find_Functions_GivesAddressesByNameAndModule()
    {
        Dictionary<string, ulong> wanted = new() { ["tcp_ack"] = 0, ["some_module:twice_in_module"] = 0, ["vmlinux:twice_in_module"] = 0, ["variable"] = 0, ["none"] = 0 };

        Assert.False(FunctionAddresses.Find(_kernel, wanted, out Errno error));

        Assert.Equal(Errno.None, error);
        Assert.Equal([0xffffffff81000100ul, 0xffffffffc0000100, 0xffffffff81000b00, 0, 0], wanted.Values.ToArray());
    }

    private List<TraceableFunction> Match(string pattern)
    {
        List<TraceableFunction>? found = TraceableFunctions.Match(
            _kernel, FunctionPattern.Parse(pattern, nameof(pattern)), atBeginnings: false, out Errno error, out string? advice);
        Assert.True(found is not null, $"{error}: {advice}");
        return found;
    }
}
