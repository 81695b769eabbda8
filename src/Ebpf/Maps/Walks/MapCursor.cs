using Ebpf.Features;
using Ebpf.Maps.Creation;
using Ebpf.Maps.Kinds;
using Ebpf.Maps.Walks;

namespace Ebpf;

/// <summary>
/// Represents the position of a walk over the elements of a map, which <see cref="BpfMap.ReadBatch"/> advances.
/// </summary>
/// <remarks>A cursor is for one walk over one map. Not safe for use by several threads at once.</remarks>
public sealed class MapCursor
{
    private readonly byte[] _position;
    private bool? _mustCheckPrefixes;

    internal MapCursor(BpfMap map)
    {
        Map = map;

        // Hash tables count buckets in 4 bytes, whatever the size of the key; the others remember a key.
        _position = new byte[Math.Max(map.KeySize, sizeof(uint))];

        // How the kernel lays out a batch of values depends on the kind of map, so that of an unknown one must be read singly.
        ByKey = !map.Type.IsKnown();

        // Cgroup storages have no number of entries.
        Budget = map.MaxEntries == 0 ? long.MaxValue : (8L * map.MaxEntries) + 1024;
    }

    /// <summary>Gets whether the walk is at its end.</summary>
    public bool AtEnd { get; internal set; }

    /// <summary>Gets the map over which the cursor walks.</summary>
    public BpfMap Map { get; }

    /// <summary>Whether <see cref="Position"/> means something.</summary>
    internal bool Started { get; set; }

    /// <summary>Whether the walk goes from key to key; <see cref="Position"/> is the next key then.</summary>
    internal bool ByKey { get; set; }

    /// <summary>
    /// Whether it is a walk over a trie of a kernel that cannot be trusted to know whether a prefix is there (<see cref="TrieWalkProbe"/>).
    /// </summary>
    internal bool MustCheckPrefixes => _mustCheckPrefixes ??= Map.Type == MapType.LpmTrie && !ProbedFacts.Of(Map.Kernel).HasExactTrieWalks;

    /// <summary>
    /// How many more keys the walk may look at. Concurrent deletions can send it back; the limit makes sure that it ends.
    /// </summary>
    internal long Budget { get; set; }

    /// <summary>The keys that were found last, from which the walk can go on if the key at which it stands is deleted.</summary>
    internal RecentKeys Recent => field ??= new RecentKeys(Map.KeySize);

    internal Span<byte> Position => _position;
}
