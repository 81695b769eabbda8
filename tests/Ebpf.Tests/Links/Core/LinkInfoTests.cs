using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Ebpf.Linux;
using Ebpf.TestData;

namespace Ebpf.Tests.Links.Core;

public sealed class LinkInfoTests : IDisposable
{
    private readonly KindsOfLinks _links = new();

    public void Dispose() => _links.Dispose();

    [Fact]
    public void GetInfo_Xdp_TellsTheInterface()
    {
        using VirtualInterfaces interfaces = new();
        BpfLink link = _links.Xdp(interfaces.Index);

        XdpLinkInfo info = Assert.IsType<XdpLinkInfo>(link.GetInfo());

        Assert.Equal((LinkType.Xdp, link.Id, interfaces.Index, false), (info.Type, info.Id, info.InterfaceIndex, info.IsDetached));
        Assert.True(info.ProgramId > 0);
    }

    [Fact]
    public void GetInfo_Tcx_TellsTheInterfaceAndTheDirection()
    {
        Requires.Kernel(6, 6, "tcx");
        using VirtualInterfaces interfaces = new();

        TcxLinkInfo info = Assert.IsType<TcxLinkInfo>(_links.Tcx(interfaces.Index).GetInfo());

        Assert.Equal((interfaces.Index, AttachType.TcxIngress, false), (info.InterfaceIndex, info.AttachType, info.IsDetached));
    }

    [Fact]
    public void GetInfo_Cgroup_IsWhatBpftoolReads()
    {
        using CgroupFixture cgroup = new();
        using BpfLink link = _links.Cgroup(cgroup.Path);

        CgroupLinkInfo info = Assert.IsType<CgroupLinkInfo>(link.GetInfo());

        Assert.Equal((cgroup.Id, AttachType.CgroupInetEgress), (info.CgroupId, info.AttachType));
        JsonElement read = Bpftool(link);
        Assert.Equal(read.GetProperty("cgroup_id").GetUInt64(), info.CgroupId);
        Assert.Equal(read.GetProperty("prog_id").GetUInt32(), info.ProgramId);
    }

    [Fact]
    public void GetInfo_Netns_IsWhatBpftoolReads()
    {
        BpfLink link = _links.Netns();

        NetworkNamespaceLinkInfo info = Assert.IsType<NetworkNamespaceLinkInfo>(link.GetInfo());

        Assert.Equal((AttachType.SkLookup, false), (info.AttachType, info.IsDetached));
        Assert.Equal(Bpftool(link).GetProperty("netns_ino").GetUInt32(), info.NamespaceInode);
    }

    [Fact]
    public void GetInfo_RawTracepoint_TellsTheNameWhichBpftoolReads()
    {
        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("tracing")));
        using BpfLink link = collection.Programs["on_raw_enter"].Attach();

        RawTracepointLinkInfo info = Assert.IsType<RawTracepointLinkInfo>(link.GetInfo());

        Assert.Equal(("sys_enter", collection.Programs["on_raw_enter"].Id), (info.Name, info.ProgramId));
        Assert.Equal(Bpftool(link).GetProperty("tp_name").GetString(), info.Name);
        Assert.Null(info.IsDetached);
    }

    [Fact]
    public void GetInfo_Tracepoint_TellsNameAndCookie()
    {
        Requires.Kernel(6, 9, "cookies in information about perf events");
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("tracing"));
        spec.Programs["on_cookie"].AutoLoad = true;
        using BpfCollection collection = BpfCollection.Load(spec);
        using BpfLink link = collection.Programs["on_cookie"].AttachTracepoint("raw_syscalls", "sys_enter", new TracepointOptions { Cookie = 77 });

        TracepointLinkInfo info = Assert.IsType<TracepointLinkInfo>(link.GetInfo());

        Assert.Equal(("sys_enter", 77ul, LinkType.PerfEvent), (info.Name, info.Cookie, info.Type));
    }

    [Fact]
    public void GetInfo_Netfilter_TellsWhere()
    {
        Requires.Kernel(6, 4, "netfilter programs");

        NetfilterLinkInfo info = Assert.IsType<NetfilterLinkInfo>(_links.Netfilter(-4321).GetInfo());

        Assert.Equal((2u, 1u, -4321), (info.ProtocolFamily, info.Hook, info.Priority));
        Assert.NotEqual(true, info.Defragments);
    }

    [Fact]
    public void GetInfo_TaskIterator_TellsTheProcess()
    {
        Requires.Kernel(6, 1, "iterators over the tasks of a process");
        BpfLink link = _links.Iterator("task", 0, (uint)Environment.ProcessId, 0);

        TaskIteratorLinkInfo info = Assert.IsType<TaskIteratorLinkInfo>(link.GetInfo());

        Assert.Equal(("task", 0, Environment.ProcessId), (info.Target, info.ThreadId, info.ProcessId));
        Assert.Equal("task", Bpftool(link).GetProperty("target_name").GetString());
    }

    [Fact]
    public void GetInfo_MapIterator_TellsTheMap()
    {
        Requires.Kernel(5, 10, "iterators over maps");
        using BpfMap map = BpfMap.Create(new MapSpec { Name = "some", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 1 });
        using BorrowedDescriptor borrowed = map.Handle.Borrow();
        BpfLink link = _links.Iterator("bpf_map_elem", (uint)borrowed.Descriptor);

        MapIteratorLinkInfo info = Assert.IsType<MapIteratorLinkInfo>(link.GetInfo());

        Assert.Equal(("bpf_map_elem", map.GetInfo().Id), (info.Target, info.MapId));
        Assert.Equal(Bpftool(link).GetProperty("map_id").GetUInt32(), info.MapId);
    }

    [Fact]
    public void GetInfo_CgroupIterator_TellsCgroupAndOrder()
    {
        Requires.Kernel(6, 1, "iterators over cgroups");
        using CgroupFixture fixture = new();
        using BpfHandle cgroup = CgroupFixture.Open(fixture.Path);
        using BorrowedDescriptor borrowed = cgroup.Borrow();

        // order, cgroup_fd, cgroup_id
        BpfLink link = _links.Iterator("cgroup", 1, (uint)borrowed.Descriptor, 0, 0);

        CgroupIteratorLinkInfo info = Assert.IsType<CgroupIteratorLinkInfo>(link.GetInfo());
        Assert.Equal(("cgroup", fixture.Id, 1u), (info.Target, info.CgroupId, info.Order));
    }

    [Fact]
    public void GetInfo_StructOps_TellsTheMap()
    {
        Requires.Kernel(6, 4, "links of struct_ops");
        StructOpsFixture fixture = new("linked");
        using BpfCollection collection = fixture.Load();
        using BpfLink link = collection.Maps["linked"].AsStructOps().Attach();

        StructOpsLinkInfo info = Assert.IsType<StructOpsLinkInfo>(link.GetInfo());

        Assert.Equal((collection.Maps["linked"].GetInfo().Id, 0u, false), (info.MapId, info.ProgramId, info.IsDetached));
        link.Detach();
        Assert.True(link.IsDetached());
        Assert.True(link.GetInfo().IsDetached);
        Assert.False(fixture.IsRegistered);
    }

    [Fact]
    public void ListInfos_FindsEveryLink_WithItsOwnKind()
    {
        using VirtualInterfaces interfaces = new();
        BpfLink xdp = _links.Xdp(interfaces.Index), netns = _links.Netns();

        List<LinkInfo> infos = [.. BpfLink.ListInfos()];

        Assert.Contains(infos, info => info is XdpLinkInfo && info.Id == xdp.Id);
        Assert.Contains(infos, info => info is NetworkNamespaceLinkInfo && info.Id == netns.Id);
    }

    private static JsonElement Bpftool(BpfLink link)
    {
        string id = link.Id!.Value.ToString(CultureInfo.InvariantCulture);
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("bpftool", ["-j", "link", "show", "id", id]) { RedirectStandardOutput = true })!;
            string json = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return JsonDocument.Parse(json).RootElement.Clone();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("bpftool is not installed");
            throw;
        }
    }
}
