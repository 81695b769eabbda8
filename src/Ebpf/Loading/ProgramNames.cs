using Ebpf.Linux;
using Ebpf.Programs;

namespace Ebpf.Loading;

/// <summary>Finds the whole names of programs in the kernel, which itself keeps the first 15 bytes.</summary>
internal static class ProgramNames
{
    /// <summary>The name: the whole one if it can be found, otherwise what the kernel has.</summary>
    public static string Find(BpfHandle program, in KernelProgramInfo info)
    {
        string known = info.Name.ToString();
        if (known.Length < ObjectName.Length - 1 || info.BtfId == 0) return known;

        // The program itself is the first of its functions. The kernel has replaced nothing in the name of a C function.
        string? whole = LoadedDebugInfo.TryRead(program) is { } debug ? debug.NameOf(0) : null;
        return whole?.StartsWith(known, StringComparison.Ordinal) == true ? whole : known;
    }
}
