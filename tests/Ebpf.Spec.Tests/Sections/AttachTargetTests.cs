using Ebpf.Sections;

namespace Ebpf.Spec.Tests.Sections;

public sealed class AttachTargetTests
{
    public static TheoryData<string, AttachTarget?> Targets => new()
    {
        { "kprobe/do_unlinkat", new KprobeTarget("do_unlinkat", 0) },
        { "kprobe/do_unlinkat+0x10", new KprobeTarget("do_unlinkat", 16) },
        { "kprobe/do_unlinkat+16", new KprobeTarget("do_unlinkat", 16) },
        { "kprobe/do_unlinkat+020", new KprobeTarget("do_unlinkat", 16) },
        { "kprobe/tcp_connect.isra.0", new KprobeTarget("tcp_connect.isra.0", 0) },
        { "kprobe/nf_conntrack:nf_ct_get+8", new KprobeTarget("nf_conntrack:nf_ct_get", 8) },
        { "kprobe.multi/ext4:ext4_*", new FunctionPatternTarget("ext4_*", "ext4") },
        { "kretprobe/do_unlinkat", new KprobeTarget("do_unlinkat", 0) },
        { "kprobe.multi/tcp_*", new FunctionPatternTarget("tcp_*", null) },
        { "kprobe.session/x?", new FunctionPatternTarget("x?", null) },
        { "fentry.multi/ext4:ext4_*", new FunctionPatternTarget("ext4_*", "ext4") },
        { "ksyscall/openat", new SystemCallTarget("openat") },
        { "uprobe//usr/lib/libc.so.6:malloc", new UprobeTarget("/usr/lib/libc.so.6", "malloc", 0) },
        { "uprobe/libc.so.6:memcpy@GLIBC_2.14+8", new UprobeTarget("libc.so.6", "memcpy@GLIBC_2.14", 8) },
        { "uretprobe.s/bash:readline", new UprobeTarget("bash", "readline", 0) },
        { "uprobe.multi/libc.so.6:mem*", new UprobePatternTarget("libc.so.6", "mem*") },
        { "usdt/libc.so.6:libc:setjmp", new UsdtTarget("libc.so.6", "libc", "setjmp") },
        { "usdt.s/libc.so.6:libc:setjmp", new UsdtTarget("libc.so.6", "libc", "setjmp") },
        { "tp/sched/sched_switch", new TracepointTarget("sched", "sched_switch") },
        { "raw_tp/sched_switch", new RawTracepointTarget("sched_switch") },
        { "raw_tracepoint.w/bpf_test_finish", new RawTracepointTarget("bpf_test_finish") },
        { "fentry/do_unlinkat", new TracingTarget("do_unlinkat", null) },
        { "fexit/ext4:ext4_file_open", new TracingTarget("ext4_file_open", "ext4") },
        { "tp_btf/sched_switch", new TracingTarget("sched_switch", null) },
        { "freplace/handle", new TracingTarget("handle", null) },
        { "lsm.s/file_open", new LsmTarget("file_open") },
        { "lsm_cgroup/socket_bind", new LsmTarget("socket_bind") },
        { "iter/task", new IteratorTarget("task") },
        { "struct_ops/whatever it says!", null },
        { "xdp", null },
        { "tp", null },
    };

    [Theory]
    [MemberData(nameof(Targets))]
    public void AttachTarget_OfASectionName_IsTakenApart(string section, AttachTarget? expected) =>
        Assert.Equal(expected, ProgramIn(section).AttachTarget);

    [Theory]
    [InlineData("kprobe/do_unlinkat+", "\"\" is no offset")]
    [InlineData("kprobe/do_unlinkat+9x", "\"9x\" is no offset")]
    [InlineData("kprobe/do_unlinkat+0", null)]
    [InlineData("kprobe/do_unlinkat+089", "\"089\" is no offset")]
    [InlineData("kprobe/do unlinkat", "the character ' ' cannot stand in a name")]
    [InlineData("kprobe/a:b:c", "the character ':' cannot stand in a name")]
    [InlineData("kprobe/:b", "a name is missing")]
    [InlineData("kprobe/b:", "a name is missing")]
    [InlineData("kprobe.multi/a:b:c", "the character ':' cannot stand in a name")]
    [InlineData("kprobe/+8", "a name is missing")]
    [InlineData("kretprobe/do_unlinkat+8", "a return has no offset in the function")]
    [InlineData("uprobe/libc.so.6", "it should be path:function")]
    [InlineData("uprobe/:malloc", "it should be path:function")]
    [InlineData("uretprobe/libc.so.6:malloc+4", "a return has no offset in the function")]
    [InlineData("usdt/libc.so.6:libc", "it should be path:provider:name")]
    [InlineData("tp/sched_switch", "it should be category/name")]
    [InlineData("tp/sched/", "it should be category/name")]
    [InlineData("fentry/:f", "the name of the module is missing")]
    [InlineData("iter/task!", "the character '!' cannot stand in a name")]
    public void AttachTarget_OfAMalformedName_SaysWhatIsWrong(string section, string? problem)
    {
        ProgramSpec program = ProgramIn(section);
        if (problem is null)
        {
            Assert.NotNull(program.AttachTarget);
            return;
        }

        ObjectFormatException error = Assert.Throws<ObjectFormatException>(() => program.AttachTarget);

        Assert.Equal(section, error.Section);
        Assert.Equal("probe", error.Symbol);
        Assert.EndsWith(problem, error.Message);
    }

    [Fact]
    public void TryGetAttachTarget_OfAnyName_DoesNotThrow()
    {
        Assert.True(ProgramIn("kprobe/do_unlinkat").TryGetAttachTarget(out AttachTarget? target));
        Assert.Equal(new KprobeTarget("do_unlinkat", 0), target);
        Assert.False(ProgramIn("kprobe/do unlinkat").TryGetAttachTarget(out target));
        Assert.Null(target);
        Assert.False(ProgramIn("xdp").TryGetAttachTarget(out _));
        Assert.False(ProgramIn("struct_ops/init").TryGetAttachTarget(out _));
    }

    [Fact]
    public void SectionName_OfASpecMadeByHand_SaysWhatNobodySet()
    {
        ProgramSpec program = new() { AttachTo = "sched/sched_process_exec", SectionName = "?tp_btf.s/sched_switch", Flags = ProgramFlags.None };

        Assert.Equal((ProgramType.Tracing, AttachType.TraceRawTp), (program.Type, program.AttachType));
        Assert.Equal(("sched/sched_process_exec", ProgramFlags.None, false), (program.AttachTo, program.Flags, program.AutoLoad));
        program.Type = ProgramType.Kprobe;
        program.AttachType = null;
        program.AttachTo = null;
        program.AutoLoad = true;
        program = program.Clone();
        Assert.Equal((ProgramType.Kprobe, null), (program.Type, program.AttachType));
        Assert.Equal((null, null, true), (program.AttachTo, program.AttachTarget, program.AutoLoad));
    }

    [Theory]
    [InlineData("kprobe/do_unlinkat")]
    [InlineData("xpd")]
    public void AttachType_WhereNothingSaysIt_IsNull(string section) => Assert.Null(ProgramIn(section).AttachType);

    private static ProgramSpec ProgramIn(string section) => new() { Name = "probe", SectionName = section };
}
