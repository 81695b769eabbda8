using System.Runtime.CompilerServices;
using System.Runtime.ConstrainedExecution;
using System.Runtime.InteropServices;

namespace Ebpf.Btf.Reading;

/// <summary>
/// A large table of numbers outside of the garbage collector's heap, which then neither grows nor is collected because
/// of it. Freed when nothing refers to this object any more.
/// </summary>
/// <remarks>
/// Reading an element keeps the object alive until it is read, so that no reader ever sees freed memory. The finalizer
/// frees at its second run only: after the first one the finalizers of other objects, which run in no certain order,
/// can still read the table, or bring it back to life; then it stays whole until it is unreachable again.
/// </remarks>
internal sealed unsafe class OffHeapNumbers : CriticalFinalizerObject
{
    private uint* _first;
    private int _length;
    private long _bytesTold;
    private bool _wasUnreachable;

    private OffHeapNumbers(void* first, int length)
    {
        _first = (uint*)first;
        _length = length;
    }

    ~OffHeapNumbers()
    {
        if (_wasUnreachable)
        {
            Discard();
            return;
        }

        _wasUnreachable = true;
        GC.ReRegisterForFinalize(this);
    }

    /// <summary>How many numbers there are.</summary>
    public int Length => _length;

    /// <summary>
    /// All numbers. Whoever reads them so must keep this object alive (<see cref="GC.KeepAlive"/>) until it has read.
    /// </summary>
    public Span<uint> Span => new(_first, _length);

    /// <summary>One number.</summary>
    public uint this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((uint)index >= (uint)_length) ThrowOutOfRange();
            uint value = _first[index];
            GC.KeepAlive(this);
            return value;
        }
    }

    /// <summary>Makes a table with room, of which the operating system gives only as much as is written.</summary>
    /// <param name="most">How many numbers there can be; <see cref="Trim"/> says how many there are.</param>
    public static OffHeapNumbers WithRoom(int most) => new(NativeMemory.Alloc((nuint)most, sizeof(uint)), most);

    /// <summary>Makes a table of zeros.</summary>
    public static OffHeapNumbers Zeroed(int length)
    {
        OffHeapNumbers table = new(NativeMemory.AllocZeroed((nuint)length, sizeof(uint)), length);
        table.TellCollector();
        return table;
    }

    /// <summary>Gives back the room that was not needed. To be called once, before the table is read.</summary>
    public void Trim(int length)
    {
        _first = (uint*)NativeMemory.Realloc(_first, (nuint)length * sizeof(uint));
        _length = length;
        TellCollector();
    }

    /// <summary>Frees the table; for one that nobody else has seen.</summary>
    public void Discard()
    {
        NativeMemory.Free(_first);
        if (_bytesTold > 0) GC.RemoveMemoryPressure(_bytesTold);
        _first = null;
        _length = 0;
        _bytesTold = 0;
    }

    private static void ThrowOutOfRange() => throw new ArgumentOutOfRangeException("index");

    // Else a process that opens and drops kernels' types would not know how much it could free.
    private void TellCollector()
    {
        _bytesTold = (long)_length * sizeof(uint);
        if (_bytesTold > 0) GC.AddMemoryPressure(_bytesTold);
    }
}
