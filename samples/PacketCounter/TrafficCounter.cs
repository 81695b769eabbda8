using System.Diagnostics;
using Ebpf;

namespace PacketCounter;

/// <summary>Counts the packets that arrive at a network interface, from its creation until it is disposed.</summary>
internal sealed class TrafficCounter : IDisposable
{
    private readonly BpfCollection _collection;
    private readonly BpfLink _link;
    private readonly BpfPerCpuMap<Protocol, Traffic> _traffic;
    private readonly Stopwatch _clock;

    /// <summary>Loads packet_counter.bpf.c, which the build embedded as an object, and attaches it.</summary>
    /// <exception cref="BpfException">The kernel refused: no such interface, no permission.</exception>
    public TrafficCounter(string interfaceName, XdpMode mode = XdpMode.Default, uint ipVersion = 0)
    {
        using Stream bpfObject = typeof(TrafficCounter).Assembly.GetManifestResourceStream("packet_counter.bpf.o")!;
        CollectionSpec spec = CollectionSpec.Load(bpfObject);
        spec.Variables["ip_version"].Set(ipVersion);

        _collection = BpfCollection.Load(spec);
        try
        {
            _traffic = _collection.Maps["traffic"].AsPerCpu<Protocol, Traffic>();
            _link = _collection.Programs["count_packets"].AttachXdp(interfaceName, new XdpOptions { Mode = mode });
        }
        catch
        {
            _collection.Dispose();
            throw;
        }
        InterfaceName = interfaceName;
        _clock = Stopwatch.StartNew();
    }

    public string InterfaceName { get; }

    /// <summary>Whether the interface was removed, or somebody else detached the program: then nothing is counted any more.</summary>
    public bool IsDetached => _link.IsDetached() == true;

    /// <summary>Reads the counters of all CPUs and adds them up.</summary>
    public Snapshot Read()
    {
        var protocols = new SortedDictionary<Protocol, Traffic>();
        foreach (BpfPerCpuMap<Protocol, Traffic>.Element counter in _traffic)
        {
            Traffic sum = default;
            for (int cpu = 0; cpu < counter.CpuCount; cpu++) sum += counter[cpu];
            if (sum.Packets > 0) protocols.Add(counter.Key, sum);
        }
        return new Snapshot(_clock.Elapsed, protocols);
    }

    /// <summary>Detaches and unloads the program.</summary>
    public void Dispose()
    {
        _link.Dispose();
        _collection.Dispose();
    }
}
