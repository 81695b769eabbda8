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
    private readonly LineReader _lines;

    private SymbolReader(LineReader lines) => _lines = lines;

    /// <summary>Gets why reading ended before the end of the table; <see cref="Errno.None"/> if it did not.</summary>
    public Errno Error => _lines.Error;

    /// <returns><c>null</c> if the table cannot be opened.</returns>
    public static SymbolReader? Open(LinuxKernel kernel, out Errno error) =>
        LineReader.Open(kernel, KernelPaths.Symbols, out error) is { } lines ? new SymbolReader(lines) : null;

    /// <summary>Reads the next symbol; passes over lines that are none.</summary>
    /// <param name="line">The symbol, until the next one is read.</param>
    /// <returns>Whether there was one; not either after an <see cref="Error"/>.</returns>
    public bool Read(out SymbolLine line)
    {
        while (_lines.Read(out ReadOnlySpan<byte> text))
        {
            if (SymbolLine.TryParse(text, out line)) return true;
        }

        line = default;
        return false;
    }

    public void Dispose() => _lines.Dispose();
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
