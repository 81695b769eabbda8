using System.Globalization;
using Ebpf.Linux;
using Ebpf.Pins;
using Ebpf.Programs;

namespace Ebpf.Links;

/// <summary>Names programs of others in messages.</summary>
internal static class ProgramNames
{
    /// <summary>What a program is called: <c>program "count_packets" (id 7)</c>; without its name if this process may not open it.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="id">Its id.</param>
    public static string Describe(LinuxKernel kernel, uint id)
    {
        string number = id.ToString(CultureInfo.InvariantCulture);
        using BpfHandle? handle = kernel.OpenById(ObjectKind.Program.OpenById, id, out _);
        KernelProgramInfo info = default;
        if (handle is null || kernel.GetInfo(handle, ref info) != Errno.None) return $"program {number}";
        return $"program \"{LoadedDebugInfo.FindName(handle, in info)}\" (id {number})";
    }
}
