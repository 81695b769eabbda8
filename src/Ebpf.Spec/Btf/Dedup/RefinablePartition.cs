namespace Ebpf.Btf.Dedup;

/// <summary>Sets of numbers that are split by marking some of their members.</summary>
/// <remarks>
/// After A. Valmari and P. Lehtinen, "Efficient minimization of DFAs with partial transition functions" (2008). Marking costs
/// constant time, splitting as much as was marked.
/// </remarks>
internal sealed class RefinablePartition
{
    private readonly int[] _elements;
    private readonly int[] _locations;
    private readonly int[] _sets;
    private readonly int[] _first;
    private readonly int[] _end;
    private readonly int[] _marked;
    private readonly int[] _touched;
    private int _touchedCount;

    /// <param name="initial">The set of every number, which are from 0 on without a gap.</param>
    /// <param name="count">How many sets there are.</param>
    public RefinablePartition(int[] initial, int count)
    {
        int size = initial.Length;
        Count = count;
        _elements = new int[size];
        _locations = new int[size];
        _sets = [.. initial];
        int capacity = Math.Max(size, count);
        _first = new int[capacity];
        _end = new int[capacity];
        _marked = new int[capacity];
        _touched = new int[capacity];

        foreach (int set in initial) _end[set]++;
        for (int set = 0, at = 0; set < count; set++)
        {
            _first[set] = at;
            at += _end[set];
            _end[set] = _first[set];
        }

        for (int element = 0; element < size; element++)
        {
            int location = _end[initial[element]]++;
            _elements[location] = element;
            _locations[element] = location;
        }
    }

    /// <summary>How many sets there are.</summary>
    public int Count { get; private set; }

    /// <summary>The set of a number.</summary>
    public int SetOf(int element) => _sets[element];

    /// <summary>The numbers in a set. Marking puts them into another order.</summary>
    public ReadOnlySpan<int> Elements(int set) => _elements.AsSpan(_first[set], _end[set] - _first[set]);

    /// <summary>Marks a number, once.</summary>
    public void Mark(int element)
    {
        int set = _sets[element];
        int location = _locations[element];
        int border = _first[set] + _marked[set];
        if (location < border) return;
        int other = _elements[border];
        _elements[location] = other;
        _locations[other] = location;
        _elements[border] = element;
        _locations[element] = border;
        if (_marked[set]++ == 0) _touched[_touchedCount++] = set;
    }

    /// <summary>Splits every set that has both marked numbers and others; the smaller part becomes a new set.</summary>
    public void Split()
    {
        while (_touchedCount > 0)
        {
            int set = _touched[--_touchedCount];
            int border = _first[set] + _marked[set];
            _marked[set] = 0;
            if (border == _end[set]) continue;

            int added = Count++;
            if (border - _first[set] <= _end[set] - border)
            {
                _first[added] = _first[set];
                _end[added] = border;
                _first[set] = border;
            }
            else
            {
                _end[added] = _end[set];
                _first[added] = border;
                _end[set] = border;
            }

            _marked[added] = 0;
            for (int i = _first[added]; i < _end[added]; i++) _sets[_elements[i]] = added;
        }
    }
}
