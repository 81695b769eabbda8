using System.Buffers.Text;
using System.Text;
using Ebpf.Linux;

namespace Ebpf.Kernel;

/// <summary>What the calls of loaded programs lead to: they hold distances from one symbol of the kernel.</summary>
internal static class CallTargets
{
    private const string Symbols = "/proc/kallsyms";

    /// <summary>Finds the names of functions.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="distances">How far they are from <c>__bpf_call_base</c>, as the immediate of a call says.</param>
    /// <returns>The names of those that can be found; none if the kernel hides its addresses.</returns>
    public static Dictionary<int, string> Find(LinuxKernel kernel, IReadOnlySet<int> distances)
    {
        Dictionary<int, string> names = [];
        if (distances.Count == 0 || kernel.ReadFile(Symbols, out byte[] table) != Errno.None) return names;
        int at = table.AsSpan().IndexOf(" __bpf_call_base\n"u8);
        if (at < 0) return names;
        int start = table.AsSpan(0, at).LastIndexOf((byte)'\n') + 1;
        if (!TryReadAddress(table.AsSpan(start), out ulong origin) || origin == 0) return names;
        for (ReadOnlySpan<byte> rest = table; !rest.IsEmpty;)
        {
            int end = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            if (!TryReadAddress(line, out ulong address)) continue;
            long distance = (long)(address - origin);
            if (distance != (int)distance || !distances.Contains((int)distance)) continue;

            // Of several names for one place the first is the one that the function was given.
            names.TryAdd((int)distance, NameIn(line));
        }

        return names;
    }

    private static bool TryReadAddress(ReadOnlySpan<byte> line, out ulong address) =>
        Utf8Parser.TryParse(line, out address, out _, 'x');

    /// <summary>The third word: <c>ffffffff81234560 T bpf_get_prandom_u32</c>, behind which the module may stand.</summary>
    private static string NameIn(ReadOnlySpan<byte> line)
    {
        const int beforeName = 3;
        ReadOnlySpan<byte> name = line[Math.Min(line.IndexOf((byte)' ') + beforeName, line.Length)..];
        int end = name.IndexOfAny((byte)'\t', (byte)' ');
        return Encoding.UTF8.GetString(end < 0 ? name : name[..end]);
    }
}
