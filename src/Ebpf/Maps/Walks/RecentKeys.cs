namespace Ebpf.Maps.Walks;

/// <summary>The last keys of a walk, newest first.</summary>
internal sealed class RecentKeys(int keySize)
{
    /// <summary>How many keys are remembered: a walk starts again only if all of them were deleted.</summary>
    public const int Capacity = 32;

    private readonly byte[] _keys = new byte[Capacity * keySize];
    private int _end, _count;

    /// <summary>The newest key that ever was added, deleted or not; empty before there was one.</summary>
    public ReadOnlySpan<byte> Last => _hasLast ? _last : default;

    private readonly byte[] _last = new byte[keySize];
    private bool _hasLast;

    public void Add(ReadOnlySpan<byte> key)
    {
        key.CopyTo(_keys.AsSpan(_end * keySize));
        _end = (_end + 1) % Capacity;
        _count = Math.Min(_count + 1, Capacity);
        key.CopyTo(_last);
        _hasLast = true;
    }

    /// <summary>Takes the newest key out.</summary>
    /// <returns>Whether there was one.</returns>
    public bool TryTake(Span<byte> key)
    {
        if (_count == 0) return false;
        _count--;
        _end = (_end + Capacity - 1) % Capacity;
        _keys.AsSpan(_end * keySize, keySize).CopyTo(key);
        return true;
    }

    /// <summary>Puts a key back that was taken out, as the newest one.</summary>
    public void PutBack(ReadOnlySpan<byte> key)
    {
        key.CopyTo(_keys.AsSpan(_end * keySize));
        _end = (_end + 1) % Capacity;
        _count++;
    }
}
