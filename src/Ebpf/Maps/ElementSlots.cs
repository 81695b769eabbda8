namespace Ebpf.Maps;

/// <summary>Which elements of an array map are taken, each for as long as something is attached that uses it.</summary>
/// <remarks>Safe for use by several threads at once. All objects of a map that this process created share one.</remarks>
/// <param name="count">How many elements there are.</param>
internal sealed class ElementSlots(uint count)
{
    private readonly Lock _lock = new();

    /// <summary>Those that were taken and given back.</summary>
    private readonly Stack<uint> _free = [];

    /// <summary>The first one that was never taken.</summary>
    private uint _next;

    /// <summary>How many elements there are.</summary>
    public uint Count => count;

    /// <summary>How many can be taken now.</summary>
    public uint Free
    {
        get
        {
            lock (_lock) return count - _next + (uint)_free.Count;
        }
    }

    /// <summary>Takes some, or none.</summary>
    /// <param name="number">How many.</param>
    /// <param name="slots">Their numbers; empty if there are not as many.</param>
    public bool TryTake(int number, out uint[] slots)
    {
        slots = [];
        lock (_lock)
        {
            if ((uint)number > count - _next + (uint)_free.Count) return false;
            slots = new uint[number];
            for (int i = 0; i < slots.Length; i++) slots[i] = _free.TryPop(out uint slot) ? slot : _next++;
            return true;
        }
    }

    /// <summary>Gives back what was taken. To be called once for each.</summary>
    public void GiveBack(ReadOnlySpan<uint> slots)
    {
        lock (_lock)
        {
            foreach (uint slot in slots) _free.Push(slot);
        }
    }
}
