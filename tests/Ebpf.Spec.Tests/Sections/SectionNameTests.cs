using CsCheck;
using Ebpf.Sections;

namespace Ebpf.Spec.Tests.Sections;

public sealed class SectionNameTests
{
    private static readonly Dictionary<string, SectionFlags> FlagNames = new()
    {
        ["-"] = SectionFlags.None,
        ["EXP_ATTACH_OPT"] = SectionFlags.ExpectedAttachOptional,
        ["ATTACHABLE"] = SectionFlags.Attachable,
        ["ATTACHABLE_OPT"] = SectionFlags.Attachable | SectionFlags.ExpectedAttachOptional,
        ["ATTACH_BTF"] = SectionFlags.AttachBtf,
        ["SLEEPABLE"] = SectionFlags.Sleepable,
        ["XDP_FRAGS"] = SectionFlags.XdpFrags,
        ["USDT"] = SectionFlags.Usdt,
    };

    private static readonly Dictionary<string, AutoAttachKind> AttachNames = new()
    {
        ["-"] = AutoAttachKind.None,
        ["tp"] = AutoAttachKind.Tracepoint,
        ["raw_tp"] = AutoAttachKind.RawTracepoint,
    };

    public static TheoryData<int, string, string, string, string, string> Facts()
    {
        TheoryData<int, string, string, string, string, string> data = [];
        foreach (string line in SectionNameFacts.Table.Split('\n'))
        {
            string[] words = line.Split(' ');
            data.Add(data.Count, words[0], words[1], words[2], words[3], words[4]);
        }

        return data;
    }

    public static TheoryData<int, string> Patterns()
    {
        TheoryData<int, string> data = [];
        foreach (string line in SectionNameFacts.Table.Split('\n')) data.Add(data.Count, line.Split(' ')[0]);
        return data;
    }

    [Theory]
    [MemberData(nameof(Facts))]
    public void Table_EachRow_SaysWhatLibbpfSays(
        int row, string pattern, string programType, string attachType, string flags, string attach)
    {
        SectionRule rule = SectionTable.Rules[row];

        Assert.Equal(pattern, rule.Pattern);
        Assert.Equal(Plain(programType), Plain(rule.ProgramType.ToString()));
        Assert.Equal(attachType == "0" ? null : Named<AttachType>(attachType), rule.AttachType);
        Assert.Equal(
            flags.Split('+').Aggregate(SectionFlags.None, (all, name) => all | FlagNames[name]),
            rule.Flags & ~SectionFlags.AtReturn);
        Assert.Equal(AttachNames.TryGetValue(attach, out var kind) ? kind : Named<AutoAttachKind>(attach), rule.AutoAttach);
        Assert.Equal(
            pattern.StartsWith("kret", StringComparison.Ordinal) || pattern.StartsWith("uret", StringComparison.Ordinal),
            rule.Flags.HasFlag(SectionFlags.AtReturn));
    }

    [Fact]
    public void Table_HasEveryRow() => Assert.Equal(116, SectionTable.Rules.Length);

    [Theory]
    [MemberData(nameof(Patterns))]
    public void Resolve_EachName_FindsItsRule(int row, string pattern)
    {
        SectionRule rule = SectionTable.Rules[row];
        string name = pattern.TrimEnd('+');

        Assert.Equal(new SectionMeaning(rule, true, null), SectionResolver.Default.Resolve(name));
        Assert.Equal(new SectionMeaning(rule, false, null), SectionResolver.Default.Resolve("?" + name));
        Assert.Null(SectionResolver.Default.Resolve(name + "x").Rule);
        if (pattern.EndsWith('+'))
        {
            Assert.Equal(new SectionMeaning(rule, true, "a/b"), SectionResolver.Default.Resolve(name + "/a/b"));
            Assert.Equal(new SectionMeaning(rule, true, null), SectionResolver.Default.Resolve(name + "/"));
        }
        else
        {
            Assert.Null(SectionResolver.Default.Resolve(name + "/a/b").Rule);
        }
    }

    [Theory]
    [InlineData("kprobe/do_unlinkat", "kprobe+", "do_unlinkat")]
    [InlineData("tp/sched/sched_switch", "tp+", "sched/sched_switch")]
    [InlineData("uprobe//usr/bin/bash:readline", "uprobe+", "/usr/bin/bash:readline")]
    [InlineData("uprobe.multi.s/libc.so.6:mem*", "uprobe.multi.s+", "libc.so.6:mem*")]
    [InlineData("usdt/libc.so.6:libc:setjmp", "usdt+", "libc.so.6:libc:setjmp")]
    [InlineData("fentry/nf_nat:nf_nat_setup_info", "fentry+", "nf_nat:nf_nat_setup_info")]
    [InlineData("fentry.multi/tcp_*", "fentry.multi+", "tcp_*")]
    [InlineData("struct_ops/ssthresh", "struct_ops+", "ssthresh")]
    [InlineData("sk_reuseport/migrate", "sk_reuseport/migrate", null)]
    [InlineData("xdp.frags/cpumap", "xdp.frags/cpumap", null)]
    public void Resolve_KnownName_GivesRuleAndTarget(string section, string pattern, string? target)
    {
        SectionMeaning name = SectionResolver.Default.Resolve(section);

        Assert.Equal(pattern, name.Rule?.Pattern);
        Assert.Equal(target, name.Target);
        Assert.True(name.AutoLoad);
    }

    [Fact]
    public void Resolve_QuestionMark_TurnsLoadingOff()
    {
        SectionMeaning name = SectionResolver.Default.Resolve("?kprobe/foo");

        Assert.False(name.AutoLoad);
        Assert.Equal("kprobe+", name.Rule?.Pattern);
        Assert.Equal("foo", name.Target);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?")]
    [InlineData("??xdp")]
    [InlineData("/")]
    [InlineData("/kprobe")]
    [InlineData("xdpfoo")]
    [InlineData("xdp_foo")]
    [InlineData("xdp/foo")]
    [InlineData("XDP")]
    [InlineData("kprobex")]
    [InlineData("kprobe+")]
    [InlineData("kprobe.s")]
    [InlineData("uretprobe.session/a:b")]
    [InlineData("socket/filter")]
    [InlineData("socket1")]
    [InlineData("cgroup")]
    [InlineData("cgroup/")]
    [InlineData("cgroup/sock_create2")]
    [InlineData("cgroup/sock_create/x")]
    [InlineData("cgroup_skb")]
    [InlineData("tc/ingress/eth0")]
    [InlineData("classifier/ingress")]
    [InlineData("netkit")]
    [InlineData("syscall/x")]
    [InlineData(".text")]
    public void Resolve_NearMiss_HasNoRule(string section)
    {
        SectionMeaning name = SectionResolver.Default.Resolve(section);

        Assert.Null(name.Rule);
        Assert.Null(name.Target);
    }

    [Fact]
    public void Resolve_AnyName_FindsTheRowThatAScanInOrderFinds()
    {
        string[] pieces = [.. SectionTable.Rules.SelectMany(rule => rule.Name.Split('/')).Distinct(), "x", ".s", "+", ""];
        Gen<string> name = Gen.Select(Piece(pieces), Piece("/", "", ".", "//"), Piece(pieces))
            .Select((first, joint, second) => first + joint + second);

        name.Sample(
            section => SectionResolver.Default.Resolve(section).Rule == SectionTable.Rules.FirstOrDefault(rule => Matches(rule, section)),
            iter: 20_000);

        static Gen<string> Piece(params string[] pieces) => Gen.Int[0, pieces.Length - 1].Select(i => pieces[i]);

        // libbpf's way: exactly the name, or, where the pattern ends in '+', the name and '/'.
        static bool Matches(SectionRule rule, string section) =>
            section == rule.Pattern.TrimEnd('+')
            || (rule.Pattern.EndsWith('+')
                && section.StartsWith(rule.Pattern.TrimEnd('+') + "/", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("mine", "mine", true, null)]
    [InlineData("mine+", "mine", true, null)]
    [InlineData("mine+", "mine/target/too", true, "target/too")]
    [InlineData("mine/", "mine/anything", true, null)]
    [InlineData("mine", "mine/target", false, null)]
    [InlineData("mine+", "mineral", false, null)]
    [InlineData("mine/", "mine", false, null)]
    public void Resolve_Handler_MatchesAsLibbpfDoes(string pattern, string section, bool matches, string? target)
    {
        SectionResolver names = new([new SectionHandler(pattern, ProgramType.LircMode2)]);

        SectionMeaning found = names.Resolve("?" + section);

        Assert.False(found.AutoLoad);
        Assert.Equal(matches ? ProgramType.LircMode2 : null, found.Rule?.ProgramType);
        Assert.Equal(target, found.Target);
    }

    [Theory]
    [InlineData("xpd", "; similar: xdp")]
    [InlineData("?kprob/do_unlinkat", "; similar: kprobe")]
    [InlineData("trace_point/sched/sched_switch", "; similar: tracepoint")]
    [InlineData("nothing_like_it", "")]
    public void Similar_NameWithoutMeaning_NamesTheNearest(string section, string expected) =>
        Assert.StartsWith(expected, SectionResolver.Similar(section));

    [Theory]
    [InlineData(".text", true)]
    [InlineData(".text.unlikely", true)]
    [InlineData(".textual", false)]
    [InlineData("xdp", false)]
    public void IsSubprogramSection_OnlyText_IsTrue(string section, bool expected) =>
        Assert.Equal(expected, SectionResolver.IsSubprogramSection(section));

    [Theory]
    [InlineData("lsm.s/file_open", ProgramFlags.Sleepable)]
    [InlineData("syscall", ProgramFlags.Sleepable)]
    [InlineData("xdp.frags", ProgramFlags.XdpHasFragments)]
    [InlineData("xdp", ProgramFlags.None)]
    public void ProgramFlags_FollowTheName(string section, ProgramFlags flags) =>
        Assert.Equal(flags, SectionResolver.Default.Resolve(section).Rule?.ProgramFlags);

    private static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();

    private static T Named<T>(string kernelName)
        where T : struct, Enum
    {
        string plain = Plain(kernelName.StartsWith("BPF_", StringComparison.Ordinal) ? kernelName[4..] : kernelName);
        return Enum.GetValues<T>().Single(value => Plain(value.ToString()) == plain);
    }
}
