using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Ebpf.Linux;
using Ebpf.TestData;

namespace Ebpf.Tests.Maps;

public sealed class ExclusiveMapTests
{
    [Fact]
    public void Create_ExclusiveProgramHash_LetsOnlyThatProgramUseTheMap()
    {
        Requires.Kernel(6, 18, "exclusive programs");
        MapSpec spec = Make.Spec(MapType.Array);
        spec.ExclusiveProgramHash = SHA256.HashData(Code(descriptor: 0, result: 0));
        using BpfMap map = BpfMap.Create(spec);

        Assert.Equal(Errno.None, Load(map, result: 0));
        Assert.Equal(Errno.EACCES, Load(map, result: 1));
    }

    [Fact]
    public void Load_ExclusiveProgram_LetsOnlyThatProgramUseTheMaps()
    {
        Requires.Kernel(6, 18, "exclusive programs");
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("counter"));

        // Of which the program loads both the map itself and places in its value.
        spec.Maps["pkt_count"].ExclusiveProgram = "count_packets";
        spec.Maps[".rodata"].ExclusiveProgram = "count_packets";
        spec.Maps[".bss"].ExclusiveProgram = "count_packets";
        using BpfCollection collection = BpfCollection.Load(spec);

        collection.Programs["count_packets"].TestRun(Packets.Udp());

        Assert.Equal(1ul, collection.Maps["pkt_count"].AsPerCpu<uint, ulong>().Sum(Packets.UdpProtocol));
        Assert.True(spec.Maps["pkt_count"].ExclusiveProgramHash.IsEmpty);
    }

    [Fact]
    public void Load_ProgramUsesAMapThatIsForAnother_IsRefused()
    {
        Requires.Kernel(6, 18, "exclusive programs");
        CollectionSpec spec = CollectionFixture.MapsSpec();
        spec.Maps["typed"].ExclusiveProgram = "other";

        VerifierException error = Assert.Throws<VerifierException>(() => BpfCollection.Load(spec));

        Assert.Equal(Errno.EACCES, error.Errno);
        Assert.Equal("count", error.Program);
    }

    [Fact]
    public void ComputeHash_OfAPreparedProgram_IsWhatMakesAMapForIt()
    {
        Requires.Kernel(6, 18, "exclusive programs");
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("counter"));
        using PreparedCollection prepared = BpfCollection.Prepare(spec);
        spec.Maps["pkt_count"].ExclusiveProgramHash = prepared.Programs["count_packets"].ComputeHash();

        BpfCollection.Load(spec).Dispose();

        Assert.Equal(32, spec.Maps["pkt_count"].ExclusiveProgramHash.Length);
    }

    [Fact]
    public void Load_ExclusiveProgramThatIsNotThere_SaysWhichThereIs()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("counter"));
        spec.Maps["pkt_count"].ExclusiveProgram = "count_packet";

        Assert.Equal(
            "Create map \"pkt_count\": it is for program \"count_packet\" alone, which the collection does not have; similar: count_packets",
            Assert.Throws<BpfException>(() => BpfCollection.Load(spec)).Message);
        Assert.Contains("as part of a collection", Assert.Throws<ArgumentException>(() => BpfMap.Create(spec.Maps["pkt_count"])).Message);
        spec.Maps["pkt_count"].ExclusiveProgramHash = new byte[32];
        Assert.Contains("both", Assert.Throws<BpfException>(() => BpfCollection.Load(spec)).Message);
    }

    /// <summary>Loads the map's address, and returns a number.</summary>
    private static byte[] Code(int descriptor, byte result)
    {
        ulong[] code = [0x1118 | ((ulong)(uint)descriptor << 32), 0, 0xb7 | ((ulong)result << 32), 0x95];
        return MemoryMarshal.AsBytes<ulong>(code).ToArray();
    }

    private static unsafe Errno Load(BpfMap map, byte result)
    {
        using BorrowedDescriptor borrowed = map.Handle.Borrow();
        fixed (byte* code = Code(borrowed.Descriptor, result), license = "GPL\0"u8)
        {
            ProgramLoadAttr attr = new()
            {
                Type = ProgramType.SocketFilter,
                Instructions = code,
                InstructionCount = 4,
                License = license,
            };
            RunningKernel.Instance.LoadProgram(ref attr, out Errno error)?.Dispose();
            return error;
        }
    }
}
