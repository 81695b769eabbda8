using System.Security.Cryptography;
using Ebpf.Linux;
using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Maps;

public sealed class MapInfoTests
{
    [Fact]
    public void Info_TellsWhatTheMapWasMadeOf()
    {
        using BpfMap map = Make.Map(MapType.Hash, keySize: 12, valueSize: 20, maxEntries: 30, flags: MapFlags.NoPreallocation);
        MapInfo info = map.GetInfo();

        Assert.Equal(
            (MapType.Hash, map.Id, "test", 12, 20, 30u, MapFlags.NoPreallocation),
            (info.Type, info.Id, info.Name, info.KeySize, info.ValueSize, info.MaxEntries, info.Flags));
        Assert.Equal((0, 0u, 0u, 0u, 0UL), (info.InterfaceIndex, info.BtfId, info.KeyTypeId.Value, info.ValueTypeId.Value, info.Extra));
        Assert.Equal((null, null), (info.OwnerProgramType, info.OwnerIsJited));
        Assert.True(info.MemorySize > 0);
    }

    [Fact]
    public void Info_OfAFrozenMap_SaysSo()
    {
        using BpfMap map = Make.Map(MapType.Array);
        Assert.False(map.GetInfo().IsFrozen);
        map.Freeze();

        Assert.True(map.GetInfo().IsFrozen);
    }

    [Fact]
    public void Info_WithTypes_NamesThem()
    {
        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestData.TestObject.Path("counter")));
        MapInfo info = collection.Maps["pkt_count"].GetInfo();

        Assert.True(info.BtfId > 0);
        Assert.False(info.KeyTypeId.IsVoid);
        Assert.False(info.ValueTypeId.IsVoid);
    }

    [Fact]
    public void Info_OfAProgramArray_NamesTheKindOfItsPrograms()
    {
        using BpfMap map = Make.Map(MapType.ProgramArray, valueSize: 4);
        using BpfHandle program = Make.Program(RunningKernel.Instance);
        using BorrowedDescriptor borrowed = program.Borrow();
        map.Update(new byte[4], BitConverter.GetBytes(borrowed.Descriptor));

        Assert.Equal(ProgramType.SocketFilter, map.GetInfo().OwnerProgramType);
        Assert.NotNull(map.GetInfo().OwnerIsJited);
    }

    [Fact]
    public void Info_WithoutProc_LeavesOutWhatItTells()
    {
        FaultyKernel kernel = new();
        using BpfMap map = Make.Map(kernel, Make.Spec(MapType.Hash));
        using (BorrowedDescriptor borrowed = map.Handle.Borrow()) kernel.Files[$"/proc/thread-self/fdinfo/{borrowed.Descriptor}"] = null;

        Assert.Equal((MapType.Hash, null, null), (map.GetInfo().Type, map.GetInfo().MemorySize, map.GetInfo().IsFrozen));
    }

    [Fact]
    public unsafe void Info_OlderKernel_LeavesZeros()
    {
        // Linux 4.15 fills the structure up to the name, and says so.
        FaultyKernel kernel = new();
        using BpfMap map = Make.Map(kernel, Make.Spec(MapType.Hash));
        kernel.OnBpf = (command, attr) =>
        {
            if (command != BpfCommand.ObjectGetInfo) return null;
            KernelMapInfo* info = (KernelMapInfo*)((ObjectInfoAttr*)attr)->Info;
            (info->Type, info->Id) = (MapType.Hash, 17);
            return Errno.None;
        };

        Assert.Equal((17u, 0UL, 0u, ""), (map.GetInfo().Id, map.GetInfo().Extra, map.GetInfo().BtfId, map.GetInfo().Name));
    }

    [Fact]
    public void ComputeHash_IsThatOfTheContents()
    {
        Requires.Kernel(6, 18, "hashes of maps");
        using BpfMap map = Make.Map(MapType.Array, valueSize: 8, maxEntries: 16);
        byte[] content = new byte[128];
        Random.Shared.NextBytes(content);
        for (int i = 0; i < 16; i++) map.Update(BitConverter.GetBytes(i), content.AsSpan(i * 8, 8));
        Assert.Equal("only of a frozen map: freeze it first", Assert.Throws<BpfException>(map.ComputeHash).Advice);
        map.Freeze();

        Assert.Equal(SHA256.HashData(content), map.ComputeHash());
    }

    [Fact]
    public void ComputeHash_OtherKind_SaysSo()
    {
        Requires.Kernel(6, 18, "hashes of maps");
        using BpfMap map = Make.Map(MapType.Hash);

        Assert.Equal("the kernel has no hash of Hash maps", Assert.Throws<BpfException>(map.ComputeHash).Advice);
    }

    [Fact]
    public void ComputeHash_OlderKernel_NamesTheVersion()
    {
        FaultyKernel kernel = new() { OnBpf = (command, _) => command == BpfCommand.ObjectGetInfo ? Errno.E2BIG : null };
        using BpfMap map = Make.Map(kernel, Make.Spec(MapType.Array));

        Assert.Equal(new Version(6, 18), Assert.Throws<FeatureNotSupportedException>(map.ComputeHash).Since);
    }

    [Fact]
    public void All_HoldsEveryMapOfTheMachine()
    {
        using BpfMap one = Make.Map(MapType.Hash);
        using BpfMap other = Make.Map(MapType.Array);
        uint[] ids = [.. BpfMap.ListIds()];
        HashSet<uint> found = [];
        foreach (BpfMap map in BpfMap.OpenAll())
        {
            using (map) found.Add(map.Id);
        }

        Assert.Equal(ids.Order(), ids);
        Assert.Contains(one.Id, ids);
        Assert.Contains(one.Id, found);
        Assert.Contains(other.Id, found);
    }

    [Fact]
    public void All_OneGoesAwayMeanwhile_IsLeftOut()
    {
        using BpfMap one = Make.Map(MapType.Hash);
        using BpfMap other = Make.Map(MapType.Hash);
        uint gone = one.Id;
        FaultyKernel kernel = new() { OnBpf = Answer };
        List<uint> found = [];
        foreach (BpfMap map in BpfMap.OpenAll(kernel))
        {
            using (map) found.Add(map.Id);
        }

        Assert.DoesNotContain(gone, found);
        Assert.Contains(other.Id, found);
        Assert.Equal(0, kernel.OpenDescriptors);

        unsafe Errno? Answer(BpfCommand command, nint attr) =>
            command == BpfCommand.MapGetById && ((ObjectIdAttr*)attr)->Id == gone ? Errno.ENOENT : null;
    }

    [Fact]
    public void All_WithoutRights_NamesTheCapability()
    {
        FaultyKernel kernel = new()
        {
            OnBpf = (_, _) => Errno.EPERM,
            Files = { ["/proc/thread-self/status"] = "CapEff:\t0000000000000000\n" },
        };

        BpfException error = Assert.Throws<BpfException>(() => BpfMap.OpenAll(kernel).GetEnumerator().MoveNext());

        Assert.Equal(("List all maps", "needs CAP_SYS_ADMIN (this process does not have it)"), (error.Operation, error.Advice));
    }

    [Fact]
    public void FromId_ReadOnly_RefusesToWrite()
    {
        using BpfMap map = Make.Map(MapType.Hash);
        using BpfMap again = BpfMap.Open(map.Id, MapAccess.ReadOnly);

        Assert.Equal(MapAccess.ReadOnly, again.Access);
        Assert.Equal(Errno.EPERM, Assert.Throws<BpfException>(() => again.Update(new byte[4], new byte[8])).Errno);
    }

    [Theory]
    [InlineData(MapFlags.None, MapAccess.ReadWrite)]
    [InlineData(MapFlags.ReadOnly, MapAccess.ReadOnly)]
    [InlineData(MapFlags.WriteOnly, MapAccess.WriteOnly)]
    public void FromDescriptor_TakesOverWithItsAccess(MapFlags flags, MapAccess access)
    {
        FaultyKernel kernel = new();
        using (BpfMap map = Make.Map(kernel, Make.Spec(MapType.Hash, flags: flags)))
        {
            using BorrowedDescriptor own = map.Handle.Borrow();
            using BpfMap taken = BpfMap.FromDescriptor(kernel.Duplicate(own.Descriptor).Value, kernel);
            Assert.Equal((access, access, map.Id), (map.Access, taken.Access, taken.Id));
        }

        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void FromDescriptor_OfSomethingElse_IsRefusedAndClosed()
    {
        FaultyKernel kernel = new();
        int file = kernel.Open("/proc/version", OpenMode.ReadOnly).Value;

        Assert.Equal(
            "it is no descriptor of a map", Assert.Throws<BpfException>(() => BpfMap.FromDescriptor(file, kernel)).Advice);
        Assert.Equal(0, kernel.OpenDescriptors);
        Assert.Throws<ArgumentOutOfRangeException>(() => BpfMap.FromDescriptor(-1));
    }
}
