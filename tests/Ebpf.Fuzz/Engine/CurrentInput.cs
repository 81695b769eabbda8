using System.IO.MemoryMappedFiles;

namespace Ebpf.Fuzz.Engine;

/// <summary>
/// The input that is being worked on, in memory that two processes share: whatever becomes of the one that works (a hang,
/// a stack overflow), the one that watches has the input.
/// </summary>
internal sealed unsafe class CurrentInput : IDisposable
{
    /// <summary>The longest input.</summary>
    public const int MaxLength = 1 << 16;

    private const int HeaderSize = 16;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _memory;

    /// <summary>Opens the file, or makes it.</summary>
    public CurrentInput(string path)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.OpenOrCreate, mapName: null, HeaderSize + MaxLength);
        _view = _file.CreateViewAccessor();
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _memory);
    }

    /// <summary>How many inputs there have been.</summary>
    public long Number => Volatile.Read(ref *(long*)_memory);

    /// <summary>The input.</summary>
    public ReadOnlySpan<byte> Bytes => new(_memory + HeaderSize, *(int*)(_memory + sizeof(long)));

    /// <summary>Begins with the next input.</summary>
    public void Set(ReadOnlySpan<byte> input)
    {
        input.CopyTo(new Span<byte>(_memory + HeaderSize, MaxLength));
        *(int*)(_memory + sizeof(long)) = input.Length;
        Volatile.Write(ref *(long*)_memory, Number + 1);
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Set([]);
        Volatile.Write(ref *(long*)_memory, 0);
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
