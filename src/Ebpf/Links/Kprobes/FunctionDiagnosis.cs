using System.Globalization;
using System.Text;
using Ebpf.Btf;
using Ebpf.BtfObjects;
using Ebpf.Common;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.Kprobes;

/// <summary>Finds out from the kernel's tables why it does not let a function be probed, which it answers with a bare number.</summary>
/// <remarks>
/// Asked after a failure only: the tables have hundreds of thousands of lines. What cannot be read, as the files of tracefs and debugfs by
/// all but root, is left out of the reasons.
/// </remarks>
internal static class FunctionDiagnosis
{
    private const int MaxListed = 8;

    /// <summary>Explains an error.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="place">What was to be probed.</param>
    /// <param name="error">What the kernel answered.</param>
    /// <returns>The reason, and what to do; <c>null</c> if it is not known.</returns>
    public static string? Explain(LinuxKernel kernel, KprobePlace place, Errno error)
    {
        if (place.Function is not { } function) return ExplainAddress(place, error);
        if (error == Errno.EBUSY) return "something else changes this function, as a live patch does, and shares it with nobody";
        if (FunctionSearch.Run(kernel, function) is not { } search)
            return error == Errno.ENOENT ? "this kernel has no function of this name, or several" : null;
        (string? module, string name) = KprobePlace.Split(function);
        if (search.Found.Count == 0) return Missing(kernel, search, module, name);
        return error switch
        {
            Errno.EADDRNOTAVAIL => Ambiguous(search.Found),
            Errno.EINVAL or Errno.EILSEQ or Errno.ENOENT or Errno.ERANGE => Refused(kernel, search, place, name),
            _ => null,
        };
    }

    /// <summary>Why a function cannot be among those that are probed at once, in a few words; asked for each that is left out.</summary>
    /// <param name="blacklist">The names that must not be probed.</param>
    /// <param name="name">The name.</param>
    public static string? Brief(IReadOnlySet<string> blacklist, string name) =>
        blacklist.Contains(name) ? "it must not be probed (it is on the kernel's list of such functions)" : null;

    /// <summary>The functions that must not be probed (NOKPROBE_SYMBOL); empty if debugfs does not tell.</summary>
    public static HashSet<string> ReadBlacklist(LinuxKernel kernel)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        using LineReader? lines = LineReader.Open(kernel, KernelPaths.KprobeBlacklist, out _);
        while (lines is not null && lines.Read(out ReadOnlySpan<byte> line))
        {
            // 0xffffffff81000000-0xffffffff81000010<tab>do_trap
            int tab = line.IndexOf((byte)'\t');
            if (tab < 0) continue;
            ReadOnlySpan<byte> rest = line[(tab + 1)..];
            int end = rest.IndexOfAny((byte)' ', (byte)'\t');
            names.Add(Encoding.ASCII.GetString(end < 0 ? rest : rest[..end]));
        }

        return names;
    }

    private static string ExplainAddress(KprobePlace place, Errno error) => error switch
    {
        Errno.EILSEQ => "no instruction begins at this address",
        Errno.EINVAL or Errno.ENOENT when place.AtReturn => "no function of the kernel begins at this address, or it must not be probed",
        _ => "no instruction of the kernel that may be probed begins at this address",
    };

    private static string Ambiguous(List<KernelSymbol> found)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"this kernel has {found.Count} functions of this name: ");
        for (int i = 0; i < found.Count && i < MaxListed; i++)
        {
            if (i > 0) text.Append(", ");
            text.Append(found[i].Address == 0 ? "one" : string.Create(CultureInfo.InvariantCulture, $"0x{found[i].Address:x}"));
            text.Append(found[i].Module is { } module ? $" in module {module}" : " in the kernel itself");
        }

        if (found.Count > MaxListed) text.Append(", …");
        KernelSymbol inModule = found.Find(symbol => symbol.Module is not null);
        bool oneEach = inModule.Module is not null && found.Count(symbol => symbol.Module == inModule.Module) == 1;
        text.Append(oneEach ? $"; name the module (\"{inModule.Module}:{inModule.Name}\"), or attach by address" : "; attach by address");
        if (found.TrueForAll(symbol => symbol.Address == 0)) text.Append(CultureInfo.InvariantCulture, $" (they are hidden from this process)");
        return text.ToString();
    }

    private static string Missing(LinuxKernel kernel, FunctionSearch search, string? module, string name)
    {
        if (module is not null && !search.HasModule)
        {
            if (search.Elsewhere.Exists(symbol => symbol.Module is null)) return $"no module {module} is loaded; the kernel itself has a function of this name";
            return $"no module {module} is loaded: modprobe {module}, or it is built in, and its functions are the kernel's own";
        }

        if (module is not null && search.Elsewhere.Count > 0)
        {
            string where = search.Elsewhere[0].Module is { } other ? $"module {other} has one" : "the kernel itself has one";
            return $"module {module} has no function of this name; {where}";
        }

        List<string> whole = search.Renamed.FindAll(other => !IsPart(other));
        if (whole.Count > 0)
        {
            return $"the compiler has changed the function, and its name with it, to {string.Join(" and ", whole.Take(MaxListed))}; "
                + "it may get other arguments than the source says";
        }

        if (search.Renamed.Count > 0)
            return $"the compiler has built it into its callers; only parts of it are functions of their own: {string.Join(", ", search.Renamed.Take(MaxListed))}";
        if (ModuleThatExports(kernel, name) is { } owner) return $"it is in module {owner}, which is not loaded: modprobe {owner}";
        if (HasType(kernel, name))
            return "the kernel's types have it, but no symbol: the compiler has built it into all of its callers (inlined it), or this kernel has no use of it";
        return $"this kernel has no function of this name: it may be misspelled, built into all of its callers by the compiler (inlined), or in a module that is not loaded{search.Similar}";
    }

    private static string? Refused(LinuxKernel kernel, FunctionSearch search, KprobePlace place, string name)
    {
        KernelSymbol symbol = search.Found[0];
        if (!symbol.IsFunction) return "it is a variable, not a function";
        if (ReadBlacklist(kernel).Contains(name)) return $"it must not be probed: it is on the kernel's list of such functions ({KernelPaths.KprobeBlacklist})";
        if (search.WasFreed(symbol.Address)) return "it ran when the kernel started, and its memory was freed since (__init)";
        if (place.Offset != 0) return "the offset is not where an instruction begins, or behind the end of the function";
        if (TraceableFunctions.Contains(kernel, name) == false)
            return "it is compiled so that it cannot be traced (notrace), as what tracing itself needs, and this kernel allows no probes on such functions";
        return search.Found.Count > 1 ? Ambiguous(search.Found) : null;
    }

    /// <summary><c>name.cold</c> and <c>name.part.0</c> are not the function, but pieces of it.</summary>
    private static bool IsPart(string name) => name.Contains(".cold", StringComparison.Ordinal) || name.Contains(".part.", StringComparison.Ordinal);

    private static bool HasType(LinuxKernel kernel, string name)
    {
        try
        {
            return KernelTypes.Of(kernel).Read()?.TryGetFirst(name, out FunctionType? _) == true;
        }
        catch (BpfException)
        {
            // This only adds to the explanation of another error.
            return false;
        }
    }

    /// <summary>depmod(8) writes a line <c>alias symbol:nf_ct_get nf_conntrack</c> for each function that a module exports.</summary>
    private static string? ModuleThatExports(LinuxKernel kernel, string name)
    {
        using LineReader? lines = LineReader.Open(kernel, $"/lib/modules/{KernelFacts.Of(kernel).Release}/modules.symbols", out _);
        byte[] start = Encoding.ASCII.GetBytes($"alias symbol:{name} ");
        while (lines is not null && lines.Read(out ReadOnlySpan<byte> line))
        {
            if (line.StartsWith(start)) return Encoding.ASCII.GetString(line[start.Length..]).Trim();
        }

        return null;
    }
}
