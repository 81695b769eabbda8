using Ebpf.Linux;

namespace Ebpf.Kernel;

/// <summary>Reads a text file of the kernel line by line, without allocating for each: some have hundreds of thousands.</summary>
internal sealed class LineReader : IDisposable
{
    /// <summary>Names have at most 511 bytes (KSYM_NAME_LEN); a line that is longer than this is passed over.</summary>
    private const int BufferSize = 64 * 1024;

    private readonly LinuxKernel _kernel;
    private readonly int _file;
    private readonly byte[] _buffer = new byte[BufferSize];
    private int _start, _filled;
    private bool _isAtEnd;

    private LineReader(LinuxKernel kernel, int file)
    {
        _kernel = kernel;
        _file = file;
    }

    /// <summary>Gets why reading ended before the end of the file; <see cref="Errno.None"/> if it did not.</summary>
    public Errno Error { get; private set; }

    /// <summary>Opens a file.</summary>
    /// <returns><c>null</c> if it cannot be opened.</returns>
    public static LineReader? Open(LinuxKernel kernel, string path, out Errno error)
    {
        CallResult file = kernel.Open(path, OpenMode.ReadOnly);
        error = file.Error;
        return file.Failed ? null : new LineReader(kernel, file.Value);
    }

    /// <summary>Reads the next line.</summary>
    /// <param name="line">The line without its end, until the next one is read.</param>
    /// <returns>Whether there was one; not either after an <see cref="Error"/>.</returns>
    public bool Read(out ReadOnlySpan<byte> line)
    {
        bool skips = false;
        while (true)
        {
            ReadOnlySpan<byte> rest = _buffer.AsSpan(_start, _filled - _start);
            int end = rest.IndexOf((byte)'\n');
            if (end >= 0 || (_isAtEnd && rest.Length > 0))
            {
                line = end < 0 ? rest : rest[..end];
                _start += end < 0 ? rest.Length : end + 1;
                if (!skips) return true;
                skips = false;
                continue;
            }

            line = default;
            if (_isAtEnd) return false;
            if (rest.Length == _buffer.Length)
            {
                skips = true;
                rest = [];
            }

            rest.CopyTo(_buffer);
            _start = 0;
            _filled = rest.Length;
            CallResult read = _kernel.Read(_file, _buffer.AsSpan(_filled));
            if (read.Failed) Error = read.Error;
            if (read.Failed || read.Value == 0) _isAtEnd = true;
            if (read.Failed) return false;
            _filled += read.Value;
        }
    }

    public void Dispose() => _kernel.Close(_file);
}
