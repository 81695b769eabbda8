using System.Text;
using Ebpf.Common;

namespace Ebpf.Executables;

/// <summary>Small pieces of a source at scattered places, of which the last used surroundings stay in memory.</summary>
/// <remarks>
/// For tables whose entries point here and there: hash tables, names of symbols, tables of functions. A piece is valid until the next
/// one is asked for. For one thread at a time.
/// </remarks>
/// <param name="source">The source.</param>
internal sealed class ByteWindows(ByteSource source)
{
    /// <summary>How long a piece can be: what overlaps between neighbouring windows.</summary>
    public const int MaxPiece = 4096;

    private const int WindowSize = 32 * 1024;
    private const int WindowCount = 16;

    private readonly byte[]?[] _windows = new byte[WindowCount][];
    private readonly ulong[] _numbers = new ulong[WindowCount];
    private readonly int[] _lengths = new int[WindowCount];

    /// <summary>The bytes at a place.</summary>
    /// <param name="offset">Where they begin.</param>
    /// <param name="length">How many; at most <see cref="MaxPiece"/>.</param>
    /// <returns>Fewer bytes only at the end of the source.</returns>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public ReadOnlySpan<byte> At(ulong offset, int length)
    {
        ulong number = offset / WindowSize;
        int slot = (int)(number % WindowCount);
        byte[]? window = _windows[slot];
        if (window is null || _numbers[slot] != number)
        {
            window ??= _windows[slot] = GC.AllocateUninitializedArray<byte>(WindowSize + MaxPiece);
            _lengths[slot] = 0;
            _numbers[slot] = number;
            _lengths[slot] = source.ReadAt(number * WindowSize, window);
        }

        int start = (int)(offset % WindowSize);
        return start >= _lengths[slot] ? default : window.AsSpan(start, Math.Min(Math.Min(length, MaxPiece), _lengths[slot] - start));
    }

    /// <summary>The bytes at a place, if there are as many.</summary>
    /// <exception cref="ObjectFormatException">They lie outside of the file.</exception>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public ReadOnlySpan<byte> Whole(ulong offset, int length)
    {
        ReadOnlySpan<byte> piece = At(offset, length);
        return piece.Length == length
            ? piece
            : throw new ObjectFormatException($"truncated: {length} bytes at 0x{offset:x} lie outside of the file of {source.Length}");
    }

    /// <summary>The text at a place, which ends with a zero; empty if it does not within <see cref="Limits.MaxSymbolName"/> bytes.</summary>
    /// <param name="offset">Where it begins.</param>
    /// <param name="end">Where the table ends in which it is.</param>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    public ReadOnlySpan<byte> TextAt(ulong offset, ulong end)
    {
        if (offset >= end) return default;
        ReadOnlySpan<byte> text = At(offset, (int)Math.Min(end - offset, Limits.MaxSymbolName + 1));
        int length = text.IndexOf((byte)0);
        return length < 0 ? default : text[..length];
    }

    /// <inheritdoc cref="TextAt"/>
    public string StringAt(ulong offset, ulong end) => Encoding.UTF8.GetString(TextAt(offset, end));
}
