using Ebpf.Linux;

namespace Ebpf.Maps;

/// <summary>
/// A walk over the keys of a map, without the values: for kinds whose values cannot be read, or better are not.
/// </summary>
/// <remarks>
/// It is always one key ahead, so that the element at which it stands may be deleted. A key that others delete sends it
/// back to the start; it ends all the same.
/// </remarks>
internal unsafe struct KeyWalk<TKey>(BpfMap map)
    where TKey : unmanaged
{
    private TKey _next;
    private bool _started, _hasNext;
    private long _budget = (2L * map.MaxEntries) + 64;

    public TKey Current { get; private set; }

    public bool MoveNext()
    {
        if (!_started)
        {
            _started = true;
            _hasNext = Step(null, out _next);
        }

        if (!_hasNext || _budget-- <= 0) return false;
        TKey current = _next;
        Current = current;
        _hasNext = Step(&current, out _next);
        return true;
    }

    private readonly bool Step(TKey* key, out TKey next)
    {
        fixed (TKey* pointer = &next)
            return map.Found(map.Kernel.GetNextKey(map.Handle, key, pointer), "walk over the elements");
    }
}
