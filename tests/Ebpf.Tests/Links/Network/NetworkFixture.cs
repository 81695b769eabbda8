using System.Diagnostics;
using System.Globalization;
using Ebpf.Links.Network;
using Ebpf.Linux;
using Ebpf.Linux.Netlink;
using Ebpf.TestData;
using Ebpf.Tests.Kernel;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Links.Network;

/// <summary>What tests of programs at network interfaces share.</summary>
internal static class NetworkFixture
{
    /// <summary>Loads some of the programs of the object, and no other.</summary>
    public static BpfCollection Load(params string[] programs) => Load(kernel: null, programs);

    /// <inheritdoc cref="Load(string[])"/>
    public static BpfCollection Load(LinuxKernel? kernel, params string[] programs)
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("network"));
        foreach (ProgramSpec program in spec.Programs.Values) program.AutoLoad = programs.Contains(program.Name);
        return BpfCollection.Load(spec, new CollectionOptions { Kernel = kernel });
    }

    /// <summary>How many UDP packets a program saw.</summary>
    public static ulong Seen(this BpfCollection collection, string counter) => collection.Variables[$"seen_{counter}"].Get<ulong>();

    /// <summary>
    /// Detaches a link now: a process that another test starts at this moment has a copy of its descriptor for a while, which would keep it.
    /// </summary>
    public static void DetachAndDispose(this BpfLink link)
    {
        link.Detach();
        link.Dispose();
    }

    /// <summary>Waits until a program has seen so many packets.</summary>
    public static void AwaitSeen(this BpfCollection collection, string counter, ulong packets)
    {
        SpinWait.SpinUntil(() => collection.Seen(counter) >= packets, TimeSpan.FromSeconds(20));
        Assert.Equal(packets, collection.Seen(counter));
    }

    /// <summary>Whether an interface has a qdisc in the place of clsact, and of which kind.</summary>
    public static string? QdiscKind(int interfaceIndex)
    {
        using NetlinkSocket socket = NetlinkSocket.Open(RunningKernel.Instance, out _)!;
        return ClsactFilter.QdiscKind(socket, interfaceIndex, out _);
    }

    /// <summary>Runs tc(8).</summary>
    public static void Tc(string arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("tc", arguments.Split(' ')) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"tc {arguments}: {error}");
    }

    /// <summary>Adds a filter that lets everything pass and runs no program, as somebody else would.</summary>
    public static void AddForeignFilter(string interfaceName, string direction, int priority)
    {
        string arguments = string.Create(
            CultureInfo.InvariantCulture, $"filter add dev {interfaceName} {direction} prio {priority} protocol all u32 match u32 0 0 flowid 1:1");
        using Process process = Process.Start(new ProcessStartInfo("tc", arguments.Split(' ')) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.SkipWhen(error.Contains("not found", StringComparison.Ordinal), $"this kernel lacks u32 filters: {error}");
        Assert.True(process.ExitCode == 0, $"tc {arguments}: {error}");
    }

    /// <summary>Fails to attach a program on a thread that has no capability, by a kernel that demands one.</summary>
    /// <remarks>
    /// Newer kernels demand none of who has the program, which took one to load, and is an XDP, traffic control or netfilter program: LINK_CREATE
    /// checks it for no such link.
    /// </remarks>
    public static void AssertNamesCapability(string program, Func<BpfProgram, BpfLink> attach)
    {
        FaultyKernel kernel = new();
        using BpfCollection collection = Load(kernel, program);
        kernel.OnBpf = (command, _) => command == BpfCommand.LinkCreate ? Errno.EPERM : null;
        PrivilegeThread.RunWithout(() =>
        {
            BpfException error = Assert.Throws<BpfException>(() => attach(collection.Programs[program]));
            Assert.Equal(Errno.EPERM, error.Errno);
            Assert.Contains("CAP_NET_ADMIN", error.Advice);
        });
    }

    /// <summary>The descriptors of this process that stand for sockets of netlink, links and the like.</summary>
    public static int OpenDescriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;
}

/// <summary>A network namespace with a name, and in it one end of a pair of interfaces.</summary>
internal sealed class NamespaceFixture : IDisposable
{
    private static int _count;

    public NamespaceFixture()
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"xt{Environment.ProcessId}n{Interlocked.Increment(ref _count)}");
        VirtualInterfaces.Ip("netns", "add", Name);
        Interfaces = new VirtualInterfaces();
        Interface = Interfaces.Name;
        Peer = Interfaces.PeerName;
        VirtualInterfaces.Ip("link", "set", Interface, "netns", Name);
        VirtualInterfaces.Ip("-n", Name, "link", "set", Interface, "up");
        VirtualInterfaces.AwaitCarrier(Peer);
    }

    public string Name { get; }

    /// <summary>The interface in the namespace; its peer is in that of the tests.</summary>
    public string Interface { get; }

    public string Peer { get; }

    public string Path => $"/run/netns/{Name}";

    public VirtualInterfaces Interfaces { get; }

    public NetworkNamespace Namespace => NetworkNamespace.Named(Name);

    public void Dispose()
    {
        VirtualInterfaces.Ip("link", "delete", Peer);
        VirtualInterfaces.Ip("netns", "delete", Name);
    }
}
