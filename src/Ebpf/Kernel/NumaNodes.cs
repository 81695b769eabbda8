using System.Globalization;
using Ebpf.Linux;

namespace Ebpf.Kernel;

/// <summary>The parts of the machine's memory, by nearness to CPUs.</summary>
internal static class NumaNodes
{
    /// <summary>Whether the machine has a node; <c>null</c> if it does not tell.</summary>
    public static bool? Has(LinuxKernel kernel, uint node)
    {
        string nodes = KernelPaths.NumaNodes;
        return kernel.Exists(nodes)
            ? kernel.Exists(string.Create(CultureInfo.InvariantCulture, $"{nodes}/node{node}"))
            : null;
    }
}
