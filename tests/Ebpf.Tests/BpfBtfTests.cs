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
        Assert.Equal(new BtfInfo { Id = btf.Id, Size = btf.GetInfo().Size, Origin = BtfOrigin.Program }, btf.GetInfo());
        Assert.True(btf.Id > 0);
        Assert.Equal($"BTF {btf.Id}", btf.ToString());
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
            BtfLoadException error = Assert.Throws<BtfLoadException>(() => BpfBtf.Load(types, kernel: kernel));

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

        BpfException error = Assert.Throws<BpfException>(() => BpfBtf.Load(new BtfBlob(EndianReader.Host).Parse(), kernel: kernel));

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
    public void ListIds_HoldWhatIsLoaded_AndNotWhatIsGone()
    {
        using BpfBtf btf = BpfBtf.Load(CollectionSpec.Load(TestObject.Path("counter")).Types!);
        uint[] ids = [.. BpfBtf.ListIds()];

        Assert.Contains(btf.Id, ids);
        Assert.Equal(ids.Order(), ids);
        using (BpfBtf again = BpfBtf.Open(btf.Id)) Assert.Equal(btf.GetInfo(), again.GetInfo());

        btf.Dispose();
        BpfException error = Assert.Throws<BpfException>(() => BpfBtf.Open(btf.Id));
        Assert.Equal($"Open BTF {btf.Id}: ENOENT: there is no BTF with this id", error.Message);
    }

    [Fact]
    public void OpenAll_FindsTheKernelsOwn_WithItsTypes()
    {
        Requires.Kernel(5, 11, "ids for the kernel's own BTF");
        using BpfBtf own = Assert.Single(OpenAll(RunningKernel.Instance, btf => btf.GetInfo().Origin == BtfOrigin.Kernel));

        Assert.Equal("vmlinux", own.GetInfo().Name);
        Assert.Same(KernelBtf.GetTypes(), own.ReadTypes());
        Assert.Equal($"BTF {own.Id} (vmlinux)", own.ToString());
    }

    [Fact]
    public void OpenAll_WhatGoesAwayMeanwhile_IsLeftOut()
    {
        using BpfBtf gone = BpfBtf.Load(CollectionSpec.Load(TestObject.Path("counter")).Types!);
        using BpfBtf stays = BpfBtf.Load(CollectionSpec.Load(TestObject.Path("counter")).Types!);
        FaultyKernel kernel = new()
        {
            OnBpf = (command, attr) =>
                command == BpfCommand.BtfGetById && ((ObjectIdAttr*)attr)->Id == gone.Id ? Errno.ENOENT : null,
        };

        List<uint> ids = [];
        foreach (BpfBtf btf in BpfBtf.OpenAll(kernel))
        {
            using (btf) ids.Add(btf.Id);
        }

        Assert.Contains(stays.Id, ids);
        Assert.DoesNotContain(gone.Id, ids);
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void OpenAll_WithoutCapability_NamesIt()
    {
        BpfException error = Assert.Throws<BpfException>(() => BpfBtf.OpenAll(WithoutCapabilities()).Count());

        Assert.StartsWith("List all BTF: EPERM: needs CAP_SYS_ADMIN (this process does not have it)", error.Message);
    }

    [Fact]
    public void ReadTypes_OfAModule_AreOnTheKernelsBase()
    {
        BtfSpec own = KernelBtf.GetTypes();
        BtfBlob blob = new(EndianReader.Host, (uint)own.Count, own.Strings.End);
        blob.Typedef("in_module", 1);
        byte[] module = blob.Build();
        FaultyKernel kernel = new()
        {
            OnBpf = (command, attr) => command == BpfCommand.ObjectGetInfo ? Answer((ObjectInfoAttr*)attr, module) : null,
        };
        using BpfBtf btf = BpfBtf.Load(new BtfBlob(EndianReader.Host).Parse(), kernel: kernel);

        BtfSpec types = btf.ReadTypes(own);

        Assert.Equal(new BtfInfo { Id = 7, Name = "mod", Size = (uint)module.Length, Origin = BtfOrigin.Module }, btf.GetInfo());
        Assert.Same(own[1], types.Get<TypedefType>("in_module").Target);
        Assert.Equal(own.Count + 1, btf.ReadTypes().Count);
    }

    [Fact]
    public void Info_KernelThatKnowsNoNames_IsAskedWithoutOne()
    {
        FaultyKernel kernel = new()
        {
            OnBpf = (command, attr) =>
                command == BpfCommand.ObjectGetInfo && ((KernelBtfInfo*)((ObjectInfoAttr*)attr)->Info)->NameSize != 0 ? Errno.E2BIG : null,
        };
        using BpfBtf btf = BpfBtf.Load(new BtfBlob(EndianReader.Host).Parse(), kernel: kernel);

        Assert.Equal("", btf.GetInfo().Name);
        Assert.True(btf.Id > 0);
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
                using BpfBtf btf = BpfBtf.Load(types, kernel: kernel);
                Assert.Equal(types.Count, btf.ReadTypes().Count);
                using BpfBtf opened = BpfBtf.Open(btf.Id, kernel: kernel);
                Assert.Contains(btf.Id, BpfBtf.ListIds(kernel: kernel));
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
            BpfCollection.Load(CollectionSpec.Load(TestObject.Path("counter")), new CollectionOptions { Logger = logger, Kernel = kernel });

        string warning = Assert.Single(logger.Messages);
        Assert.StartsWith("Warning: Maps and programs are loaded without BTF: Load BTF of ", warning);
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
        kernel.Files["/proc/thread-self/status"] = "Name:\tx\nCapEff:\t0000000000000000\nSeccomp:\t0\n";
        return kernel;
    }

    /// <summary>Answers as the kernel does for the BTF of a module.</summary>
    private static Errno? Answer(ObjectInfoAttr* attr, byte[] content)
    {
        KernelBtfInfo* info = (KernelBtfInfo*)attr->Info;
        if (info->Data != null) content.AsSpan(0, (int)info->Size).CopyTo(new Span<byte>(info->Data, (int)info->Size));
        if (info->Name != null) "mod\0"u8.CopyTo(new Span<byte>(info->Name, (int)info->NameSize));
        info->Id = 7;
        info->Size = (uint)content.Length;
        info->IsKernel = 1;
        return Errno.None;
    }
}
