namespace PacketCounter;

/// <summary>All counters at one moment.</summary>
/// <param name="Elapsed">The time since counting began.</param>
/// <param name="Protocols">The protocols of which a packet was seen, in the order of the map.</param>
internal sealed record Snapshot(TimeSpan Elapsed, IReadOnlyDictionary<Protocol, Traffic> Protocols)
{
    public Traffic this[Protocol protocol] => Protocols.GetValueOrDefault(protocol);

    public Traffic Total { get; } = Protocols.Values.Aggregate(default(Traffic), (sum, traffic) => sum + traffic);
}
