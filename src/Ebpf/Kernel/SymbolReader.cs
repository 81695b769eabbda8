using System.Buffers.Text;
using Ebpf.Linux;

namespace Ebpf.Kernel;

/// <summary>Reads the kernel's table of symbols line by line, without allocating for each.</summary>
/// <remarks>
/// A line is <c>ffffffff81511a30 T bpf_task_from_pid</c>, in modules with the name of the module behind it:
/// <c>ffffffffc0a41000 t nf_ct_get [nf_conntrack]</c>.
/// </remarks>
internal sealed class SymbolReader : IDisposable
{
    /// <summary>Names have at most 511 bytes (KSYM_NAME_LEN); a longer line than this is none of a symbol.</summary>
    private const int BufferSize = 64 * 1024;

    private readonly LinuxKernel _kernel;
    private readonly int _file;
    private readonly byte[] _buffer = new byte[BufferSize];
    private int _start, _filled;
    private bool _isAtEnd;

    private SymbolReader(LinuxKernel kernel, int file)
    {
        _kernel = kernel;
        _file = file;
    }

    /// <summary>Gets why reading ended before the end of the table; <see cref="Errno.None"/> if it did not.</summary>
    public Errno Error { get; private set; }

    /// <returns><c>null</c> if the table cannot be opened.</returns>
    public static SymbolReader? Open(LinuxKernel kernel, out Errno error)
    {
        CallResult file = kernel.Open(KernelPaths.Symbols, OpenMode.ReadOnly);
        error = file.Error;
        return file.Failed ? null : new SymbolReader(kernel, file.Value);
    }

    /// <summary>Reads the next symbol; passes over lines that are none.</summary>
    /// <param name="line">The symbol, until the next one is read.</param>
    /// <returns>Whether there was one.</returns>
    public bool Read(out SymbolLine line)
    {
        while (TryTake(out ReadOnlySpan<byte> text))
        {
            if (SymbolLine.TryParse(text, out line)) return true;
        }

        line = default;
        return false;
    }

    public void Dispose() => _kernel.Close(_file);

    private bool TryTake(out ReadOnlySpan<byte> line)
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
}

/// <summary>A line of the kernel's table of symbols.</summary>
internal readonly ref struct SymbolLine
{
    private SymbolLine(ulong address, byte kind, ReadOnlySpan<byte> name, ReadOnlySpan<byte> module)
    {
        Address = address;
        Kind = kind;
        Name = name;
        Module = module;
    }

    /// <summary>Gets the address; 0 if the kernel hides it from this process.</summary>
    public ulong Address { get; }

    /// <summary>Gets the letter of nm(1): <c>T</c> for a function, <c>d</c> for a static variable.</summary>
    public byte Kind { get; }

    /// <summary>Gets the name.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>Gets the module; empty for the kernel.</summary>
    public ReadOnlySpan<byte> Module { get; }

    /// <summary>Reads a line.</summary>
    /// <returns>Whether it is one of a symbol.</returns>
    public static bool TryParse(ReadOnlySpan<byte> line, out SymbolLine symbol)
    {
        symbol = default;
        const int kindAndSpaces = 3;
        if (!Utf8Parser.TryParse(line, out ulong address, out int digits, 'x') || digits == 0) return false;
        if (line.Length <= digits + kindAndSpaces || line[digits] != ' ' || line[digits + 2] != ' ') return false;
        ReadOnlySpan<byte> rest = line[(digits + kindAndSpaces)..];
        int end = rest.IndexOfAny((byte)'\t', (byte)' ');
        ReadOnlySpan<byte> name = end < 0 ? rest : rest[..end], module = default;
        int open = rest.IndexOf((byte)'['), close = rest.LastIndexOf((byte)']');
        if (end >= 0 && open >= 0 && close > open) module = rest[(open + 1)..close];
        symbol = new SymbolLine(address, line[digits + 1], name, module);
        return true;
    }
}
