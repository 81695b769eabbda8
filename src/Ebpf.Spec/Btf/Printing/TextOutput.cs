using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Ebpf.Btf.Reading;

namespace Ebpf.Btf.Printing;

/// <summary>
/// Where printed text goes: ASCII, gathered in a buffer and handed on in large pieces. Bounds what a hostile BTF can make
/// of itself, as small types can refer to each other in ways that grow exponentially when they are written out.
/// </summary>
internal sealed class TextOutput : IDisposable
{
    private const int BufferSize = 1 << 15;

    private readonly Stream? _stream;
    private readonly TextWriter? _writer;
    private readonly char[] _chars = [];
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private long _budget;
    private int _length;

    /// <param name="stream">Receives the bytes; not flushed.</param>
    /// <param name="budget">How many bytes may be written.</param>
    public TextOutput(Stream stream, long budget)
    {
        _stream = stream;
        _budget = budget;
    }

    /// <param name="writer">Receives the characters; not flushed.</param>
    /// <param name="budget">How many characters may be written.</param>
    public TextOutput(TextWriter writer, long budget)
    {
        _writer = writer;
        _budget = budget;
        _chars = ArrayPool<char>.Shared.Rent(_buffer.Length);
    }

    /// <summary>Adds ASCII text.</summary>
    public void Write(scoped ReadOnlySpan<byte> text)
    {
        while (text.Length > _buffer.Length - _length)
        {
            int part = _buffer.Length - _length;
            text[..part].CopyTo(_buffer.AsSpan(_length));
            _length += part;
            text = text[part..];
            Flush();
        }

        text.CopyTo(_buffer.AsSpan(_length));
        _length += text.Length;
    }

    /// <summary>Adds one ASCII character.</summary>
    public void Write(byte character)
    {
        if (_length == _buffer.Length) Flush();
        _buffer[_length++] = character;
    }

    /// <summary>Adds ASCII text.</summary>
    public void Write(string text)
    {
        foreach (char character in text) Write((byte)character);
    }

    /// <summary>Adds a number.</summary>
    public void Write(ulong number)
    {
        int written;
        while (!Utf8Formatter.TryFormat(number, _buffer.AsSpan(_length), out written)) Flush();
        _length += written;
    }

    /// <summary>Adds a number.</summary>
    public void Write(long number)
    {
        int written;
        while (!Utf8Formatter.TryFormat(number, _buffer.AsSpan(_length), out written)) Flush();
        _length += written;
    }

    /// <summary>Hands on what was gathered.</summary>
    /// <exception cref="ObjectFormatException">The text has grown beyond anything that sound BTF gives.</exception>
    public void Flush()
    {
        Spend(_length);
        ReadOnlySpan<byte> text = _buffer.AsSpan(0, _length);
        _length = 0;
        if (_stream is not null)
        {
            _stream.Write(text);
            return;
        }

        Encoding.ASCII.GetChars(text, _chars);
        _writer!.Write(_chars.AsSpan(0, text.Length));
    }

    /// <summary>Accounts for work that gives no text.</summary>
    public void Spend(long amount)
    {
        _budget -= amount;
        if (_budget >= 0) return;
        _length = 0;
        throw new ObjectFormatException("written out, the types would be larger than anything a compiler makes", BtfHeader.Section);
    }

    /// <summary>Returns the buffers; what was not flushed is dropped.</summary>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        if (_chars.Length > 0) ArrayPool<char>.Shared.Return(_chars);
    }
}
