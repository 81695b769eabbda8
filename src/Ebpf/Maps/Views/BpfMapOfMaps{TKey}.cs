using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Ebpf.Maps.Creation;
using Ebpf.Maps.Kinds;
using Ebpf.Maps.Layout;
using Ebpf.Maps.Views;

namespace Ebpf;

/// <summary>
/// Represents an array or a hash table of maps. See <see cref="BpfMap.AsMapOfMaps{TKey}"/>. Since Linux 4.12.
/// </summary>
/// <remarks>
/// This is a view, which holds no resources of its own. The inner maps are all compatible with the one with which the outer map
/// was created (<see cref="MapSpec.InnerMap"/>). Enumerating returns the keys that are set, with the ids of their maps. Safe for
/// use by several threads at once.
/// </remarks>
/// <typeparam name="TKey">The type of keys; <c>uint</c> for an array.</typeparam>
public sealed class BpfMapOfMaps<[DynamicallyAccessedMembers(ManagedLayout.Fields)] TKey> : IEnumerable<KeyValuePair<TKey, uint>>, IMapView
    where TKey : unmanaged
{
    /// <summary>How often an inner map may vanish between reading its id and opening it.</summary>
    private const int MaxAttempts = 16;

    private readonly BpfMap<TKey, uint> _ids;
    private readonly DescriptorElements<TKey> _elements;

    internal BpfMapOfMaps(BpfMap map)
    {
        _ids = new BpfMap<TKey, uint>(map);
        _elements = new DescriptorElements<TKey>(map);
    }

    /// <summary>Gets the outer map.</summary>
    public BpfMap Map => _elements.Map;

    /// <summary>Sets the map under a key, and replaces the one that is there, if any. Programs see either the one or the other.</summary>
    /// <param name="key">The key; the index, in an array.</param>
    /// <param name="inner">The map, which the outer map keeps alive.</param>
    /// <param name="flags">Whether there may or must be a map already; not for an array.</param>
    /// <exception cref="BpfException">
    /// The inner map is not compatible with those that the outer map holds, the outer map is full, or the kernel refused for
    /// another reason.
    /// </exception>
    public void Update(in TKey key, BpfMap inner, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        ArgumentNullException.ThrowIfNull(inner);
        Errno error = _elements.Write(in key, inner.Handle, flags);
        if (error != Errno.None) ThrowFailed(inner, error);
    }

    /// <summary>Gets the id of the map under a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="id">The id of the map (<see cref="BpfMap.Id"/>); 0 if there is none.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public bool TryGetId(in TKey key, out uint id) => _ids.TryGetValue(in key, out id);

    /// <summary>Opens the map under a key, by its id.</summary>
    /// <param name="key">The key.</param>
    /// <param name="inner">The map, which the caller disposes; <c>null</c> if there is none.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="BpfException">The kernel refused: opening by id needs CAP_SYS_ADMIN.</exception>
    public bool TryOpen(in TKey key, [NotNullWhen(true)] out BpfMap? inner)
    {
        inner = null;
        for (int attempt = 0; TryGetId(in key, out uint id); attempt++)
        {
            try
            {
                inner = BpfMap.Open(id, kernel: Map.Kernel);
                return true;
            }
            catch (BpfException error) when (error.Errno == Errno.ENOENT && attempt < MaxAttempts)
            {
                // Another map was put there meanwhile, and this one is gone.
            }
        }

        return false;
    }

    /// <summary>Removes the map under a key.</summary>
    /// <param name="key">The key.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public bool Remove(in TKey key) => _ids.Remove(in key);

    /// <summary>Returns the number of maps.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public long Count() => _ids.Count();

    /// <summary>Removes all maps.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void Clear() => Map.Clear();

    /// <summary>Enumerates the keys under which there are maps, with their ids.</summary>
    public BpfMap<TKey, uint>.Enumerator GetEnumerator() => _ids.GetEnumerator();

    IEnumerator<KeyValuePair<TKey, uint>> IEnumerable<KeyValuePair<TKey, uint>>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    object IMapView.Open(BpfMap map) => map.AsMapOfMaps<TKey>();

    [DoesNotReturn]
    private void ThrowFailed(BpfMap inner, Errno error)
    {
        string? advice = error switch
        {
            Errno.EINVAL => $"{inner} is not like the map with which the outer one was made: {Difference(inner)}",
            Errno.ENOTSUPP or Errno.EOPNOTSUPP => $"the kernel puts no {inner.Type} map into other maps",
            _ => null,
        };
        Map.ThrowFailed("put a map", error, advice);
    }

    /// <summary>In what a map differs from one that the outer map took; else what has to agree.</summary>
    private string Difference(BpfMap inner)
    {
        const string rule =
            "type, key size, value size, flags and special fields of values must be the same, and for arrays the number "
            + "of entries (unless made with the flag InnerMap)";
        try
        {
            foreach ((TKey _, uint id) in _ids)
            {
                using BpfMap taken = BpfMap.Open(id, kernel: Map.Kernel);
                List<string> differences = [];
                if (taken.Type != inner.Type) differences.Add($"type {taken.Type}");
                if (taken.KeySize != inner.KeySize) differences.Add($"keys of {taken.KeySize} bytes");
                if (taken.ValueSize != inner.ValueSize) differences.Add($"values of {taken.ValueSize} bytes");
                if (taken.Flags != inner.Flags) differences.Add($"the flags {taken.Flags}");
                if (taken.MaxEntries != inner.MaxEntries && taken.Type.IsArray() && !taken.Flags.HasFlag(MapFlags.InnerMap))
                    differences.Add($"{taken.MaxEntries} entries");
                if (differences.Count > 0) return $"the maps in it have {string.Join(", ", differences)}";
            }
        }
        catch (BpfException)
        {
            // What is there cannot be looked at: the rule has to do.
        }

        return rule;
    }
}
