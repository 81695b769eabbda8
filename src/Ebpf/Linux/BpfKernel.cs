using Ebpf.Linux;

namespace Ebpf;

/// <summary>
/// Represents a kernel into which objects are loaded. There is one, <see cref="Running"/>, which is the default of every method
/// that takes a kernel.
/// </summary>
/// <remarks>
/// The type makes room for other kernels behind the same API: one that records the calls that an application makes, or one that
/// simulates Linux. It cannot be derived outside of this library. Maps, programs, links and BTF belong to the kernel that created
/// or opened them; those of two kernels cannot be used together. Safe for use by several threads at once.
/// </remarks>
public abstract class BpfKernel
{
    private protected BpfKernel()
    {
    }

    /// <summary>Gets the kernel on which this process runs.</summary>
    /// <exception cref="PlatformNotSupportedException">This is not Linux on x64 or Arm64.</exception>
    public static BpfKernel Running => RunningKernel.Instance;
}
