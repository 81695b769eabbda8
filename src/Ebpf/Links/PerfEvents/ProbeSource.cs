using System.Buffers.Text;
using Ebpf.Linux;

namespace Ebpf.Links.PerfEvents;

/// <summary>The kernel's own kinds of perf events that are probes: <c>kprobe</c> and <c>uprobe</c> (Linux 4.17).</summary>
/// <remarks>What their numbers are, and which bits of <c>config</c> mean what, sysfs tells; it does not change while a kernel runs.</remarks>
internal sealed class ProbeSource
{
    private static readonly PerKernel<Sources> Known = new(static kernel => new Sources(kernel));

    private ProbeSource(uint type, int returnBit, int referenceCounterShift)
    {
        Type = type;
        ReturnBit = returnBit;
        ReferenceCounterShift = referenceCounterShift;
    }

    /// <summary>The number of the kind, for <c>perf_event_attr.type</c>.</summary>
    public uint Type { get; }

    /// <summary>Which bit of <c>config</c> says that the probe is at the return of the function.</summary>
    public int ReturnBit { get; }

    /// <summary>From which bit of <c>config</c> on the offset of a semaphore stands (uprobes, Linux 4.20); -1 if there is none.</summary>
    public int ReferenceCounterShift { get; }

    /// <summary>Finds the kind for functions of the kernel.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="error">Why there is none; <see cref="Errno.EOPNOTSUPP"/> for a kernel that has none.</param>
    public static ProbeSource? Kprobe(LinuxKernel kernel, out Errno error) => Known.Of(kernel).Find("kprobe", ref Known.Of(kernel).Kprobe, out error);

    /// <summary>Finds the kind for functions of programs and libraries.</summary>
    /// <inheritdoc cref="Kprobe" path="/param"/>
    public static ProbeSource? Uprobe(LinuxKernel kernel, out Errno error) => Known.Of(kernel).Find("uprobe", ref Known.Of(kernel).Uprobe, out error);

    private static ProbeSource? Read(LinuxKernel kernel, string name, out Errno error)
    {
        string directory = KernelPaths.EventSource(name);
        error = kernel.ReadFile($"{directory}/type", out byte[] text);
        if (error == Errno.ENOENT) error = Errno.EOPNOTSUPP;
        if (error != Errno.None) return null;
        if (!Utf8Parser.TryParse(text, out uint type, out _))
        {
            error = Errno.EIO;
            return null;
        }

        int returnBit = ReadPosition(kernel, $"{directory}/format/retprobe", out error);
        if (error == Errno.None && returnBit < 0) error = Errno.EIO;
        if (error != Errno.None) return null;
        int counter = ReadPosition(kernel, $"{directory}/format/ref_ctr_offset", out error);
        if (error == Errno.ENOENT) (counter, error) = (-1, Errno.None);
        return error == Errno.None ? new ProbeSource(type, returnBit, counter) : null;
    }

    /// <summary>The first bit of <c>config:0</c> and <c>config:32-63</c>; -1 for other text.</summary>
    private static int ReadPosition(LinuxKernel kernel, string path, out Errno error)
    {
        error = kernel.ReadFile(path, out byte[] text);
        if (error != Errno.None) return -1;
        ReadOnlySpan<byte> prefix = "config:"u8;
        return text.AsSpan().StartsWith(prefix) && Utf8Parser.TryParse(text.AsSpan(prefix.Length), out int bit, out _) && bit is >= 0 and < 64
            ? bit
            : -1;
    }

    /// <summary>What was found on a kernel. A failure is no answer that is kept.</summary>
    private sealed class Sources(LinuxKernel kernel)
    {
        public ProbeSource? Kprobe, Uprobe;

        public ProbeSource? Find(string name, ref ProbeSource? known, out Errno error)
        {
            error = Errno.None;
            return known ??= Read(kernel, name, out error);
        }
    }
}
