using System.Text;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.Kprobes;

/// <summary>Finds the addresses of functions by their names, in one walk over the kernel's symbols.</summary>
internal static class FunctionAddresses
{
    /// <summary>Finds addresses; of several functions of a name the first one.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="wanted">The names, some behind <c>module:</c>; gets the addresses.</param>
    /// <param name="error">Why the symbols cannot be read.</param>
    /// <returns>Whether the kernel hides its addresses from this process.</returns>
    public static bool Find(LinuxKernel kernel, Dictionary<string, ulong> wanted, out Errno error)
    {
        error = Errno.None;
        if (wanted.Count == 0) return false;
        using SymbolReader? symbols = SymbolReader.Open(kernel, out error);
        if (symbols is null) return false;
        Dictionary<string, ulong>.AlternateLookup<ReadOnlySpan<char>> lookup = wanted.GetAlternateLookup<ReadOnlySpan<char>>();
        Span<char> name = stackalloc char[1024];
        bool areHidden = true;
        while (symbols.Read(out SymbolLine line))
        {
            areHidden &= line.Address == 0;
            if (!KernelSymbol.IsCode(line.Kind) || line.Name.Length + line.Module.Length + 10 > name.Length) continue;
            ReadOnlySpan<byte> module = line.Module.IsEmpty ? "vmlinux"u8 : line.Module;
            int start = Encoding.Latin1.GetChars(module, name);
            name[start++] = ':';
            int end = start + Encoding.Latin1.GetChars(line.Name, name[start..]);
            Set(name[..end], line.Address);
            Set(name[start..end], line.Address);
        }

        error = symbols.Error;
        return areHidden && error == Errno.None;

        void Set(ReadOnlySpan<char> key, ulong address)
        {
            if (lookup.TryGetValue(key, out ulong known) && known == 0) lookup[key] = address;
        }
    }
}
