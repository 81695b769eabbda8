using static Ebpf.Tests.Links.Uprobes.UprobeTests;

namespace Ebpf.Tests.Links.Uprobes;

[Collection(nameof(TargetProgram))]
public sealed class UprobeMultiTests
{
    [Fact]
    public void AttachUprobeMulti_Pattern_RunsInEachFunctionWithItsCookie()
    {
        Requires.Kernel(5, 15, "cookies of perf events");
        using RunningTarget target = new(TargetProgram.Pie);
        using BpfCollection collection = BpfCollection.Load(SpecWith("on_many", "on_many_returns"));
        UprobeMultiOptions options = new() { Cookies = function => function.Name == "probed_first" ? 11ul : 12ul };
        using (BpfLink link = collection.Programs["on_many"].AttachUprobeMulti(TargetProgram.Pie, "probed_*", options))
        using (collection.Programs["on_many_returns"].AttachUretprobeMulti(TargetProgram.Pie, "hidden_function", new UprobeMultiOptions { Cookie = 13 }))
        {
            target.Call(6);
            Assert.True(link.Type is LinkType.UprobeMulti or LinkType.PerfEvent);
        }

        Assert.Equal((6ul, 6ul, 6ul), (Calls(collection, 11), Calls(collection, 12), Calls(collection, 13)));
    }

    [Fact]
    public void AttachUprobeMulti_OneProcess_CountsThisOneAlone()
    {
        using RunningTarget target = new(TargetProgram.Pie), other = new(TargetProgram.Pie);
        using BpfCollection collection = BpfCollection.Load(SpecWith());
        using (collection.Programs["on_many_plain"].AttachUprobeMulti(TargetProgram.Pie, ["probed_first", "probed_second"], new UprobeMultiOptions { Scope = target.Scope }))
        {
            target.Call(3);
            other.Call(100);
        }

        Assert.Equal(6ul, Calls(collection, 3));
    }

    [Fact]
    public void AttachUprobeMulti_ProgramForOnePlace_RunsInAllPlaces()
    {
        using RunningTarget target = new(TargetProgram.Pie);
        using BpfCollection collection = BpfCollection.Load(SpecWith());
        using (BpfLink link = collection.Programs["on_entry"].AttachUprobeMulti(TargetProgram.Pie, "probed_*"))
        {
            target.Call(3);
            Assert.Equal((LinkType.PerfEvent, null), (link.Type, link.Handle));
        }

        Assert.Equal(6ul, Calls(collection, 1));
    }

    [Fact]
    public void AttachUprobe_ProgramForMany_RunsInOnePlace()
    {
        using RunningTarget target = new(TargetProgram.Pie);
        using BpfCollection collection = BpfCollection.Load(SpecWith());
        using (collection.Programs["on_many_plain"].AttachUprobe(TargetProgram.Pie, "probed_first"))
        {
            target.Call(3);
        }

        Assert.Equal(3ul, Calls(collection, 3));
    }

    [Fact]
    public void AttachUprobeMulti_Session_RunsAtEntryAndReturn()
    {
        Requires.Kernel(6, 13, "uprobe sessions");
        using RunningTarget target = new(TargetProgram.Pie);
        using BpfCollection collection = BpfCollection.Load(SpecWith("on_session"));
        using (collection.Programs["on_session"].AttachUprobeMulti(TargetProgram.Pie, "probed_first"))
        {
            target.Call(4);
        }

        Assert.Equal(8ul, Calls(collection, 4));
        Assert.Throws<InvalidOperationException>(() => collection.Programs["on_session"].AttachUretprobeMulti(TargetProgram.Pie, "probed_first"));
    }

    [Fact]
    public void Attach_PatternInSectionName_RunsInEachFunction()
    {
        using BpfCollection collection = BpfCollection.Load(SpecWith("on_section_pattern"));
        using (collection.Programs["on_section_pattern"].Attach(AttachPoint.In(ProcessScope.ThisProcess)))
        {
            for (int i = 0; i < 5; i++) _ = NativeCalls.GetProcessGroup(0);
        }

        Assert.Equal(5ul, Calls(collection, 8));
    }

    [Theory]
    [InlineData("on_many_plain")]
    [InlineData("on_entry")]
    public void AttachUprobeMulti_PlaceThatTheKernelRefuses_IsNamed(string program)
    {
        using RunningTarget target = new(TargetProgram.Pie);
        using BpfCollection collection = BpfCollection.Load(SpecWith());
        UprobeMultiOptions accepting = new() { AcceptedRisks = UprobeRisks.UncheckedInstruction };
        string path = Path.Combine(TargetProgram.Folder, "refused");
        File.WriteAllBytes(path, new byte[0x3000]);

        BpfException error = Assert.Throws<BpfException>(() => collection.Programs[program].AttachUprobeMulti(
            path, [CodeLocation.FileOffset(0x10), CodeLocation.FileOffset(0x20), CodeLocation.FileOffset(0x9000), CodeLocation.FileOffset(0x30)], accepting));

        Assert.Equal(
            $"Attach program \"{program}\" on 4 places of {path}: EINVAL: at file offset 0x9000: it is outside of the file of 12288 bytes", error.Message);
    }

    [Fact]
    public void AttachUprobeMulti_TooManyFunctions_SaysHowMany()
    {
        using BpfCollection collection = BpfCollection.Load(SpecWith());

        BpfException error = Assert.Throws<BpfException>(
            () => collection.Programs["on_many_plain"].AttachUprobeMulti("libc.so.6", "*", new UprobeMultiOptions { MaxFunctions = 100 }));

        Assert.Matches("E2BIG: [0-9]{4} functions match \"\\*\", and MaxFunctions is 100", error.Message);
    }
}

internal static partial class NativeCalls
{
    [System.Runtime.InteropServices.LibraryImport("libc", EntryPoint = "getpgid")]
    internal static partial int GetProcessGroup(int process);
}
