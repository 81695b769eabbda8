using System.Globalization;
using System.Text;
using Ebpf.Linux;

namespace Ebpf.Kernel;

/// <summary>Finds the addresses of the kernel's symbols in <c>/proc/kallsyms</c>.</summary>
/// <remarks>
/// Nothing is kept: modules come and go. A line is <c>ffffffff81511a30 T bpf_task_from_pid</c>, in modules with the name of the
/// module behind it: <c>ffffffffc0a41000 t nf_ct_get [nf_conntrack]</c>.
/// </remarks>
internal sealed class KernelSymbols
{
    private const string Path = "/proc/kallsyms";

    /// <summary>Names have at most 511 bytes (KSYM_NAME_LEN); a longer line than this is none of a symbol.</summary>
    private const int BufferSize = 64 * 1024;

    private readonly Dictionary<string, Symbol> _wanted = new(StringComparer.Ordinal);
    private readonly int _longest;

    private KernelSymbols(IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            _wanted.TryAdd(name, default);
            _longest = Math.Max(_longest, name.Length);
        }
    }

    /// <summary>Why there are none; <see cref="Errno.None"/> if the file was read.</summary>
    public Errno Error { get; private init; }

    /// <summary>Whether the kernel tells names only: all addresses are 0.</summary>
    public bool AreHidden { get; private set; } = true;

    /// <summary>Looks for symbols.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="names">Their names.</param>
    public static KernelSymbols Find(LinuxKernel kernel, IEnumerable<string> names)
    {
        KernelSymbols symbols = new(names);
        CallResult file = kernel.Open(Path, OpenMode.ReadOnly);
        if (file.Failed) return new KernelSymbols([]) { Error = file.Error };
        try
        {
            Errno error = symbols.Read(kernel, file.Value);
            return error == Errno.None ? symbols : new KernelSymbols([]) { Error = error };
        }
        finally
        {
            kernel.Close(file.Value);
        }
    }

    /// <summary>What is known of a symbol; its count is 0 if the kernel has none of this name.</summary>
    public Symbol this[string name] => _wanted.GetValueOrDefault(name);

    /// <summary>What hides the addresses from this process, and how to see them.</summary>
    public static string AdviceToSee(LinuxKernel kernel)
    {
        // kernel/ksyms_common.c, kallsyms_show_value.
        const string needs = "it needs CAP_SYSLOG";
        return kernel.ReadText("/proc/sys/kernel/kptr_restrict")?.Trim() switch
        {
            "0" => $"{needs}, or sysctl kernel.perf_event_paranoid of 1 or less",
            "1" => $"{needs}, as sysctl kernel.kptr_restrict is 1",
            null => needs,
            string setting => $"sysctl kernel.kptr_restrict is {setting}: set it to 1; and {needs}",
        };
    }

    private Errno Read(LinuxKernel kernel, int file)
    {
        byte[] buffer = new byte[BufferSize];
        Span<char> name = _longest <= 512 ? stackalloc char[_longest] : new char[_longest];
        int filled = 0;
        bool skips = false;
        while (true)
        {
            CallResult read = kernel.Read(file, buffer.AsSpan(filled));
            if (read.Failed) return read.Error;
            bool isEnd = read.Value == 0;
            filled += read.Value;
            ReadOnlySpan<byte> text = buffer.AsSpan(0, filled);
            int end;
            while ((end = text.IndexOf((byte)'\n')) >= 0)
            {
                if (!skips) Take(text[..end], name);
                skips = false;
                text = text[(end + 1)..];
            }

            if (isEnd)
            {
                if (!skips) Take(text, name);
                return Errno.None;
            }

            if (text.Length == buffer.Length)
            {
                skips = true;
                text = [];
            }

            text.CopyTo(buffer);
            filled = text.Length;
        }
    }

    private void Take(ReadOnlySpan<byte> line, Span<char> room)
    {
        int space = line.IndexOf((byte)' ');
        if (space <= 0 || line.Length < space + 4) return;
        ReadOnlySpan<byte> address = line[..space], rest = line[(space + 3)..];
        if (AreHidden && address.ContainsAnyExcept((byte)'0')) AreHidden = false;
        int end = rest.IndexOfAny((byte)'\t', (byte)' ');
        ReadOnlySpan<byte> name = end < 0 ? rest : rest[..end];

        // With link-time optimization clang puts a hash behind the names of static variables; libbpf looks past it too.
        if (line[space + 1] == 'd' && name.IndexOf(".llvm."u8) is >= 0 and int suffix) name = name[..suffix];
        if (name.Length > room.Length) return;
        int length = Encoding.Latin1.GetChars(name, room);
        if (!_wanted.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(room[..length], out string? known, out Symbol symbol)) return;
        if (!ulong.TryParse(address, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong place)) return;
        if (symbol.Count > 0 && symbol.Address == place) return;
        _wanted[known] = symbol.Count switch
        {
            0 => new Symbol(1, place, ModuleOf(rest), 0, null),
            1 => symbol with { Count = 2, OtherAddress = place, OtherModule = ModuleOf(rest) },
            _ => symbol with { Count = symbol.Count + 1 },
        };
    }

    private static string? ModuleOf(ReadOnlySpan<byte> rest)
    {
        int open = rest.IndexOf((byte)'[');
        int close = rest.LastIndexOf((byte)']');
        return open >= 0 && close > open ? Encoding.UTF8.GetString(rest[(open + 1)..close]) : null;
    }

    /// <summary>A symbol.</summary>
    /// <param name="Count">At how many addresses there are symbols of the name.</param>
    /// <param name="Address">The first address.</param>
    /// <param name="Module">The module that has it there; <c>null</c> for the kernel.</param>
    /// <param name="OtherAddress">The second address.</param>
    /// <param name="OtherModule">The module that has it there; <c>null</c> for the kernel.</param>
    public readonly record struct Symbol(int Count, ulong Address, string? Module, ulong OtherAddress, string? OtherModule)
    {
        /// <summary>Both places: <c>0xffffffff81000000 and 0xffffffffc0000000 (module nf_conntrack)</c>.</summary>
        public string Places => $"{Place(Address, Module)} and {Place(OtherAddress, OtherModule)}";

        private static string Place(ulong address, string? module)
        {
            string text = string.Create(CultureInfo.InvariantCulture, $"0x{address:x}");
            return module is null ? text : $"{text} (module {module})";
        }
    }
}
