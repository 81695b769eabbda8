using System.Numerics;
using System.Text;
using Ebpf.Common;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.Kprobes;

/// <summary>One symbol of the kernel.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Address">Its address; 0 if the kernel hides it.</param>
/// <param name="Kind">The letter of nm(1).</param>
/// <param name="Module">The module; <c>null</c> for the kernel itself.</param>
internal readonly record struct KernelSymbol(string Name, ulong Address, byte Kind, string? Module)
{
    /// <summary>Whether it is code: <c>t</c>, <c>T</c>, weak <c>w</c>, <c>W</c>.</summary>
    public bool IsFunction => IsCode(Kind);

    public static bool IsCode(byte kind) => (kind | 0x20) is (byte)'t' or (byte)'w';
}

/// <summary>What the kernel's table of symbols has for the name of a function: read once, line by line, after an attempt has failed.</summary>
internal sealed class FunctionSearch
{
    private readonly string _name;
    private readonly string? _module;
    private readonly byte[] _text;
    private readonly ulong _letters;
    private readonly int _mostEdits;
    private readonly List<string> _near = [];
    private ulong _initialStart, _initialEnd;

    private FunctionSearch(string function)
    {
        (_module, _name) = KprobePlace.Split(function);
        _module = _module?.Replace('-', '_');
        _text = Encoding.ASCII.GetBytes(_name);
        _letters = Letters(_text);

        // As far as names can be from each other to be called similar.
        _mostEdits = Math.Max(1, _text.AsSpan().TrimStart((byte)'_').Length / 3);
    }

    /// <summary>The symbols of exactly this name, in the module if one was named.</summary>
    public List<KernelSymbol> Found { get; } = [];

    /// <summary>The symbols of this name that are elsewhere than in the module that was named.</summary>
    public List<KernelSymbol> Elsewhere { get; } = [];

    /// <summary>The names that the compiler made of this one: <c>name.isra.0</c>, <c>name.llvm.123</c>.</summary>
    public List<string> Renamed { get; } = [];

    /// <summary>Whether the module that was named has any symbol.</summary>
    public bool HasModule { get; private set; }

    /// <summary>Names that may have been meant, for a message: <c>; similar: do_unlinkat</c>.</summary>
    public string Similar => NearNames.Suggest(_name, _near);

    /// <summary>Looks for a function.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="function">Its name, perhaps behind <c>module:</c>.</param>
    /// <returns><c>null</c> if the table cannot be read.</returns>
    public static FunctionSearch? Run(LinuxKernel kernel, string function)
    {
        FunctionSearch search = new(function);
        using SymbolReader? symbols = SymbolReader.Open(kernel, out _);
        if (symbols is null) return null;
        while (symbols.Read(out SymbolLine line)) search.Take(line);
        return symbols.Error == Errno.None ? search : null;
    }

    /// <summary>Whether an address is of code that the kernel freed when it had started (<c>__init</c>).</summary>
    public bool WasFreed(ulong address) => address != 0 && address >= _initialStart && address < _initialEnd;

    private void Take(in SymbolLine line)
    {
        bool isInModule = _module is not null && IsModule(line.Module);
        HasModule |= isInModule;
        if (line.Name.StartsWith(_text))
        {
            if (line.Name.Length == _text.Length)
            {
                (_module is null || isInModule ? Found : Elsewhere).Add(Symbol(line));
                return;
            }

            if (line.Name[_text.Length] == '.' && KernelSymbol.IsCode(line.Kind))
            {
                string renamed = Encoding.ASCII.GetString(line.Name);
                if (!Renamed.Contains(renamed)) Renamed.Add(renamed);
                return;
            }
        }

        if (line.Name.SequenceEqual("_sinittext"u8)) _initialStart = line.Address;
        else if (line.Name.SequenceEqual("_einittext"u8)) _initialEnd = line.Address;
        else if (KernelSymbol.IsCode(line.Kind) && MayBeNear(line.Name)) _near.Add(Encoding.ASCII.GetString(line.Name));
    }

    private bool IsModule(ReadOnlySpan<byte> module) => module.IsEmpty
        ? _module == "vmlinux"
        : module.Length == _module!.Length && Encoding.ASCII.GetString(module) == _module;

    /// <summary>What can be told without comparing names, of which there are hundreds of thousands: their lengths, and the letters in them.</summary>
    private bool MayBeNear(ReadOnlySpan<byte> name)
    {
        if (_near.Count == Limits.MaxNamesCompared) return false;
        int difference = name.TrimStart((byte)'_').Length - _text.AsSpan().TrimStart((byte)'_').Length;
        if (difference > _mostEdits) return name.TrimStart((byte)'_').StartsWith(_text.AsSpan().TrimStart((byte)'_'));
        return difference >= -_mostEdits && BitOperations.PopCount(Letters(name) ^ _letters) <= 2 * _mostEdits;
    }

    /// <summary>A bit for each letter and digit; an edit changes two at most.</summary>
    private static ulong Letters(ReadOnlySpan<byte> name)
    {
        ulong letters = 0;
        foreach (byte c in name.TrimStart((byte)'_')) letters |= 1UL << (c & 63);
        return letters;
    }

    private static KernelSymbol Symbol(in SymbolLine line) => new(
        Encoding.ASCII.GetString(line.Name), line.Address, line.Kind, line.Module.IsEmpty ? null : Encoding.ASCII.GetString(line.Module));
}
