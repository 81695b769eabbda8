using System.Runtime.InteropServices;
using Ebpf.Btf;
using Ebpf.BtfObjects;
using Ebpf.CoRe;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.TestData;

namespace Ebpf.Tests;

public sealed class KernelTypesTests
{
    [Fact]
    public void Attach_ProgramWithCoRe_ReadsTheKernelsOwnStructs()
    {
        Requires.Kernel(5, 11, "bpf_get_current_task_btf");
        CollectionSpec spec = Spec();
        using BpfCollection collection = BpfCollection.Load(spec);

        using (collection.Programs["on_enter"].Attach())
        {
            for (int i = 0; i < 20; i++) _ = Environment.ProcessPath;
            File.Exists("/");
        }

        Assert.True(CollectionFixture.Read<ulong>(collection, spec.Variables["seen"]) > 0);
        Assert.Equal((ulong)Environment.ProcessId, CollectionFixture.Read<ulong>(collection, spec.Variables["leader_tgid"]));
        Assert.Equal(0u, CollectionFixture.Read<uint>(collection, spec.Variables["has_missing_field"]));
    }

    [Fact]
    public void Load_FieldThatTheKernelLacks_IsNamedInTermsOfC()
    {
        Requires.Kernel(5, 11, "bpf_get_current_task_btf");
        CollectionSpec spec = Spec();
        spec.Programs["reads_missing_field"].AutoLoad = true;

        VerifierException error = Assert.Throws<VerifierException>(() => BpfCollection.Load(spec));

        Assert.StartsWith("struct task_struct.no_such_field_anywhere: no such field", error.Reason);
        Assert.Contains("return task->no_such_field_anywhere;", error.SourceLine?.Text);
    }

    [Fact]
    public void Load_TargetThatTheKernelLacks_IsNamed()
    {
        CollectionSpec spec = Spec();
        spec.Programs.Remove("on_enter");
        spec.Programs["attaches_to_nothing"].AutoLoad = true;

        BpfException error = Assert.Throws<BpfException>(() => BpfCollection.Load(spec));

        Assert.Equal(
            "Load program \"attaches_to_nothing\": this kernel has no tracepoint \"no_such_tracepoint\"", error.Message);
    }

    [Fact]
    public void Load_OtherKernelsTypes_AreUsedInThePlaceOfThisOnes()
    {
        Requires.Kernel(5, 11, "bpf_get_current_task_btf");
        CollectionSpec spec = Spec();

        // In these types the struct has the field that this kernel lacks: the program gets its offset, 0, where this kernel
        // has something else to read.
        CollectionOptions options = new() { KernelTypes = CollectionSpec.Load(TestObject.Path("kernel_types")).Types };
        spec.Programs["reads_missing_field"].AutoLoad = true;
        spec.Programs.Remove("on_enter");

        using BpfCollection collection = BpfCollection.Load(spec, options);

        Assert.Contains("reads_missing_field", collection.Programs.Keys);
    }

    [Fact]
    public void Load_MinimalTypesOfThisKernel_DoAsWellAsAllOfThem()
    {
        Requires.Kernel(5, 11, "bpf_get_current_task_btf");
        CollectionSpec spec = Spec();
        BtfSpec kernel = KernelTypes.Of(RunningKernel.Instance).Read()!;
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, MinimalBtf.From(kernel, [spec]).ToArray());
            CollectionOptions options = new() { KernelTypes = BtfSpec.Load(path) };
            using BpfCollection collection = BpfCollection.Load(spec, options);

            using (collection.Programs["on_enter"].Attach()) File.Exists("/");

            Assert.InRange(new FileInfo(path).Length, 1, 1024);
            Assert.Equal((ulong)Environment.ProcessId, CollectionFixture.Read<ulong>(collection, spec.Variables["leader_tgid"]));
            Assert.Equal(0u, CollectionFixture.Read<uint>(collection, spec.Variables["has_missing_field"]));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Load_TypeThatOnlyTheExtraTypesHave_IsFoundThere()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("extra_types"));
        VerifierException error = Assert.Throws<VerifierException>(() => BpfCollection.Load(spec));
        Assert.StartsWith("struct only_elsewhere: no such type on this kernel", error.Reason);

        using BpfCollection collection = BpfCollection.Load(spec, new CollectionOptions { ExtraKernelTypes = [spec.Types!] });

        Assert.Contains("asks_elsewhere", collection.Programs.Keys);
    }

    [Fact]
    public void Read_TwiceWhileUsed_GivesTheSame()
    {
        KernelTypes types = KernelTypes.Of(RunningKernel.Instance);
        BtfSpec? first = types.Read();

        Assert.NotNull(first);
        Assert.Same(first, types.Read());
        Assert.True(first.Get<StructType>("task_struct").Members.Length > 50);
    }

    [Fact]
    public void AttributeStructures_AreLaidOutAsInTheRunningKernel()
    {
        BtfSpec kernel = KernelTypes.Of(RunningKernel.Instance).Read()!;
        UnionType attributes = kernel.Get<UnionType>("bpf_attr");

        // The members of union bpf_attr have no names; each is known by its first field or two.
        CheckLayout<MapCreateAttr>(attributes, "map_type", ("max_entries", "MaxEntries"), ("btf_value_type_id", "ValueTypeId"), ("map_extra", "Extra"));
        CheckLayout<ProgramLoadAttr>(attributes, "prog_type", ("insns", "Instructions"), ("log_buf", "Log"), ("line_info_cnt", "LineInfoCount"), ("attach_btf_id", "AttachBtfId"));
        CheckLayout<MapElementAttr>(attributes, "map_fd", ("key", "Key"), ("flags", "Flags"));
    }

    private static void CheckLayout<T>(UnionType attributes, string firstField, params (string Kernel, string Ours)[] fields)
        where T : unmanaged
    {
        StructType structure = attributes.Members
            .Select(member => member.Type.Resolve())
            .OfType<StructType>()
            .First(candidate => candidate.Members[0].Name == firstField);
        foreach ((string name, string ours) in fields)
        {
            Member? member = structure.Members.FirstOrDefault(candidate => candidate.Name == name);

            // An older kernel lacks the newer fields, and takes their zeros.
            if (member is not null) Assert.Equal((nint)member.Offset, Marshal.OffsetOf<T>(ours));
        }
    }

    private static CollectionSpec Spec()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("kernel_types"));
        spec.Variables["traced_process"].Set(Environment.ProcessId);
        return spec;
    }
}
