using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ebpf.Linux;

namespace Ebpf.Maps.Walks;

/// <summary>
/// A walk over the elements of a map, with its own buffer, which grows where the kernel needs more room.
/// </summary>
internal sealed class MapWalk : IDisposable
{
    /// <summary>
    /// About how much to fetch at once, in bytes: a system call costs what copying some kilobytes costs.
    /// </summary>
    private const int UsualBuffer = 64 * 1024;

    private readonly MapCursor _cursor;
    private readonly BpfCommand _command;
    private readonly int _keySize, _valueSize;
    private byte[] _buffer = [];
    private int _room, _count, _index;

    public MapWalk(BpfMap map, BpfCommand command = BpfCommand.MapLookupBatch)
    {
        _cursor = map.CreateCursor();
        _command = command;
        _keySize = map.KeySize;
        _valueSize = map.ValueBufferSize;
        long most = map.MaxEntries == 0 ? int.MaxValue : Math.Min(map.MaxEntries, int.MaxValue);
        Rent(Math.Clamp(UsualBuffer / (_keySize + _valueSize), 1, (int)most));
    }

    /// <summary>The key. Good until the next step.</summary>
    public ReadOnlySpan<byte> KeyBytes => _buffer.AsSpan(_index * _keySize, _keySize);

    /// <summary>The value, in the layout of the kernel. Good until the next step.</summary>
    public ReadOnlySpan<byte> ValueBytes => _buffer.AsSpan(ValueAt(_index), _valueSize);

    /// <summary>The keys that were fetched at once.</summary>
    public ReadOnlySpan<byte> FetchedKeys => _buffer.AsSpan(0, _count * _keySize);

    public TKey Key<TKey>()
        where TKey : unmanaged =>
        MemoryMarshal.Read<TKey>(_buffer.AsSpan(_index * _keySize));

    /// <summary>The value; where the map's is shorter than the type, the rest is zero.</summary>
    public TValue Value<TValue>()
        where TValue : unmanaged
    {
        if (Unsafe.SizeOf<TValue>() <= _valueSize) return MemoryMarshal.Read<TValue>(_buffer.AsSpan(ValueAt(_index)));
        TValue value = default;
        ValueBytes.CopyTo(MemoryMarshal.AsBytes(new Span<TValue>(ref value)));
        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool MoveNext() => ++_index < _count || Fetch() > 0;

    /// <summary>Fetches the next elements.</summary>
    /// <returns>How many; 0 at the end.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public int Fetch()
    {
        _index = 0;
        _count = 0;
        while (!_cursor.AtEnd)
        {
            ObjectDisposedException.ThrowIf(_buffer.Length == 0, this);
            Span<byte> keys = _buffer.AsSpan(0, _room * _keySize);
            Span<byte> values = _buffer.AsSpan(ValueAt(0), _room * _valueSize);
            _count = ElementReader.Read(_command, _cursor, keys, values);
            if (_count > 0 || _cursor.AtEnd) break;
            Grow();
        }

        return _count;
    }

    public void Dispose()
    {
        byte[] buffer = _buffer;
        _buffer = [];
        _count = 0;
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>A bucket of the hash table holds more elements than there is room for.</summary>
    private void Grow()
    {
        long wanted = 2L * _room;
        if (wanted * (_keySize + _valueSize) > Array.MaxLength || wanted > 2L * _cursor.Map.MaxEntries)
            _cursor.Map.ThrowFailed("walk over the elements", Errno.ENOSPC);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        Rent((int)wanted);
    }

    private void Rent(int room)
    {
        _room = room;
        _buffer = ArrayPool<byte>.Shared.Rent(ValueAt(0) + (room * _valueSize));
    }

    /// <summary>Values lie behind the keys, at a multiple of 8 bytes.</summary>
    private int ValueAt(int index) => (((_room * _keySize) + 7) & ~7) + (index * _valueSize);
}
