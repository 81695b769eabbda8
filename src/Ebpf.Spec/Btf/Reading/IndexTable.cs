using System.Runtime.CompilerServices;
using Ebpf.Common;

namespace Ebpf.Btf.Reading;

/// <summary>The numbers of an index: few on the heap, many outside of it.</summary>
internal readonly struct IndexTable
{
    private readonly uint[]? _few;
    private readonly OffHeapNumbers? _many;

    /// <summary>A table on the heap.</summary>
    public IndexTable(uint[] numbers) => _few = numbers;

    /// <summary>A table outside of the heap.</summary>
    public IndexTable(OffHeapNumbers numbers) => _many = numbers;

    /// <summary>How many numbers there are.</summary>
    public int Length => _few is null ? _many!.Length : _few.Length;

    /// <summary>All numbers; to be followed by <see cref="KeepAlive"/> when they have been used.</summary>
    public Span<uint> Span => _few is null ? _many!.Span : _few;

    /// <summary>One number.</summary>
    public uint this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _few is { } few ? few[index] : _many![index];
    }

    /// <summary>A table of zeros.</summary>
    public static IndexTable Zeroed(int length) =>
        length <= Limits.MaxIndexOnHeap ? new IndexTable(new uint[length]) : new IndexTable(OffHeapNumbers.Zeroed(length));

    /// <summary>Marks the end of the use of <see cref="Span"/>.</summary>
    public void KeepAlive() => GC.KeepAlive(_many);
}
