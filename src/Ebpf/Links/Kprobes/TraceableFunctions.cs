using System.Buffers.Text;
using System.Text;
using Ebpf.Btf;
using Ebpf.BtfObjects;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.Kprobes;

/// <summary>A function that the kernel can trace.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Module">Its module; <c>null</c> for the kernel itself.</param>
/// <param name="Address">Its address; 0 if it is known by name only.</param>
internal readonly record struct TraceableFunction(string Name, string? Module, ulong Address);

/// <summary>Which functions the kernel can trace: tracefs lists them, tens of thousands.</summary>
/// <remarks>
/// <para>
/// The list with addresses (Linux 6.5) has everything that a link to many functions needs. The older one has names only, among them some
/// several times, whose addresses are those of the kernel's symbols.
/// </para>
/// <para>
/// The addresses in the list are those of the calls to the tracer, which with indirect branch tracking stand behind the beginning of the
/// function. The kernel takes either; but it looks for the cookie of a function by its beginning.
/// </para>
/// </remarks>
internal static class TraceableFunctions
{
    private const string Names = "available_filter_functions", NamesAndAddresses = "available_filter_functions_addrs";

    /// <summary>The kernel's own word for weak functions that were replaced, of which nobody knows the name.</summary>
    private static ReadOnlySpan<byte> Invalid => "__ftrace_invalid_address__"u8;

    /// <summary>Whether there is a function of a name that can be traced.</summary>
    /// <returns><c>null</c> if that cannot be told.</returns>
    public static bool? Contains(LinuxKernel kernel, string name)
    {
        if (Open(kernel, Names, out _, out _) is not { } lines) return null;
        byte[] wanted = Encoding.ASCII.GetBytes(name);
        using (lines)
        {
            while (lines.Read(out ReadOnlySpan<byte> line))
            {
                SplitModule(line, out ReadOnlySpan<byte> each, out _);
                if (each.SequenceEqual(wanted)) return true;
            }

            return lines.Error == Errno.None ? false : null;
        }
    }

    /// <summary>Finds the functions that match a pattern, in the order of the kernel's list.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="pattern">The pattern.</param>
    /// <param name="atBeginnings">Whether the addresses must be those where functions begin.</param>
    /// <param name="error">Why they cannot be found.</param>
    /// <param name="advice">What to do about it.</param>
    /// <returns>The functions, each address once; <c>null</c> after an error.</returns>
    public static List<TraceableFunction>? Match(
        LinuxKernel kernel, FunctionPattern pattern, bool atBeginnings, out Errno error, out string? advice)
    {
        if (!atBeginnings && Open(kernel, NamesAndAddresses, out _, out _) is { } withAddresses)
        {
            using (withAddresses)
            {
                List<TraceableFunction> found = ReadWithAddresses(withAddresses, pattern);
                advice = null;
                error = withAddresses.Error;
                return error == Errno.None ? found : null;
            }
        }

        if (Open(kernel, Names, out error, out advice) is not { } lines)
            return error is Errno.EACCES or Errno.EPERM or Errno.ENOENT ? MatchTypes(kernel, pattern) : null;
        Dictionary<string, int> known;
        using (lines)
        {
            known = ReadNames(lines, pattern);
            error = lines.Error;
            if (error != Errno.None) return null;
        }

        return known.Count == 0 ? [] : Locate(kernel, pattern, known.GetAlternateLookup<ReadOnlySpan<char>>(), out error);
    }

    private static LineReader? Open(LinuxKernel kernel, string file, out Errno error, out string? advice) =>
        TraceFileSystem.Locate(kernel, out error, out advice) is { } root ? LineReader.Open(kernel, $"{root}/{file}", out error) : null;

    private static List<TraceableFunction> ReadWithAddresses(LineReader lines, FunctionPattern pattern)
    {
        List<TraceableFunction> found = [];
        ulong last = 0;
        while (lines.Read(out ReadOnlySpan<byte> line))
        {
            int space = line.IndexOf((byte)' ');
            if (space <= 0) continue;
            SplitModule(line[(space + 1)..], out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> module);
            if (!pattern.Matches(name, module) || name.StartsWith(Invalid)) continue;
            if (!Utf8Parser.TryParse(line, out ulong address, out int digits, 'x') || digits != space || address == last) continue;
            last = address;
            found.Add(new TraceableFunction(Text(name), module.IsEmpty ? null : Text(module), address));
        }

        return found;
    }

    /// <summary>How often each name is there; with its module, since modules may have functions of one name.</summary>
    private static Dictionary<string, int> ReadNames(LineReader lines, FunctionPattern pattern)
    {
        Dictionary<string, int> names = new(StringComparer.Ordinal);
        while (lines.Read(out ReadOnlySpan<byte> line))
        {
            SplitModule(line, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> module);
            if (!pattern.Matches(name, module) || name.StartsWith(Invalid)) continue;
            string key = Key(name, module);
            names[key] = names.GetValueOrDefault(key) + 1;
        }

        return names;
    }

    /// <summary>Finds the addresses of names. Where the kernel hides them, the names have to do, each once.</summary>
    private static List<TraceableFunction>? Locate(
        LinuxKernel kernel, FunctionPattern pattern, Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> known, out Errno error)
    {
        using SymbolReader? symbols = SymbolReader.Open(kernel, out error);
        if (symbols is null) return null;
        List<TraceableFunction> found = [];
        Span<char> key = stackalloc char[1024];
        while (symbols.Read(out SymbolLine line))
        {
            if (!KernelSymbol.IsCode(line.Kind) || !pattern.Matches(line.Name, line.Module)) continue;
            if (line.Name.Length + line.Module.Length >= key.Length) continue;
            int length = Key(line.Name, line.Module, key);
            if (!known.TryGetValue(key[..length], out int left) || left == 0) continue;
            if (line.Address == 0) known[key[..length]] = 0;
            found.Add(new TraceableFunction(Text(line.Name), line.Module.IsEmpty ? null : Text(line.Module), line.Address));
        }

        error = symbols.Error;
        return error == Errno.None ? found : null;
    }

    /// <summary>
    /// Without the right to read tracefs: the kernel's own functions that its types describe, most of which can be traced.
    /// </summary>
    private static List<TraceableFunction>? MatchTypes(LinuxKernel kernel, FunctionPattern pattern)
    {
        BtfSpec? types;
        try
        {
            types = KernelTypes.Of(kernel).Read();
        }
        catch (BpfException)
        {
            return null;
        }

        using SymbolReader? symbols = SymbolReader.Open(kernel, out _);
        if (types is null || symbols is null) return null;
        List<TraceableFunction> found = [];
        HashSet<string> hidden = new(StringComparer.Ordinal);
        while (symbols.Read(out SymbolLine line))
        {
            if (!KernelSymbol.IsCode(line.Kind) || !line.Module.IsEmpty || !pattern.Matches(line.Name, line.Module)) continue;
            string name = Text(line.Name);
            if (types.TryGetFirst(name, out FunctionType? _) && (line.Address != 0 || hidden.Add(name)))
                found.Add(new TraceableFunction(name, null, line.Address));
        }

        return symbols.Error == Errno.None ? found : null;
    }

    /// <summary>Takes <c>nf_ct_get [nf_conntrack]</c> apart.</summary>
    private static void SplitModule(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> module)
    {
        int end = text.IndexOfAny((byte)' ', (byte)'\t');
        name = end < 0 ? text : text[..end];
        ReadOnlySpan<byte> rest = end < 0 ? default : text[end..];
        int open = rest.IndexOf((byte)'['), close = rest.LastIndexOf((byte)']');
        module = open >= 0 && close > open ? rest[(open + 1)..close] : default;
    }

    private static string Key(ReadOnlySpan<byte> name, ReadOnlySpan<byte> module) =>
        module.IsEmpty ? Text(name) : $"{Text(module)}:{Text(name)}";

    private static int Key(ReadOnlySpan<byte> name, ReadOnlySpan<byte> module, Span<char> key)
    {
        int length = 0;
        if (!module.IsEmpty)
        {
            length = Encoding.Latin1.GetChars(module, key);
            key[length++] = ':';
        }

        return length + Encoding.Latin1.GetChars(name, key[length..]);
    }

    private static string Text(ReadOnlySpan<byte> name) => Encoding.Latin1.GetString(name);
}
