namespace Ebpf.Maps.Walks;

/// <summary>The last keys of a walk, newest first.</summary>
internal sealed class RecentKeys(int keySize)
{
    /// <summary>How many keys are remembered: a walk starts again only if all of them were deleted.</summary>
    public const int Capacity = 32;

    private readonly byte[] _keys = new byte[Capacity * keySize];
    private int _end, _count;

    private readonly byte[] _last = new byte[keySize];
    private bool _hasLast;

    /// <summary>The last key that was new to the walk, deleted or not; empty before there was one.</summary>
    public ReadOnlySpan<byte> Last => _hasLast ? _last : default;

    /// <summary>The newest key; empty if there is none.</summary>
    public ReadOnlySpan<byte> Newest => _count == 0 ? default : _keys.AsSpan((_end + Capacity - 1) % Capacity * keySize, keySize);

    /// <summary>Adds the key that follows the newest one.</summary>
    /// <param name="key">The key.</param>
    /// <param name="isNew">Whether the walk finds it for the first time.</param>
    public void Add(ReadOnlySpan<byte> key, bool isNew = true)
    {
        PutBack(key);
        _count = Math.Min(_count, Capacity);
        if (!isNew) return;
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
