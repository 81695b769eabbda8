using System.Globalization;
using Ebpf.Linux;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Links.Network;

/// <summary>Every system call of every way of attaching made to fail once: nothing is left. And attaching often, which leaves nothing either.</summary>
public sealed class NetworkFaultTests : IDisposable
{
    /// <summary>EBPF_CYCLES: how often programs are attached and detached; ten thousand take minutes.</summary>
    private static readonly int Cycles =
        int.TryParse(Environment.GetEnvironmentVariable("EBPF_CYCLES"), NumberStyles.None, CultureInfo.InvariantCulture, out int cycles) ? cycles : 100;

    private readonly VirtualInterfaces _interfaces = new();

    public void Dispose() => _interfaces.Dispose();

    [Theory]
    [InlineData("xdp", Errno.ENOMEM)]
    [InlineData("xdp", Errno.EPERM)]
    [InlineData("xdp-netlink", Errno.ENOMEM)]
    [InlineData("xdp-netlink", Errno.ENOBUFS)]
    [InlineData("xdp-replace", Errno.ENOMEM)]
    [InlineData("clsact-qdisc", Errno.ENOMEM)]
    [InlineData("clsact-qdisc", Errno.ENOBUFS)]
    [InlineData("clsact-leftover", Errno.ENOMEM)]
    [InlineData("tcx", Errno.ENOMEM)]
    [InlineData("netfilter", Errno.ENOMEM)]
    public void Attach_AnyOneCallFails_LeavesNothing(string kind, Errno failure)
    {
        if (kind == "tcx") Requires.Kernel(6, 6, "tcx");
        if (kind == "netfilter") Requires.Kernel(6, 4, "netfilter programs");
        FaultyKernel kernel = new();
        using BpfCollection collection = NetworkFixture.Load(kernel, kind.StartsWith("xdp", StringComparison.Ordinal) ? "on_xdp" : kind == "netfilter" ? "on_netfilter" : "on_ingress");
        using BpfCollection earlier = NetworkFixture.Load("other_xdp", "on_ingress");
        bool hasOther = kind is "xdp-replace" or "clsact-leftover";
        if (kind == "clsact-leftover") NetworkFixture.Tc($"qdisc add dev {_interfaces.Name} clsact");
        int open = kernel.OpenDescriptors;
        for (int call = 1; ; call++)
        {
            // What an earlier run left is there each time.
            using BpfLink? other = kind switch
            {
                "xdp-replace" => earlier.Programs["other_xdp"].AttachXdp(_interfaces.Name, new() { WithoutLink = true }),
                "clsact-leftover" => earlier.Programs["on_ingress"].AttachClsact(_interfaces.Name),
                _ => null,
            };
            kernel.FailingWith = failure;
            kernel.FailingCall = kernel.Calls + call;
            bool attached = false;
            try
            {
                BpfLink link = Attach(kind, collection, earlier);
                attached = true;
                bool was = kernel.Calls < kernel.FailingCall;
                kernel.FailingCall = 0;
                link.DetachAndDispose();
                if (was)
                {
                    Assert.True(call > 1);
                    AssertNothing(hasOther: false);
                    break;
                }
            }
            catch (BpfException error)
            {
                if (error.Errno == Errno.EEXIST) Assert.StartsWith("another filter is there, which cannot be read", error.Advice);
                else Assert.Equal(failure, error.Errno);
            }

            kernel.FailingCall = 0;
            Assert.Equal(open, kernel.OpenDescriptors);
            AssertNothing(hasOther && !attached, kind == "clsact-qdisc" ? false : null);
        }

        Assert.Equal(open, kernel.OpenDescriptors);
    }

    [Theory]
    [InlineData("xdp")]
    [InlineData("xdp-netlink")]
    [InlineData("clsact")]
    [InlineData("clsact-qdisc")]
    [InlineData("tcx")]
    [InlineData("netfilter")]
    public void Attach_ManyTimes_LeavesNothing(string kind)
    {
        if (kind == "tcx") Requires.Kernel(6, 6, "tcx");
        if (kind == "netfilter") Requires.Kernel(6, 4, "netfilter programs");
        using BpfCollection collection = NetworkFixture.Load(kind.StartsWith("xdp", StringComparison.Ordinal) ? "on_xdp" : kind == "netfilter" ? "on_netfilter" : "on_ingress");
        Attach(kind, collection, collection).DetachAndDispose();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        int open = NetworkFixture.OpenDescriptors();

        for (int i = 0; i < Cycles; i++)
        {
            // A process that another test starts at this moment has a copy of the descriptor for a while, which keeps the link.
            using BpfLink link = Attach(kind, collection, collection);
            link.Detach();
        }

        // Other tests run beside this one, and have some open for a while.
        Assert.True(SpinWait.SpinUntil(() => NetworkFixture.OpenDescriptors() < open + (Cycles / 2), TimeSpan.FromSeconds(20)));
        AssertNothing(hasOther: false, hasQdisc: kind == "clsact");
    }

    private BpfLink Attach(string kind, BpfCollection collection, BpfCollection earlier) => kind switch
    {
        "xdp" => collection.Programs["on_xdp"].AttachXdp(_interfaces.Name, new() { Mode = XdpMode.Generic }),
        "xdp-netlink" => collection.Programs["on_xdp"].AttachXdp(_interfaces.Name, new() { Mode = XdpMode.Generic, WithoutLink = true }),
        "xdp-replace" => collection.Programs["on_xdp"].AttachXdp(_interfaces.Name, new() { Replaces = earlier.Programs["other_xdp"] }),
        "tcx" => collection.Programs["on_ingress"].AttachTcx(_interfaces.Name),
        "netfilter" => collection.Programs["on_netfilter"].AttachNetfilter(NetfilterFamily.IPv4, NetfilterHook.Forward, new() { Priority = 4711 + _interfaces.Index }),
        "clsact" => collection.Programs["on_ingress"].AttachClsact(_interfaces.Name),
        _ => collection.Programs["on_ingress"].AttachClsact(_interfaces.Name, options: new() { RemoveQdisc = true }),
    };

    private void AssertNothing(bool hasOther, bool? hasQdisc = null)
    {
        XdpPrograms xdp = XdpPrograms.OfInterface(_interfaces.Name);
        int programs = (xdp.Driver is null ? 0 : 1) + (xdp.Generic is null ? 0 : 1);
        int filters = TcFilter.OfInterface(_interfaces.Name, TcDirection.Ingress).Count + TcFilter.OfInterface(_interfaces.Name, TcDirection.Egress).Count;
        Assert.Equal(hasOther ? 1 : 0, programs + filters);
        if (hasQdisc is { } has) Assert.Equal(has ? "clsact" : null, NetworkFixture.QdiscKind(_interfaces.Index));
        if (KernelHasTcx) Assert.Empty(HookPrograms.OfInterface(_interfaces.Name, AttachType.TcxIngress).Programs);
    }

    private static bool KernelHasTcx => Ebpf.Kernel.KernelFacts.Of(RunningKernel.Instance).Version >= new Version(6, 6);
}
