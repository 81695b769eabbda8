using System.Globalization;

namespace Ebpf.Links.Kprobes;

/// <summary>Where a kprobe is.</summary>
/// <param name="Function">The name of the function, perhaps behind <c>module:</c>; <c>null</c> for a place by its address.</param>
/// <param name="Address">The address, if it is given.</param>
/// <param name="Offset">How many bytes behind the beginning of the function.</param>
/// <param name="AtReturn">Whether at the return of the function.</param>
/// <param name="MaxActive">For how many calls at the same time; 0 for the kernel's own choice.</param>
internal readonly record struct KprobePlace(string? Function, ulong Address, ulong Offset, bool AtReturn, int MaxActive)
{
    /// <summary>The place as tracefs has it: <c>nf_conntrack:nf_ct_get+0x10</c>, <c>0xffffffff81000000</c>.</summary>
    public override string ToString()
    {
        string start = Function ?? string.Create(CultureInfo.InvariantCulture, $"0x{Address:x}");
        return Offset == 0 ? start : string.Create(CultureInfo.InvariantCulture, $"{start}+0x{Offset:x}");
    }

    /// <summary>The module and the name in <c>module:name</c>.</summary>
    public static (string? Module, string Name) Split(string function)
    {
        int colon = function.IndexOf(':');
        return colon < 0 ? (null, function) : (function[..colon], function[(colon + 1)..]);
    }

    /// <summary>The name as the kernel takes it: it writes the names of modules with _ only, and has none for itself.</summary>
    public static string ForKernel(string function)
    {
        (string? module, string name) = Split(function);
        return module is null or "vmlinux" ? name : $"{module.Replace('-', '_')}:{name}";
    }

    /// <summary>
    /// Throws unless text can be the name of a function, so that nothing else reaches the kernel's parser: letters, digits,
    /// <c>_ . $</c> and one <c>:</c> behind the name of a module.
    /// </summary>
    /// <exception cref="ArgumentException">It is no such name.</exception>
    public static void CheckName(string function, string parameter, string also = "")
    {
        ArgumentException.ThrowIfNullOrEmpty(function, parameter);
        (string? module, string name) = Split(function);
        if (module is "" || name.Length == 0) throw new ArgumentException($"\"{function}\" is no name of a function, or of one in a module (\"module:function\").", parameter);
        if (module is not null) CheckCharacters(module, "_-");
        CheckCharacters(name, $"_.${also}");

        void CheckCharacters(string part, string allowed)
        {
            foreach (char c in part)
            {
                if (char.IsAsciiLetterOrDigit(c) || allowed.Contains(c)) continue;
                string hint = c == '+' ? $": say how far behind the beginning with {nameof(KprobeOptions)}.{nameof(KprobeOptions.Offset)}" : "";
                throw new ArgumentException($"\"{function}\" is no name of a function: '{c}' cannot stand in one{hint}.", parameter);
            }
        }
    }
}
