using System.Text;
using Ebpf.Linux;

namespace Ebpf.Kernel;

/// <summary>What the calls of loaded programs lead to: they hold distances from one symbol of the kernel.</summary>
internal static class CallTargets
{
    private const string Origin = "__bpf_call_base";

    /// <summary>Finds the names of functions.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="distances">How far they are from <c>__bpf_call_base</c>, as the immediate of a call says.</param>
    /// <returns>The names of those that can be found; none if the kernel hides its addresses.</returns>
    public static Dictionary<int, string> Find(LinuxKernel kernel, IReadOnlySet<int> distances)
    {
        Dictionary<int, string> names = [];
        if (distances.Count == 0 || KernelSymbols.Find(kernel, [Origin])[Origin] is not { Address: > 0 } origin) return names;
        using SymbolReader? reader = SymbolReader.Open(kernel, out _);
        if (reader is null) return names;
        while (reader.Read(out SymbolLine symbol))
        {
            long distance = (long)(symbol.Address - origin.Address);
            if (distance != (int)distance || !distances.Contains((int)distance)) continue;

            // Of several names for one place the first is the one that the function was given.
            if (!names.ContainsKey((int)distance)) names.Add((int)distance, Encoding.UTF8.GetString(symbol.Name));
        }

        return names;
    }
}
