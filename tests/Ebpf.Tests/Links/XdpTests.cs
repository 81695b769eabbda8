using Ebpf.TestData;

namespace Ebpf.Tests.Links;

public sealed class XdpTests : IDisposable
{
    private readonly VirtualInterfaces _interfaces = new();

    public void Dispose() => _interfaces.Dispose();

    [Theory]
    [InlineData(XdpMode.Generic)]
    [InlineData(XdpMode.Driver)]
    [InlineData(XdpMode.Default)]
    public void AttachXdp_Interface_CountsThePacketsThatArrive(XdpMode mode)
    {
        using BpfCollection collection = Load();
        BpfPerCpuMap<uint, ulong> counts = collection.Maps["pkt_count"].AsPerCpu<uint, ulong>();

        using (BpfLink link = collection.Programs["count_packets"].AttachXdp(_interfaces.Name, new XdpOptions { Mode = mode }))
        {
            Assert.True(link.Id > 0);
            for (int i = 0; i < 10; i++) _interfaces.SendFromPeer(Packets.Udp());
            for (int i = 0; i < 4; i++) _interfaces.SendFromPeer(Packets.Tcp());
            Assert.True(SpinWait.SpinUntil(() => counts.Sum(Packets.TcpProtocol) == 4, TimeSpan.FromSeconds(20)));
        }

        Assert.Equal(10ul, counts.Sum(Packets.UdpProtocol));
        Assert.Equal(4ul, counts.Sum(Packets.TcpProtocol));
    }

    [Fact]
    public void AttachXdp_ByIndex_IsTheSame()
    {
        using BpfCollection collection = Load();

        using BpfLink link = collection.Programs["count_packets"].AttachXdp(_interfaces.Index);

        Assert.Equal(LinkType.Xdp, link.Type);
    }

    [Fact]
    public void AttachXdp_NoSuchInterface_NamesIt()
    {
        using BpfCollection collection = Load();

        BpfException error = Assert.Throws<BpfException>(() => collection.Programs["count_packets"].AttachXdp("nowhere0"));

        Assert.Equal(
            "Attach program \"count_packets\" on interface nowhere0: ENODEV: there is no interface of this name in this network namespace",
            error.Message);
    }

    [Fact]
    public void AttachXdp_Taken_SaysThatAnotherIsThere()
    {
        using BpfCollection collection = Load();
        using BpfLink first = collection.Programs["count_packets"].AttachXdp(_interfaces.Name);

        BpfException error = Assert.Throws<BpfException>(() => collection.Programs["count_packets"].AttachXdp(_interfaces.Name));

        Assert.Equal(Errno.EBUSY, error.Errno);
        Assert.Contains("another XDP program is attached there", error.Message);
    }

    [Fact]
    public void AttachXdp_Disposed_MakesRoom()
    {
        using BpfCollection collection = Load();
        collection.Programs["count_packets"].AttachXdp(_interfaces.Name).Dispose();

        using BpfLink second = collection.Programs["count_packets"].AttachXdp(_interfaces.Name);

        Assert.True(second.Id > 0);
    }

    [Fact]
    public void Update_ExpectedProgramIsNotAttached_SaysSoAndReplacesNothing()
    {
        using BpfCollection first = Load();
        using BpfCollection second = Load();
        BpfProgram attached = first.Programs["count_packets"], other = second.Programs["count_packets"];
        using BpfLink link = attached.AttachXdp(_interfaces.Name);

        BpfException error = Assert.Throws<BpfException>(() => link.Update(other, expected: other));

        Assert.Equal((Errno.EPERM, $"the program that is attached now is not \"count_packets\" but the one with id {attached.Id}"), (error.Errno, error.Advice));
        Assert.Equal(attached.Id, link.GetInfo().ProgramId);
        link.Update(other, expected: attached);
        Assert.Equal(other.Id, link.GetInfo().ProgramId);
    }

    [Fact]
    public void AttachXdp_ModeThatThereIsNot_IsAMistake()
    {
        using BpfCollection collection = Load();

        Assert.Throws<ArgumentOutOfRangeException>(
            () => collection.Programs["count_packets"].AttachXdp(_interfaces.Name, new XdpOptions { Mode = (XdpMode)6 }));
    }

    [Fact]
    public void Members_OfADisposedLink_NameIt()
    {
        using BpfCollection collection = Load();
        BpfLink link = collection.Programs["count_packets"].AttachXdp(_interfaces.Name);
        link.Dispose();

        Assert.Equal(link.Description, Assert.Throws<ObjectDisposedException>(link.GetInfo).ObjectName);
        Assert.Equal(link.Description, Assert.Throws<ObjectDisposedException>(() => link.Update(collection.Programs["count_packets"])).ObjectName);
    }

    [Fact]
    public void AttachXdp_LinkNobodyDisposes_OutlivesTheGarbageCollector()
    {
        using BpfCollection collection = Load();
        AttachAndForget(collection.Programs["count_packets"]);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        BpfPerCpuMap<uint, ulong> counts = collection.Maps["pkt_count"].AsPerCpu<uint, ulong>();
        _interfaces.SendFromPeer(Packets.Udp());

        Assert.True(SpinWait.SpinUntil(() => counts.Sum(Packets.UdpProtocol) == 1, TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public void Update_OtherProgram_TakesItsPlace()
    {
        using BpfCollection first = Load();
        using BpfCollection second = Load();
        using BpfLink link = first.Programs["count_packets"].AttachXdp(_interfaces.Name);

        link.Update(second.Programs["count_packets"]);
        _interfaces.SendFromPeer(Packets.Udp());

        BpfPerCpuMap<uint, ulong> counts = second.Maps["pkt_count"].AsPerCpu<uint, ulong>();
        Assert.True(SpinWait.SpinUntil(() => counts.Sum(Packets.UdpProtocol) == 1, TimeSpan.FromSeconds(20)));
        Assert.Equal(0ul, first.Maps["pkt_count"].AsPerCpu<uint, ulong>().Sum(Packets.UdpProtocol));
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private void AttachAndForget(BpfProgram program) => program.AttachXdp(_interfaces.Name);

    private static BpfCollection Load() => BpfCollection.Load(CollectionSpec.Load(TestObject.Path("counter")));
}
