namespace PacketCounter;

/// <summary>What passed per second, over the last few seconds.</summary>
internal sealed class TrafficRates
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(2);

    private readonly Queue<Snapshot> _snapshots = [];
    private Snapshot? _newest;

    public void Add(Snapshot snapshot)
    {
        while (_snapshots.Count > 1 && snapshot.Elapsed - _snapshots.Peek().Elapsed > Window) _snapshots.Dequeue();
        _snapshots.Enqueue(snapshot);
        _newest = snapshot;
    }

    /// <summary>Packets and bytes of a protocol per second; 0 until there are two snapshots.</summary>
    public (double Packets, double Bytes) this[Protocol protocol] => Rate(snapshot => snapshot[protocol]);

    /// <summary>Packets and bytes of all protocols per second.</summary>
    public (double Packets, double Bytes) Total => Rate(snapshot => snapshot.Total);

    private (double Packets, double Bytes) Rate(Func<Snapshot, Traffic> select)
    {
        if (_snapshots.Count < 2 || _newest is null) return default;

        Snapshot oldest = _snapshots.Peek();
        (Traffic before, Traffic now) = (select(oldest), select(_newest));
        double seconds = (_newest.Elapsed - oldest.Elapsed).TotalSeconds;
        return ((now.Packets - before.Packets) / seconds, (now.Bytes - before.Bytes) / seconds);
    }
}
