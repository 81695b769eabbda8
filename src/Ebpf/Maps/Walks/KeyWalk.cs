using Ebpf.Linux;

namespace Ebpf.Maps.Walks;

/// <summary>
/// A walk over the keys of a map, without the values: for kinds whose values cannot be read, or better are not.
/// </summary>
/// <remarks>
/// It is always one key ahead, so that the element at which it stands may be deleted. If others delete the next key meanwhile, the
/// kernel begins at the first one again; of keys in ascending order those that were found already are passed over.
/// </remarks>
internal unsafe struct KeyWalk<TKey>(BpfMap map, bool isAscending)
    where TKey : unmanaged
{
    private TKey _next;
    private bool _started, _hasNext;
    private long _budget = (64L * map.MaxEntries) + 1024;

    public TKey Current { get; private set; }

    public bool MoveNext()
    {
        if (!_started)
        {
            _started = true;
            _hasNext = Step(null, out _next);
        }

        if (!_hasNext) return false;
        TKey current = _next;
        Current = current;
        _hasNext = Step(&current, out _next);
        while (_hasNext && isAscending && Comparer<TKey>.Default.Compare(_next, Current) <= 0)
        {
            TKey seen = _next;
            _hasNext = Step(&seen, out _next);
        }

        return true;
    }

    private bool Step(TKey* key, out TKey next)
    {
        if (_budget-- <= 0) MapException.ThrowInterrupted(map);
        fixed (TKey* pointer = &next)
            return map.Found(map.Kernel.GetNextKey(map.Handle, key, pointer), "walk over the elements");
    }
}
