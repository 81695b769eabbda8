using Ebpf.Btf;
using Ebpf.Common;
using Ebpf.Linux;
using Ebpf.Spec.Tests.Btf;
using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests;

public sealed unsafe class BpfBtfTests
{
    [Fact]
    public void Load_TypesOfAnObject_AreInTheKernelAsTheyWere()
    {
        BtfSpec types = CollectionSpec.Load(TestObject.Path("counter")).Types!;

        using BpfBtf btf = BpfBtf.Load(types);

        BtfSpec read = btf.ReadTypes();
        Assert.Equal(types.Count, read.Count);
        Assert.Equal(types.All.Select(type => (type.Id, type.Name)), read.All.Select(type => (type.Id, type.Name)));
        Assert.Equal(new BpfBtfInfo(btf.Info.Id, "", btf.Info.Size, BtfOrigin.Program), btf.Info);
        Assert.True(btf.Info.Id > 0);
        Assert.Equal($"BTF {btf.Info.Id}", btf.ToString());
    }

    [Fact]
    public void Load_TypesThatTheKernelRefuses_NamesTheTypeAndTheReason()
    {
        BtfBlob blob = new(EndianReader.Host);
        uint number = blob.Int("int", 4, 1);
        blob.Struct("fits", 4, ("a", number, 0));
        blob.Struct("reaches_out", 4, ("a", number, 0), ("behind", number, 32));
        BtfSpec types = blob.Parse();

        CollectionFixture.AssertNoDescriptorStays(kernel =>
        {
            BtfLoadException error = Assert.Throws<BtfLoadException>(() => BpfBtf.Load(kernel, types));

            Assert.Equal(Errno.EINVAL, error.Errno);
            Assert.StartsWith("Load BTF of 3 types: EINVAL: [3] STRUCT reaches_out size=4 vlen=2; behind type_id=1", error.Message);
            Assert.Contains("[2] STRUCT fits", error.Log);
            Assert.EndsWith(error.Log, error.ToString());
        });
    }

    [Fact]
    public void Load_LogLongerThanTheFirstBuffer_IsThereToItsEnd()
    {
        BtfBlob blob = new(EndianReader.Host);
        uint number = blob.Int("int", 4, 1);
        for (int i = 0; i < 3000; i++) blob.Struct($"structure_with_quite_a_long_name_{i}", 4, ("member", number, 0));
        blob.Struct("last", 4, ("behind", number, 32));

        BtfLoadException error = Assert.Throws<BtfLoadException>(() => BpfBtf.Load(blob.Parse()));

        Assert.True(error.Log.Length > 100_000, $"{error.Log.Length} characters");
        Assert.Contains("[3002] STRUCT last size=4 vlen=1; behind", error.Message);
    }

    [Fact]
    public void Load_WithoutCapability_NamesIt()
    {
        FaultyKernel kernel = WithoutCapabilities();

        BpfException error = Assert.Throws<BpfException>(() => BpfBtf.Load(kernel, new BtfBlob(EndianReader.Host).Parse()));

        Assert.StartsWith("Load BTF of 0 types: EPERM: needs CAP_BPF (this process does not have it)", error.Message);
        Assert.Equal([BpfCommand.BtfLoad], kernel.Commands);
    }

    [Fact]
    public void Load_SplitBtf_IsRefused()
    {
        BtfBlob kernel = new(EndianReader.Host);
        kernel.Int("int", 4);
        BtfBlob split = new(EndianReader.Host, kernel.NextId, kernel.EndOfStrings);
        split.Typedef("t", 1);

        BpfException error = Assert.Throws<BpfException>(() => BpfBtf.Load(split.Parse(kernel.Parse())));

        Assert.Equal("Split BTF cannot be loaded: the kernel takes none.", error.Message);
    }

    [Fact]
    public void LoadedIds_HoldWhatIsLoaded_AndNotWhatIsGone()
    {
        using BpfBtf btf = BpfBtf.Load(CollectionSpec.Load(TestObject.Path("counter")).Types!);
        uint[] ids = [.. BpfBtf.LoadedIds];

        Assert.Contains(btf.Info.Id, ids);
        Assert.Equal(ids.Order(), ids);
        using (BpfBtf again = BpfBtf.Open(btf.Info.Id)) Assert.Equal(btf.Info, again.Info);

        btf.Dispose();
        BpfException error = Assert.Throws<BpfException>(() => BpfBtf.Open(btf.Info.Id));
        Assert.Equal($"Open BTF {btf.Info.Id}: ENOENT: the kernel has none of this id (any more)", error.Message);
    }

    [Fact]
    public void OpenAll_FindsTheKernelsOwn_WithItsTypes()
    {
        Requires.Kernel(5, 11, "ids for the kernel's own BTF");
        using BpfBtf own = Assert.Single(OpenAll(RunningKernel.Instance, btf => btf.Info.Origin == BtfOrigin.Kernel));

        Assert.Equal("vmlinux", own.Info.Name);
        Assert.Same(KernelBtf.Types, own.ReadTypes());
        Assert.Equal($"BTF {own.Info.Id} (vmlinux)", own.ToString());
    }

    [Fact]
    public void OpenAll_WhatGoesAwayMeanwhile_IsLeftOut()
    {
        using BpfBtf gone = BpfBtf.Load(CollectionSpec.Load(TestObject.Path("counter")).Types!);
        using BpfBtf stays = BpfBtf.Load(CollectionSpec.Load(TestObject.Path("counter")).Types!);
        FaultyKernel kernel = new()
        {
            OnBpf = (command, attr) =>
                command == BpfCommand.BtfGetById && ((ObjectIdAttr*)attr)->Id == gone.Info.Id ? Errno.ENOENT : null,
        };

        List<uint> ids = [];
        foreach (BpfBtf btf in BpfBtf.OpenAll(kernel))
        {
            using (btf) ids.Add(btf.Info.Id);
        }

        Assert.Contains(stays.Info.Id, ids);
        Assert.DoesNotContain(gone.Info.Id, ids);
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void OpenAll_WithoutCapability_NamesIt()
    {
        BpfException error = Assert.Throws<BpfException>(() => BpfBtf.OpenAll(WithoutCapabilities()).Count());

        Assert.StartsWith("List the BTF in the kernel: EPERM: needs CAP_SYS_ADMIN (this process does not have it)", error.Message);
    }

    [Fact]
    public void ReadTypes_OfAModule_AreOnTheKernelsBase()
    {
        BtfSpec own = KernelBtf.Types;
        BtfBlob blob = new(EndianReader.Host, (uint)own.Count, own.Strings.End);
        blob.Typedef("in_module", 1);
        byte[] module = blob.Build();
        FaultyKernel kernel = new()
        {
            OnBpf = (command, attr) => command == BpfCommand.ObjectGetInfo ? Answer((ObjectInfoAttr*)attr, module) : null,
        };
        using BpfBtf btf = BpfBtf.Load(kernel, new BtfBlob(EndianReader.Host).Parse());

        BtfSpec types = btf.ReadTypes(own);

        Assert.Equal(new BpfBtfInfo(7, "mod", (uint)module.Length, BtfOrigin.Module), btf.Info);
        Assert.Same(own[1], types.Get<TypedefType>("in_module").Target);
        Assert.Equal(own.Count + 1, btf.ReadTypes().Count);
    }

    [Fact]
    public void Info_KernelThatKnowsNoNames_IsAskedWithoutOne()
    {
        FaultyKernel kernel = new()
        {
            OnBpf = (command, attr) =>
                command == BpfCommand.ObjectGetInfo && ((BtfInfo*)((ObjectInfoAttr*)attr)->Info)->NameSize != 0 ? Errno.E2BIG : null,
        };
        using BpfBtf btf = BpfBtf.Load(kernel, new BtfBlob(EndianReader.Host).Parse());

        Assert.Equal("", btf.Info.Name);
        Assert.True(btf.Info.Id > 0);
    }

    [Fact]
    public void LoadOpenRead_AnyOneCallFails_EndsWithAnErrorOrWithoutIt_AndLeavesNothingOpen()
    {
        BtfSpec types = CollectionSpec.Load(TestObject.Path("counter")).Types!;
        int failures = 0;
        for (int call = 1; ; call++)
        {
            FaultyKernel kernel = new() { FailingCall = call, FailingWith = Errno.ENOMEM };
            try
            {
                using BpfBtf btf = BpfBtf.Load(kernel, types);
                Assert.Equal(types.Count, btf.ReadTypes().Count);
                using BpfBtf opened = BpfBtf.Open(kernel, btf.Info.Id);
                Assert.Contains(btf.Info.Id, BpfBtf.IdsOf(kernel));
            }
            catch (BpfException error)
            {
                Assert.Contains("ENOMEM", error.Message);
                failures++;
            }

            Assert.Equal(0, kernel.OpenDescriptors);
            if (kernel.Calls < call) break;
        }

        Assert.True(failures > 3, $"{failures} failures");
    }

    [Fact]
    public void LoadOfACollection_TypesThatTheKernelRefuses_IsLoadedWithoutThem_AndSaysSo()
    {
        FaultyKernel kernel = new() { OnBpf = (command, _) => command == BpfCommand.BtfLoad ? Errno.EINVAL : null };
        ListLogger logger = new();

        using BpfCollection collection =
            BpfCollection.Load(CollectionSpec.Load(TestObject.Path("counter")), new CollectionOptions { Logger = logger }, kernel);

        string warning = Assert.Single(logger.Messages);
        Assert.StartsWith("Warning: Maps and programs are loaded without their types: Load BTF of ", warning);
    }

    private static List<BpfBtf> OpenAll(LinuxKernel kernel, Func<BpfBtf, bool> wanted)
    {
        List<BpfBtf> all = [];
        foreach (BpfBtf btf in BpfBtf.OpenAll(kernel))
        {
            if (wanted(btf)) all.Add(btf);
            else btf.Dispose();
        }

        return all;
    }

    private static FaultyKernel WithoutCapabilities()
    {
        FaultyKernel kernel = new() { OnBpf = (_, _) => Errno.EPERM };
        kernel.Files["/proc/self/status"] = "Name:\tx\nCapEff:\t0000000000000000\nSeccomp:\t0\n";
        return kernel;
    }

    /// <summary>Answers as the kernel does for the BTF of a module.</summary>
    private static Errno? Answer(ObjectInfoAttr* attr, byte[] content)
    {
        BtfInfo* info = (BtfInfo*)attr->Info;
        if (info->Data != null) content.AsSpan(0, (int)info->Size).CopyTo(new Span<byte>(info->Data, (int)info->Size));
        if (info->Name != null) "mod\0"u8.CopyTo(new Span<byte>(info->Name, (int)info->NameSize));
        info->Id = 7;
        info->Size = (uint)content.Length;
        info->IsKernel = 1;
        return Errno.None;
    }
}
