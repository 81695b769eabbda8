namespace Ebpf;

/// <summary>
/// How far a walk over a map has come: <see cref="BpfMap.LookupBatch"/> goes on from here. For one walk over one map.
/// </summary>
/// <remarks>Not safe for use by several threads at once.</remarks>
public sealed class MapCursor
{
    private readonly byte[] _position;

    internal MapCursor(BpfMap map)
    {
        Map = map;

        // Hash tables count buckets in 4 bytes, whatever the size of the key; the others remember a key.
        _position = new byte[Math.Max(map.KeySize, sizeof(uint))];

        // Elements that come and go while the kernel walks by key can send it back to the start. No walk is longer than
        // this. Storages of cgroups have no number of entries, and no such walk.
        Budget = map.MaxEntries == 0 ? long.MaxValue : (2L * map.MaxEntries) + 64;
    }

    /// <summary>Whether the walk has come to its end.</summary>
    public bool AtEnd { get; internal set; }

    /// <summary>The map over which the cursor walks.</summary>
    public BpfMap Map { get; }

    /// <summary>Whether <see cref="Position"/> means something.</summary>
    internal bool Started { get; set; }

    /// <summary>Whether the walk goes from key to key; <see cref="Position"/> is the next key then.</summary>
    internal bool ByKey { get; set; }

    internal long Budget { get; set; }

    internal Span<byte> Position => _position;
}
