using System.Runtime.InteropServices;
using Ebpf.TestData;

namespace Ebpf.Tests.Links.Uprobes;

[Collection(nameof(TargetProgram))]
public sealed partial class UprobeTests
{
    private const uint Entry = 1, Return = 2;

    public static TheoryData<string> Programs => ["pie", "fixed", "stripped", "compressed", "linked", "headless"];

    [Theory]
    [InlineData("pie")]
    [InlineData("fixed")]
    public void AttachUprobe_FunctionOfProgram_RunsAtEntryAndReturn(string kind)
    {
        using RunningTarget target = new(Program(kind));
        using BpfCollection collection = BpfCollection.Load(SpecWith());
        using (collection.Programs["on_entry"].AttachUprobe(Program(kind), "probed_first"))
        using (collection.Programs["on_return"].AttachUretprobe(Program(kind), "hidden_function"))
        {
            target.Call(7);
        }

        // Other tests may run the same program beside this one: the probes are in all processes.
        ulong entries = Calls(collection, Entry);
        Assert.True(entries >= 7 && Calls(collection, Return) >= 7);
        Assert.Equal(42ul, collection.Variables["last_argument"].Get<ulong>());
        target.Call(3);
        Assert.Equal(entries, Calls(collection, Entry));
    }

    [Theory]
    [InlineData("compressed")]
    [InlineData("linked")]
    public void AttachUprobe_StrippedProgramWhoseNamesAreElsewhere_FindsThem(string kind)
    {
        using RunningTarget target = new(Program(kind));
        using BpfCollection collection = BpfCollection.Load(SpecWith());
        using (collection.Programs["on_entry"].AttachUprobe(Program(kind), "hidden_function"))
        {
            target.Call(4);
        }

        Assert.Equal(4ul, Calls(collection, Entry));
    }

    [Fact]
    public void AttachUprobe_ProgramWithoutSectionHeaders_FindsWhatItExports()
    {
        using RunningTarget target = new(TargetProgram.WithoutSections);
        using BpfCollection collection = BpfCollection.Load(SpecWith());
        using (collection.Programs["on_entry"].AttachUprobe(TargetProgram.WithoutSections, "probed_second"))
        {
            target.Call(5);
        }

        Assert.Equal(5ul, Calls(collection, Entry));
    }

    [Fact]
    public void AttachUprobe_FunctionInAssembly_RunsAllTheSame()
    {
        using RunningTarget target = new(TargetProgram.Pie);
        using BpfCollection collection = BpfCollection.Load(SpecWith());
        using (collection.Programs["on_entry"].AttachUprobe(TargetProgram.Pie, "plain_assembly"))
        {
            target.Call(2);
        }

        Assert.Equal(2ul, Calls(collection, Entry));
    }

    [Fact]
    public void AttachUprobe_InstructionInFunction_RunsThere()
    {
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "the offsets are those of x64 code");
        using RunningTarget target = new(TargetProgram.Pie);
        using BpfCollection collection = BpfCollection.Load(SpecWith());

        // lea 5(%rdi), %eax is 3 bytes long.
        using (collection.Programs["on_entry"].AttachUprobe(TargetProgram.Pie, "plain_assembly+3"))
        {
            target.Call(6);
        }

        Assert.Equal(6ul, Calls(collection, Entry));
        BpfException error = Assert.Throws<BpfException>(
            () => collection.Programs["on_entry"].AttachUprobe(TargetProgram.Pie, "plain_assembly+0x1"));
        Assert.Equal(
            $"Attach program \"on_entry\" on plain_assembly+0x1 of {TargetProgram.Pie}: at plain_assembly+0x1 no instruction begins, and a breakpoint in the "
            + "middle of one corrupts the process; to attach all the same, accept UprobeRisks.UncheckedInstruction",
            error.Message);
    }

    [Fact]
    public void AttachUprobe_OneProcess_CountsThisOneAlone()
    {
        using RunningTarget target = new(TargetProgram.Pie), other = new(TargetProgram.Pie);
        using BpfCollection collection = BpfCollection.Load(SpecWith());
        using (BpfLink link = collection.Programs["on_entry"].AttachUprobe(TargetProgram.Pie, "probed_first", new UprobeOptions { Scope = target.Scope }))
        {
            target.Call(3);
            other.Call(11);
            Assert.Equal($"program \"on_entry\" on probed_first of {TargetProgram.Pie} in process {target.Id}", link.Description);
        }

        Assert.Equal(3ul, Calls(collection, Entry));
    }

    [Fact]
    public void AttachUprobe_LibraryByName_IsFoundAsTheLoaderDoes()
    {
        using BpfCollection collection = BpfCollection.Load(SpecWith());
        using (collection.Programs["on_entry"].AttachUprobe("libc.so.6", "getpgid", new UprobeOptions { Scope = ProcessScope.ThisProcess }))
        {
            for (int i = 0; i < 9; i++) _ = GetProcessGroup(0);
        }

        Assert.Equal(9ul, Calls(collection, Entry));
    }

    [Fact]
    public void Attach_BySectionName_RunsInAllProcesses()
    {
        using BpfCollection collection = BpfCollection.Load(SpecWith());
        using (collection.Programs["on_section"].Attach())
        using (collection.Programs["on_section_return"].Attach(AttachPoint.In(ProcessScope.ThisProcess)))
        {
            for (int i = 0; i < 5; i++) _ = GetProcessGroup(0);
        }

        Assert.True(Calls(collection, 6) >= 5);
        Assert.Equal(5ul, Calls(collection, 7));
    }

    [Fact]
    public void AttachUprobe_Cookie_ReachesTheProgram()
    {
        Requires.Kernel(5, 15, "cookies of perf events");
        using RunningTarget target = new(TargetProgram.Pie);
        using BpfCollection collection = BpfCollection.Load(SpecWith("on_cookie"));
        using (collection.Programs["on_cookie"].AttachUprobe(TargetProgram.Pie, "probed_first", new UprobeOptions { Cookie = 77 }))
        {
            target.Call(4);
        }

        Assert.Equal(4ul, Calls(collection, 77));
    }

    [Fact]
    public void AttachUprobe_Semaphore_IsCountedWhileAttached()
    {
        string program = TargetProgram.Compile("semaphore", "-fPIE -pie");
        using RunningTarget target = new(program);
        using BpfCollection collection = BpfCollection.Load(SpecWith());
        ulong offset = ulong.Parse(
            TargetProgram.Shell($"readelf -SW {program} | sed -n 's/.* .probes  *PROGBITS  *[0-9a-f]* *\\([0-9a-f]*\\) .*/\\1/p'", out _, out _).Trim(),
            System.Globalization.NumberStyles.AllowHexSpecifier);
        Assert.Equal(0, target.Call(1));

        using (collection.Programs["on_entry"].AttachUprobe(program, "probed_first", new UprobeOptions { SemaphoreOffset = offset }))
        {
            Assert.Equal(1, target.Call(1));
        }

        Assert.Equal(0, target.Call(1));
    }

    [Fact]
    public void AttachUprobe_ProcessInAnotherMountNamespace_FindsItsFiles()
    {
        string place = $"/tmp/ebpf-ns-{Environment.ProcessId}";
        TargetProgram.Shell("unshare -m true", out int can, out string problem);
        Assert.SkipWhen(can != 0, $"no mount namespaces here: {problem}");
        string script = $"mkdir -p {place} && mount -t tmpfs none {place} && cp {TargetProgram.Pie} {place}/target && exec {place}/target";
        using RunningTarget target = new(script, "unshare", "-m", "/bin/sh", "-c");
        using BpfCollection collection = BpfCollection.Load(SpecWith());
        Assert.Contains("there is no file", Assert.Throws<BpfException>(
            () => collection.Programs["on_entry"].AttachUprobe($"{place}/target", "probed_first")).Message);

        using (collection.Programs["on_entry"].AttachUprobe($"{place}/target", "probed_first", new UprobeOptions { Scope = target.Scope }))
        {
            target.Call(8);
        }

        Assert.Equal(8ul, Calls(collection, Entry));
        Directory.Delete(place);
    }

    [Fact]
    public void AttachUprobe_FileThatWasReplaced_IsProbedWhereItStillRuns()
    {
        string path = Path.Combine(TargetProgram.Folder, $"replaced-{Environment.ProcessId}");
        File.Copy(TargetProgram.Pie, path, overwrite: true);
        using RunningTarget old = new(path);
        File.Delete(path);
        File.Copy(TargetProgram.FixedPlace, path);
        using RunningTarget fresh = new(path);
        using BpfCollection collection = BpfCollection.Load(SpecWith());
        try
        {
            using (collection.Programs["on_entry"].AttachUprobe(path, "probed_first"))
            {
                old.Call(100);
                fresh.Call(1);
            }

            Assert.Equal(1ul, Calls(collection, Entry));
            using (collection.Programs["on_entry"].AttachUprobe(path, "probed_first", new UprobeOptions { IncludeReplacedFiles = true }))
            {
                old.Call(10);
                fresh.Call(1);
            }

            Assert.Equal(12ul, Calls(collection, Entry));

            // Its name leads to the new file, the process itself to the old one.
            using (collection.Programs["on_entry"].AttachUprobe($"/proc/{old.Id}/exe", "probed_first"))
            {
                old.Call(5);
                fresh.Call(1);
            }

            Assert.Equal(17ul, Calls(collection, Entry));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void AttachUprobe_OffsetInFileThatIsNoElf_NeedsNoParsing()
    {
        // As a library is in an archive: the program, behind 64 KiB of something else.
        string path = Path.Combine(TargetProgram.Folder, "no-elf");
        File.WriteAllBytes(path, [.. new byte[0x10000], .. File.ReadAllBytes(TargetProgram.Pie)]);
        using BpfCollection collection = BpfCollection.Load(SpecWith());
        UprobeOptions accepting = new() { AcceptedRisks = UprobeRisks.UncheckedInstruction };

        collection.Programs["on_entry"].AttachUprobe(path, CodeLocation.FileOffset(0x11000), accepting).Dispose();

        Assert.Contains("it is no ELF file", Assert.Throws<BpfException>(() => collection.Programs["on_entry"].AttachUprobe(path, "0x1000")).Message.Replace(path, "it", StringComparison.Ordinal));
        Assert.Contains("cannot be told", Assert.Throws<BpfException>(
            () => collection.Programs["on_entry"].AttachUprobe(path, CodeLocation.FileOffset(0x11000))).Message);
    }

    [Fact]
    public void AttachUprobe_ProgramInArchive_IsFoundByItsName()
    {
        string path = Path.Combine(TargetProgram.Folder, "package.apk");
        TargetProgram.Shell($"cd {TargetProgram.Folder} && rm -f {path} && cp pie libx.so && python3 -c \"import zipfile; z = zipfile.ZipFile('{path}', 'w', zipfile.ZIP_STORED); z.write('libx.so', 'lib/x/libx.so'); z.close()\"", out int status, out string problem);
        Assert.SkipWhen(status != 0, $"no archive can be made here: {problem}");
        _ = TargetProgram.Pie;
        using BpfCollection collection = BpfCollection.Load(SpecWith());

        using BpfLink link = collection.Programs["on_entry"].AttachUprobe($"{path}!/lib/x/libx.so", "probed_first");

        Assert.Contains("no such file", Assert.Throws<BpfException>(
            () => collection.Programs["on_entry"].AttachUprobe($"{path}!/lib/y.so", "probed_first")).Message);
    }

    private static string Program(string kind) => kind switch
    {
        "pie" => TargetProgram.Pie,
        "fixed" => TargetProgram.FixedPlace,
        "stripped" => TargetProgram.Stripped,
        "compressed" => TargetProgram.WithCompressedNames,
        "linked" => TargetProgram.WithDebugFile,
        _ => TargetProgram.WithoutSections,
    };

    internal static ulong Calls(BpfCollection collection, uint slot) => collection.Maps["calls"].As<uint, ulong>()[slot];

    internal static CollectionSpec SpecWith(params string[] more)
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("uprobes"));
        foreach (string program in more) spec.Programs[program].AutoLoad = true;
        return spec;
    }

    [LibraryImport("libc", EntryPoint = "getpgid")]
    private static partial int GetProcessGroup(int process);
}
