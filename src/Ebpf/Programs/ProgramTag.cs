using System.Runtime.InteropServices;

namespace Ebpf.Programs;

/// <summary>The hash of a program's or function's instructions.</summary>
internal static class ProgramTag
{
    /// <summary>The eight bytes in the order in which they stand in memory, as everybody writes them.</summary>
    public static string Format(ulong tag) =>
        Convert.ToHexStringLower(MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in tag)));
}
