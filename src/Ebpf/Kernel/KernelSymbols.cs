using System.Globalization;
using System.Text;
using Ebpf.Linux;

namespace Ebpf.Kernel;

/// <summary>Finds the addresses of the kernel's symbols. Nothing is kept: modules come and go.</summary>
internal sealed class KernelSymbols
{
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
        using SymbolReader? reader = SymbolReader.Open(kernel, out Errno error);
        if (reader is null) return new KernelSymbols([]) { Error = error };
        Span<char> name = symbols._longest <= 512 ? stackalloc char[symbols._longest] : new char[symbols._longest];
        while (reader.Read(out SymbolLine line)) symbols.Take(line, name);
        return reader.Error == Errno.None ? symbols : new KernelSymbols([]) { Error = reader.Error };
    }

    /// <summary>What is known of a symbol; its count is 0 if the kernel has none of this name.</summary>
    public Symbol this[string name] => _wanted.GetValueOrDefault(name);

    /// <summary>What hides the addresses from this process, and how to see them.</summary>
    public static string AdviceToSee(LinuxKernel kernel)
    {
        // kernel/ksyms_common.c, kallsyms_show_value.
        const string needs = "it needs CAP_SYSLOG";
        return kernel.ReadText(KernelPaths.KernelPointerRestriction)?.Trim() switch
        {
            "0" => $"{needs}, or sysctl kernel.perf_event_paranoid of 1 or less",
            "1" => $"{needs}, as sysctl kernel.kptr_restrict is 1",
            null => needs,
            string setting => $"sysctl kernel.kptr_restrict is {setting}: set it to 1; and {needs}",
        };
    }

    /// <summary>Says that addresses, and machine code with them, are hidden, and what to do about it.</summary>
    public static string ExplainHidden(LinuxKernel kernel) => $"the kernel hides its addresses from this process: {AdviceToSee(kernel)}";

    /// <summary>Says that the instructions of a program are hidden because the kernel's compiler has blinded its constants, and what to do about it.</summary>
    public static string ExplainBlinding(LinuxKernel kernel)
    {
        string hardened = kernel.ReadText(KernelPaths.JitHardening)?.Trim() ?? "unknown";
        return $"its constants are blinded (sysctl net.core.bpf_jit_harden is {hardened}), and {ExplainHidden(kernel)}";
    }

    /// <summary>Finds the names of the functions that loaded programs call: a call holds the distance from one symbol of the kernel.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="distances">How far they are from <c>__bpf_call_base</c>, as the immediate of a call says.</param>
    /// <returns>The names of those that can be found; none if the kernel hides its addresses.</returns>
    public static Dictionary<int, string> FindCallTargets(LinuxKernel kernel, IReadOnlySet<int> distances)
    {
        const string origin = "__bpf_call_base";
        Dictionary<int, string> names = [];
        if (distances.Count == 0 || Find(kernel, [origin])[origin] is not { Address: > 0 } from) return names;
        using SymbolReader? reader = SymbolReader.Open(kernel, out _);
        if (reader is null) return names;
        while (reader.Read(out SymbolLine symbol))
        {
            long distance = (long)(symbol.Address - from.Address);
            if (distance != (int)distance || !distances.Contains((int)distance)) continue;

            // Of several names for one place the first is the one that the function was given.
            if (!names.ContainsKey((int)distance)) names.Add((int)distance, Encoding.UTF8.GetString(symbol.Name));
        }

        return names;
    }

    private void Take(SymbolLine line, Span<char> room)
    {
        if (line.Address != 0) AreHidden = false;
        ReadOnlySpan<byte> name = line.Name;

        // With link-time optimization clang puts a hash behind the names of static variables; libbpf looks past it too.
        if (line.Kind == 'd' && name.IndexOf(".llvm."u8) is >= 0 and int suffix) name = name[..suffix];
        if (name.Length > room.Length) return;
        int length = Encoding.Latin1.GetChars(name, room);
        if (!_wanted.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(room[..length], out string? known, out Symbol symbol)) return;
        if (symbol.Count > 0 && symbol.Address == line.Address) return;
        string? module = line.Module.IsEmpty ? null : Encoding.UTF8.GetString(line.Module);
        _wanted[known] = symbol.Count switch
        {
            0 => new Symbol(1, line.Address, module, 0, null),
            1 => symbol with { Count = 2, OtherAddress = line.Address, OtherModule = module },
            _ => symbol with { Count = symbol.Count + 1 },
        };
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
